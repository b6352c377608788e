"""The one updater of every system: sums the terms of an objective and steps."""
import contextlib
import math
from collections.abc import Callable, Iterable
from typing import Any

import chainer
import numpy
from chainer.training.updaters import StandardUpdater
from numpy.typing import DTypeLike

from spade_anime.errors import InputError
from spade_anime.training.frozen import frozen
from spade_anime.training.half import as_stored
from spade_anime.training.processes.one import ALONE, OneProcess


class TrainingDiverged(InputError):
    """A loss, a weight or a moment is no longer a finite number: the options do not suit the data."""


class GANUpdater(StandardUpdater):
    """``n_dis`` discriminator updates and one generator update per iteration, for each data set in turn.

    Args:
        iterators: batches of each data set, by name; 'main' counts the epochs.
        optimizers: of 'gen' and 'dis'.
        objective: gives ``generator_terms(*batch)`` and ``discriminator_terms(*batch)``, dicts of scalar losses.
        loss_weights: by data set name, what its losses are multiplied with.
        n_dis: discriminator updates per generator update.
        device: where batches go.
        dtype: of the networks' parameters, which batches are turned into.
        processes: those that train together.

    Losses are means over the processes. Raises TrainingDiverged if one is not finite: on a CPU before the update, so
    the weights stay as they were; on a GPU after the iteration's updates, since reading a loss makes the host wait for
    all that was launched.
    """

    def __init__(self, iterators: dict, optimizers: dict, objective: Any, loss_weights: dict[str, float], n_dis: int,
                 device: chainer.backend.Device, dtype: DTypeLike = numpy.float32, processes: OneProcess = ALONE):
        super().__init__(iterators, optimizers, device=device)
        self.objective, self.loss_weights, self.n_dis, self.dtype = objective, loss_weights, n_dis, dtype
        self.processes = processes
        # Losses of this iteration that are on the device.
        self._unread: list[dict] = []

    def serialize(self, serializer: chainer.AbstractSerializer) -> None:
        """Save or load all that the next iteration depends on, except the networks, which have own snapshots."""
        self.iteration: int = serializer('iteration', self.iteration)
        for name, iterator in self._iterators.items():
            iterator.serialize(serializer[f'iterator:{name}'])
        for name, optimizer in self._optimizers.items():
            optimizer.serialize(serializer[f'optimizer:{name}'])
            optimizer.serialize_resident(serializer[f'resident:{name}'])
        self.objective.serialize(serializer['objective'])
        self.serialize_losses(serializer['losses'])

    def serialize_losses(self, serializer: chainer.AbstractSerializer) -> None:
        """Save or load losses that are not reported yet: this updater keeps none."""
        serializer('kept', False)

    def update_core(self) -> None:
        """Run one iteration."""
        self.iterate(tuple(self.device.send(array) for array in batch) for batch in self.batches())
        unread, self._unread = self._unread, []
        for values in unread:
            self._read(values)

    def batches(self) -> list[tuple]:
        """All batches of an iteration, in the order of ``batch_sources``, before the first of its updates.

        Raises DataError where one cannot be read: the training is then still where the iteration before left it.
        """
        with contextlib.ExitStack() as taking:
            for iterator in self._iterators.values():
                taking.enter_context(iterator.all_or_none())
            return [self.batch(name) for name in self.batch_sources()]

    def batch(self, dataset: str) -> tuple:
        """The next batch of a data set, arrays on the host."""
        arrays = chainer.dataset.concat_examples(self.get_iterator(dataset).next())
        return tuple(as_stored(array, self.dtype) for array in arrays)

    def batch_sources(self) -> list[str]:
        """Names of the data sets that an iteration takes batches from, in its order."""
        return [name for name in self.loss_weights for _ in range(self.n_dis + 1)]

    def iterate(self, batches: Iterable[tuple]) -> None:
        """All updates of an iteration, on batches in the order of ``batch_sources``."""
        batches = iter(batches)
        for name, weight in self.loss_weights.items():
            for _ in range(self.n_dis):
                self._step('dis', self.objective.discriminator_terms, name, weight, next(batches))
            with frozen(self.get_optimizer('dis').target):
                self._step('gen', self.objective.generator_terms, name, weight, next(batches))

    def synchronize(self) -> dict:
        """Check that all losses so far are finite before weights are saved; this updater has checked each."""
        return {}

    def _step(self, side: str, terms_of: Callable[..., dict], dataset: str, weight: float, batch: tuple) -> None:
        optimizer = self.get_optimizer(side)
        terms = terms_of(*batch)
        loss: Any = sum(terms.values()) * weight
        prefix = side if dataset == 'main' else f'{dataset}_{side}'
        self._report({**{f'{prefix}/{name}': term.array for name, term in terms.items()}, f'{prefix}/loss': loss.array})
        optimizer.target.cleargrads()
        if optimizer.loss_scale is not None:
            loss.grad = optimizer.loss_scale
        loss.backward()
        self.processes.average(optimizer.target, *(other.target for other in self.get_all_optimizers().values()
                                                   if other is not optimizer))
        optimizer.update()

    def _report(self, values: dict) -> None:
        if self.device.xp is numpy:
            self._read(values)
        else:
            self._unread.append(values)

    def _read(self, values: dict) -> None:
        values = self.processes.means({name: float(value) for name, value in values.items()})
        check_finite(values, f'at iteration {self.iteration + 1}')
        chainer.report(values)


def check_finite(values: dict, when: str) -> None:
    """Raise TrainingDiverged, naming the first of the losses that is not a finite number."""
    for name, value in values.items():
        if not math.isfinite(value):
            raise TrainingDiverged(f'training stopped: {name} is {value} {when}; earlier snapshots are kept; '
                                   'a lower --g_lr or --d_lr may help')
