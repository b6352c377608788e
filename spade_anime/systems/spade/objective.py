"""What SPADE's networks are trained for."""
from collections.abc import Sequence
from typing import Any

import chainer
import chainer.functions as F
import numpy

from spade_anime import losses
from spade_anime.functions.losses import mean_absolute_difference
from spade_anime.functions.parts import gathered, part_of
from spade_anime.functions.recorded import fixed
from spade_anime.layers.batches import in_one_pass
from spade_anime.systems.augmentation import DiffAugment
from spade_anime.systems.objectives import ConditionalObjective, LazyPenalty
from spade_anime.systems.spade import oasis
from spade_anime.systems.spade.options import SpadeOptions
from spade_anime.types import Array, Arrays, Operand, Variables

PENALIZED = {'real': (0,), 'fake': (1,), 'real_fake': (0, 1), 'both': (0, 1)}
"""Which of real and painted images the gradient penalty is on, by option."""


class KeptPainting:
    """The painting of a generator step, which the discriminator's next step judges again.

    That one is spared painting; the image is of the weights before the generator's update.
    """

    def __init__(self) -> None:
        # Image and condition. They stay where they are, for the plan of an iteration.
        self._arrays: list[Array] = []

    def keep(self, image: Array, condition: Arrays) -> None:
        """Remember an image and what it was painted from."""
        arrays = image, *condition
        if list(map(_form, self._arrays)) != list(map(_form, arrays)):
            self._arrays = [array.copy('K') for array in arrays]
            return
        for place, array in zip(self._arrays, arrays):
            fixed(place)[...] = array

    def take(self) -> tuple[Array, Arrays] | None:
        """What was kept last; None before the first time."""
        if not self._arrays:
            return None
        image, *condition = map(fixed, self._arrays)
        return image, tuple(condition)

    def serialize(self, serializer: Any, device: chainer.backend.Device) -> None:
        """Save or load it, in Chainer's protocol, as the arrays of all processes."""
        loading = isinstance(serializer, chainer.Deserializer)
        arrays: Any = [None] * 3 if loading or not self._arrays else map(gathered, self._arrays)
        saved = [serializer(name, array) for name, array in zip(('fake', 'label', 'color'), arrays)]
        if not loading:
            return
        loaded = [device.send(part_of(array)) for array in saved]
        if [array.shape for array in self._arrays] != [array.shape for array in loaded]:
            self._arrays = loaded
        for place, array in zip(self._arrays, loaded):
            place[...] = array


def _form(array: Array) -> tuple:
    return array.shape, array.strides


class SpadeObjective(ConditionalObjective):
    """Named loss terms of both sides for one batch ``(image, label, color)``.

    ``perceptual_network`` is None where the perceptual loss is off.
    """

    options: SpadeOptions

    def __init__(self, gen: chainer.Link, dis: chainer.Link, options: SpadeOptions,
                 perceptual_network: chainer.Link | None = None, augment: DiffAugment | None = None):
        super().__init__(gen, dis, options, augment)
        self.penalty = LazyPenalty(options, options.gp_form)
        self.perceptual_network: Any = perceptual_network
        # Mode seeking draws its noises on the host, to measure how far apart they lie; an image that is kept from one
        # iteration to the next has no place in a graph.
        self.capturable = not (options.ms_coef or options.reuse_fake)
        self.kept = KeptPainting()

    def discriminator_terms(self, image: Array, *condition: Array) -> dict[str, chainer.Variable]:
        """Adversarial terms of real and fake, and the gradient penalty on the updates that it is due."""
        painted, its_condition = self.kept.take() or (self.painted(condition), condition)
        return self._judged(self.seen(image, condition), self.seen(painted, its_condition))

    def generator_terms(self, image: Array, *condition: Array) -> dict[str, chainer.Variable]:
        """Adversarial term, feature matching, and what else the options ask for."""
        options = self.options
        # Mode seeking asks how far apart the noises lie; else the generator draws where it computes.
        z = self.gen.draw_noise(len(image)) if options.ms_coef else None
        fake = self.gen(*condition, z)
        if options.reuse_fake:
            self.kept.keep(fake.array, condition)
        # The same is done to both: features are compared place by place.
        seen = self.augment.draw(image)
        shown = seen(fake, condition)
        logits, features = self.dis(*shown)
        terms = {'adversarial': self._adversarial(logits, shown[1])}
        if options.fm_coef:
            with chainer.no_backprop_mode():
                real_features = self.dis(*seen(image, condition))[1]
            terms['feature_matching'] = options.fm_coef * losses.feature_matching(real_features, features)
        if options.l1_coef:
            terms['l1'] = options.l1_coef * mean_absolute_difference(fake, image)
        if self.perceptual_network is not None:
            terms['perceptual'] = options.perceptual_coef * self._perceptual(image, fake)
        if options.ms_coef:
            terms['mode_seeking'] = options.ms_coef * self._mode_seeking(fake, z, condition)
        return terms

    def serialize(self, serializer: Any) -> None:
        """As every objective; and the image that is kept for the discriminator, with its condition."""
        super().serialize(serializer)
        if self.options.reuse_fake:
            self.kept.serialize(serializer, self.gen.device)

    def _judged(self, real: tuple, fake: tuple) -> dict[str, chainer.Variable]:
        """Terms of the discriminator; ``real`` and ``fake`` are images with their condition."""
        penalized = PENALIZED[self.options.zero_gp_mode]
        batches = [self.penalized(*batch) if i in penalized else batch for i, batch in enumerate((real, fake))]
        logits = self._logits(batches)
        terms = losses.discriminator_loss(self.options.adv_loss_mode, *logits)
        pairs = [(logits[i], batches[i][0]) for i in penalized]
        return dict(zip(('real', 'fake'), terms)) | self.penalty.terms(pairs)

    def _logits(self, batches: Sequence[tuple]) -> Variables:
        """Logits of each of ``batches``, images with their condition: in one pass, unless the penalty is on one.

        What is differentiated twice would then hold the others too.
        """
        if any(chainer.as_variable(image).requires_grad for image, *_ in batches):
            return [self.dis(*batch)[0] for batch in batches]
        return in_one_pass(lambda *batch: self.dis(*batch)[0], batches)

    def _adversarial(self, logits: chainer.Variable, label: Array) -> chainer.Variable:
        """Term of the generator; ``label``: of the images that the logits judge."""
        return losses.generator_loss(self.options.adv_loss_mode, logits)

    def _perceptual(self, image: Array, fake: Operand) -> chainer.Variable:
        with chainer.no_backprop_mode():
            real_features = self.perceptual_network(image)
        return losses.perceptual(real_features, self.perceptual_network(fake), self.options.perceptual_mode)

    def _mode_seeking(self, fake: chainer.Variable, z: Any, condition: Arrays) -> chainer.Variable:
        other = self.gen.draw_noise(len(fake))
        flat, other_flat = (numpy.concatenate([noise.ravel() for noises in drawn for noise in noises])
                            for drawn in (z, other))
        return losses.mode_seeking((fake, self.gen(*condition, other)), (flat, other_flat))


class OasisObjective(SpadeObjective):
    """The same with a discriminator that finds the class of every pixel, or that it is painted.

    OASIS (Sushko et al. 2021, arXiv:2012.04781, equations 1 to 5).
    """

    def __init__(self, gen: chainer.Link, dis: chainer.Link, options: SpadeOptions,
                 perceptual_network: chainer.Link | None = None, augment: DiffAugment | None = None):
        super().__init__(gen, dis, options, perceptual_network, augment)
        # The classes of a mixture are drawn on the host.
        self.capturable = self.capturable and not options.labelmix_coef
        self.random = numpy.random.default_rng(numpy.random.randint(2 ** 31))

    def _judged(self, real: tuple, fake: tuple) -> dict[str, chainer.Variable]:
        classes = oasis.classes_of(real[1])
        real_logits, fake_logits = self._logits([real, fake])
        terms = {'real': oasis.class_error(real_logits, classes), 'fake': oasis.painted_error(fake_logits)}
        if self.options.labelmix_coef:
            xp = self.dis.xp
            taken = xp.asarray(self.random.integers(0, 2, (len(classes), real_logits.shape[1])), numpy.float32)
            mask = taken[xp.arange(len(classes))[:, None, None], classes][:, None]
            mixed = self.dis(chainer.as_array(real[0]) * mask + chainer.as_array(fake[0]) * (1 - mask))[0]
            wanted = real_logits * mask + fake_logits * (1 - mask)
            terms['labelmix'] = self.options.labelmix_coef * F.mean((mixed - wanted) ** 2)
        return terms

    def _adversarial(self, logits: chainer.Variable, label: Array) -> chainer.Variable:
        return oasis.class_error(logits, oasis.classes_of(label))
