"""What an objective is, and loss terms that several systems share."""
from collections.abc import Callable
from typing import Any, Protocol

import chainer

from spade_anime import losses
from spade_anime.functions.recorded import drawn
from spade_anime.systems.augmentation import DiffAugment
from spade_anime.systems.options import CommonOptions
from spade_anime.types import Array, Operand


class Objective(Protocol):
    """What a generator and a discriminator are asked: named loss terms, which the updater sums, reports and steps.

    Attributes:
        gen, dis: the networks.
        capturable: whether a CUDA graph can capture its terms: nothing of them is decided or drawn on the host.
    """

    gen: chainer.Link
    dis: chainer.Link
    capturable: bool

    def discriminator_terms(self, image: Any, *condition: Any) -> dict[str, chainer.Variable]:
        """Scalar losses of the discriminator on a batch, by name."""

    def generator_terms(self, image: Any, *condition: Any) -> dict[str, chainer.Variable]:
        """Scalar losses of the generator on a batch, by name."""

    def phase(self, updates: int) -> tuple:
        """What the terms of the next ``updates`` discriminator updates depend on, beside their inputs."""

    def passed(self, updates: int) -> None:
        """So many discriminator updates were done by replaying a graph."""

    def serialize(self, serializer: Any) -> None:
        """Save or load what is remembered from one iteration to the next, in Chainer's protocol."""


class MoreTerms:
    """Further terms of a generator; none, unless a subclass has some."""

    def weights(self, iteration: int) -> tuple[float, ...]:
        """What the terms are weighted by in an iteration, counted from 1, if that changes."""
        return ()

    def terms(self, iteration: int, image: Array, *condition: Array) -> dict[str, chainer.Variable]:
        """Scalar losses by name for a batch."""
        return {}


class LazyPenalty:
    """Gradient penalty of a discriminator (R1, Mescheder et al. 2018), due every ``gp_interval`` updates.

    It is then weighted ``gp_interval`` times (lazy regularisation, Karras et al. 2020, arXiv:1912.04958, appendix B).
    """

    def __init__(self, options: CommonOptions, form: str = 'square_then_sum'):
        self.options, self.form, self.updates = options, form, 0

    def due(self, count: int) -> tuple[bool, ...]:
        """Which of the next ``count`` updates have the term."""
        interval = self.options.gp_interval
        return tuple(bool(self.options.gp_coef) and (self.updates + i) % interval == 0 for i in range(count))

    def terms(self, pairs: list) -> dict:
        """The term of this update, {} where none is due; ``pairs``: (logits, the Variable they were made from)."""
        due, = self.due(1)
        self.updates += 1
        if not due:
            return {}
        options = self.options
        # Every term but wgan's counts half: the lineage's convention.
        scale = options.gp_coef * options.gp_interval * (1 if options.adv_loss_mode == 'wgan' else 0.5)
        return {'penalty': scale * sum(losses.gradient_penalty(logits, x, self.form) for logits, x in pairs)}


class ConditionalObjective:
    """Both sides judged on ``(image, *condition)``: real against painted (Mirza & Osindero 2014).

    ``augment``: what is done to every image, real and painted, before the discriminator sees it, each time drawn anew;
    None: nothing. The penalty is on what the discriminator sees: its strength does not change with a contrast drawn.
    ``more``: further terms of the generator.
    """

    capturable = True
    """Whether a CUDA graph can capture its terms: nothing of them is decided or drawn on the host."""

    def __init__(self, gen: chainer.Link, dis: chainer.Link, options: CommonOptions,
                 augment: DiffAugment | None = None, more: MoreTerms | None = None):
        self.gen, self.dis, self.options = gen, dis, options
        self.augment, self.more = augment or DiffAugment(), more or MoreTerms()
        self.penalty = LazyPenalty(options)

    def discriminator_terms(self, image: Array, *condition: Array) -> dict[str, chainer.Variable]:
        """Adversarial terms of real and fake, and the gradient penalty where it is due."""
        real = self.penalized(*self.seen(image, condition))
        fake = self.seen(self.painted(condition), condition)
        real_logits, fake_logits = self.dis(*real)[0], self.dis(*fake)[0]
        real_term, fake_term = losses.discriminator_loss(self.options.adv_loss_mode, real_logits, fake_logits)
        return {'real': real_term, 'fake': fake_term} | self.penalty.terms([(real_logits, real[0])])

    def generator_terms(self, image: Array, *condition: Array) -> dict[str, chainer.Variable]:
        """Adversarial term, and what else the generator is asked."""
        logits = self.dis(*self.seen(self.gen(*condition), condition))[0]
        adversarial = losses.generator_loss(self.options.adv_loss_mode, logits)
        return {'adversarial': adversarial} | self.more_terms(image, *condition)

    def more_terms(self, image: Array, *condition: Array) -> dict[str, chainer.Variable]:
        """Those of ``more`` in the generator's step that follows the discriminator's."""
        return self.more.terms(self._iteration(0), image, *condition)

    def phase(self, updates: int) -> tuple:
        """What the terms of the next ``updates`` discriminator updates depend on, beside their inputs.

        A graph for each value is captured: which of them have a gradient penalty, and the weights of further terms.
        """
        return *self.penalty.due(updates), *self.more.weights(self._iteration(updates))

    def passed(self, updates: int) -> None:
        """So many discriminator updates were done by replaying a graph."""
        self.penalty.updates += updates

    def serialize(self, serializer: Any) -> None:
        """Save or load what is remembered from one iteration to the next, in Chainer's protocol.

        Generators of random numbers are found by themselves.
        """
        self.penalty.updates = serializer('penalty_updates', self.penalty.updates)

    def _iteration(self, updates: int) -> int:
        """Number of the iteration that the next ``updates`` discriminator updates end."""
        return (self.penalty.updates + updates) // self.options.n_dpg

    def seen(self, image: Operand, condition: tuple) -> tuple:
        """What the discriminator is given of images and their condition."""
        return self.augment.draw(image)(image, condition)

    def penalized(self, image: Operand, *condition: Array) -> tuple:
        """What is seen, with an image to differentiate by, if the penalty is due; other images get no gradient."""
        due, = self.penalty.due(1)
        return chainer.Variable(chainer.as_array(image), requires_grad=due), *condition

    def painted(self, condition: tuple) -> Array:
        """Images for the discriminator's step: no graph leads back into the generator."""
        with chainer.no_backprop_mode():
            return self.gen(*condition).array


class MatchingAwareObjective(ConditionalObjective):
    """The discriminator sees real images with wrong conditions as well (GAN-CLS, Reed et al. 2016, algorithm 1).

    Args:
        mismatched: gives, for a batch of conditions, arrays of the same shape that truly differ from them.
    """

    capturable = False  # mismatched conditions are drawn on the host

    def __init__(self, gen: chainer.Link, dis: chainer.Link, options: CommonOptions,
                 mismatched: Callable[[Array], Array], augment: DiffAugment | None = None,
                 more: MoreTerms | None = None):
        super().__init__(gen, dis, options, augment, more)
        self.mismatched = mismatched

    def discriminator_terms(self, image: Array, *condition: Array) -> dict[str, chainer.Variable]:
        """Terms of real pairs, of wrong pairs and of fakes, the last two half each; and the gradient penalty."""
        image, shown = self.penalized(*self.seen(image, condition))
        real_logits = self.dis(image, shown)[0]
        wrong = drawn(lambda: self.mismatched(*condition))
        wrong_logits = self.dis(image, wrong)[0]
        fake_logits = self.dis(*self.seen(self.painted(condition), condition))[0]
        terms = losses.matching_aware_loss(self.options.adv_loss_mode, real_logits, wrong_logits, fake_logits)
        return dict(zip(('real', 'wrong', 'fake'), terms)) | self.penalty.terms([(real_logits, image)])
