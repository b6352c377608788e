"""What StackGAN's networks are trained for, and the wrong captions that takes."""
import chainer
import numpy

from spade_anime import losses
from spade_anime.conditions.text.embedding import digest
from spade_anime.fields import OptionError
from spade_anime.functions.parts import own_part
from spade_anime.functions.recorded import drawn
from spade_anime.systems.augmentation import DiffAugment
from spade_anime.systems.objectives import ConditionalObjective, MoreTerms
from spade_anime.systems.stackgan.options import StackGANOptions
from spade_anime.types import Array

TRIES = 100


class OtherCaptions:
    """Wrong captions: for each vector of a batch that of another text, of a picture of another group.

    Where all texts of other groups are the same as its own, another text of any group.

    Args:
        samples: training pictures' vectors, (captions, n) each.
        groups: of the pictures.

    Raises:
        OptionError: all captions are the same.
    """

    def __init__(self, samples: list, groups: list):
        self.vectors = [vector for vectors in samples for vector in vectors]
        self.digests = [digest(vector) for vector in self.vectors]
        if len(set(self.digests)) < 2:
            raise OptionError(f'--dataset_dir: all {len(self.vectors)} captions for training are the same; at least '
                              'two that differ are needed')
        self.groups: dict[bytes, set] = {}
        for key, group in zip(self.digests, (group for vectors, group in zip(samples, groups) for _ in vectors)):
            self.groups.setdefault(key, set()).add(group)
        self.random = numpy.random.default_rng(int(numpy.random.randint(2 ** 31)))

    def __call__(self, embedding: Array) -> Array:
        """Arrays (B, n) where ``embedding`` (B, n) lives."""
        keys = [digest(vector) for vector in chainer.backends.cuda.to_cpu(embedding)]
        tries = own_part(len(keys), lambda count: self.random.integers(len(self.vectors), size=(count, TRIES)))
        others = numpy.stack([self._other(key, drawn) for key, drawn in zip(keys, tries)])
        return chainer.backend.get_array_module(embedding).asarray(others)

    def _other(self, key: bytes, drawn: Array) -> Array:
        others = [i for i in drawn if self.digests[i] != key] or \
            [i for i, found in enumerate(self.digests) if found != key]
        own = self.groups.get(key, set())
        return self.vectors[next((i for i in others if own.isdisjoint(self.groups[self.digests[i]])), others[0])]


class StackGANObjective(ConditionalObjective):
    """Matching-aware objective (Reed et al. 2016) on images and the means of their texts' conditioning augmentation.

    The means come detached: the discriminator trains no part of the generator. What it sees in a real image serves
    both the right and the wrong text.
    """

    capturable = False  # wrong captions are drawn on the host

    options: StackGANOptions

    def __init__(self, gen: chainer.Link, dis: chainer.Link, options: StackGANOptions, mismatched: OtherCaptions,
                 augment: DiffAugment | None = None, more: MoreTerms | None = None):
        super().__init__(gen, dis, options, augment, more)
        self.mismatched = mismatched

    def discriminator_terms(self, image: Array, *condition: Array) -> dict[str, chainer.Variable]:
        """Terms of real pairs, of wrong pairs and of fakes, the last two half each; and the gradient penalty."""
        embedding, = condition
        mu = self._mean(embedding)
        image, shown = self.penalized(*self.seen(image, (mu,)))
        features = self.dis.features(image)
        real_logits = self.dis.logits(features, shown)
        wrong = drawn(lambda: self.mismatched(embedding))
        wrong_logits = self.dis.logits(features, self._mean(wrong))
        fake_logits = self.dis(*self.seen(self.painted((embedding,)), (mu,)))[0]
        terms = losses.matching_aware_loss(self.options.adv_loss_mode, real_logits, wrong_logits, fake_logits)
        return dict(zip(('real', 'wrong', 'fake'), terms)) | self.penalty.terms([(real_logits, image)])

    def generator_terms(self, image: Array, *condition: Array) -> dict[str, chainer.Variable]:
        """Adversarial term, and the divergence of the condition from a standard normal one."""
        embedding, = condition
        mu, log_variance = self.gen.augmentation(embedding)
        logits = self.dis(*self.seen(self.gen(embedding), (mu.array,)))[0]
        return {'adversarial': losses.generator_loss(self.options.adv_loss_mode, logits),
                'divergence': self.options.kl_coef * losses.normal_divergence(mu, log_variance),
                **self.more_terms(image, embedding)}

    def _mean(self, embedding: Array) -> Array:
        with chainer.no_backprop_mode():
            return self.gen.augmentation(embedding)[0].array
