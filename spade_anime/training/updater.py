"""The one updater of every system: sums the terms of an objective and steps."""
import math

import chainer
from chainer.training.updaters import StandardUpdater

from spade_anime.errors import InputError
from spade_anime.training.frozen import frozen


class TrainingDiverged(InputError):
    """A loss is no longer a finite number: the options do not suit the data."""


class GANUpdater(StandardUpdater):
    """``n_dis`` discriminator updates and one generator update an iteration, for each data set in turn.

    Args:
        iterators: batches of each data set, by name; 'main' counts the epochs.
        optimizers: of 'gen' and 'dis'.
        objective: gives ``generator_terms(*batch)`` and ``discriminator_terms(*batch)``, dicts of scalar losses.
        loss_weights: by data set name, what its losses are multiplied with.
        n_dis: discriminator updates a generator update.
        device: where batches go.

    Raises TrainingDiverged before an update whose loss is not finite, so the weights stay those of the last one.
    """

    def __init__(self, iterators: dict, optimizers: dict, objective, loss_weights: dict, n_dis: int, device):
        super().__init__(iterators, optimizers, device=device)
        self.objective, self.loss_weights, self.n_dis = objective, loss_weights, n_dis

    def update_core(self):
        """Run one iteration."""
        for name, weight in self.loss_weights.items():
            for _ in range(self.n_dis):
                self._step('dis', self.objective.discriminator_terms, name, weight)
            with frozen(self.get_optimizer('dis').target):
                self._step('gen', self.objective.generator_terms, name, weight)

    def _step(self, side, terms_of, dataset, weight):
        optimizer = self.get_optimizer(side)
        batch = self.converter(self.get_iterator(dataset).next(), self.device)
        terms = terms_of(*batch)
        loss = sum(terms.values()) * weight
        self._report(side, dataset, terms, loss)
        optimizer.target.cleargrads()
        loss.backward()
        optimizer.update()

    def _report(self, side, dataset, terms, loss):
        prefix = side if dataset == 'main' else f'{dataset}_{side}'
        values = {f'{prefix}/{name}': float(term.array) for name, term in terms.items()}
        for name, value in values.items():
            if not math.isfinite(value):
                raise TrainingDiverged(f'training stopped: {name} is {value} at iteration {self.iteration + 1}; '
                                       f'earlier snapshots are kept; a lower --g_lr or --d_lr may help')
        chainer.report({**values, f'{prefix}/loss': float(loss.array)})
