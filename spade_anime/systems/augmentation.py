"""DiffAugment: what the discriminator sees of real and painted images where there are few real ones.

Zhao et al. 2020, arXiv:2006.10738.
"""
import dataclasses
from collections.abc import Callable
from types import ModuleType

import chainer
import numpy

from spade_anime.functions.augmentation import recolor, squares, translate
from spade_anime.layers.latent import LatentNoise
from spade_anime.types import Array, Operand

SHIFT, SQUARE = 1 / 8, 1 / 2
"""Largest translation and side of the square that is cut out, in sides of the image: the paper's."""

NUMBERS = 7
"""Random numbers a sample: brightness, saturation, contrast, shift and square, two each."""


@dataclasses.dataclass(frozen=True)
class Draw:
    """What is done to the images of one batch; called with images and their condition, gives what is judged.

    ``colors``: (B,) each, as ``recolor`` takes them; ``shift``: (B, 2) px; ``mask``: (B, 1, H, W), zero where the
    image is cut out. None: not done.
    """

    adapt: Callable[[tuple, 'Draw'], tuple]
    colors: tuple | None = None
    shift: Array | None = None
    mask: Array | None = None

    def __call__(self, image: Operand, condition: tuple) -> tuple:
        """``(image, *condition)`` with images (B, 3, S, S) in [-1, 1], which may leave that range."""
        if self.colors is not None:
            image = recolor(image, *self.colors)
        if self.shift is not None:
            image = translate(image, self.shift)
        if self.mask is not None:
            image = image * self.mask.astype(image.dtype)
        return image, *self.adapt(condition, self)

    def maps(self, maps: Array) -> Array:
        """Maps (B, C, S, S) that say where something is, moved with the image."""
        return maps if self.shift is None else translate(maps, self.shift).array

    def color_maps(self, maps: Array, where: Array) -> Array:
        """Colours (B, 3, S, S) in [0, 1] changed and moved as the image; zero but ``where`` (B, 1, S, S) is 1."""
        if self.colors is not None:
            maps = (recolor(2 * maps - 1, *self.colors).array + 1) / 2 * where
        return self.maps(maps)


def unchanged(condition: tuple, draw: Draw) -> tuple:
    """Condition of augmented images where it is vectors: they say nothing of places."""
    return condition


class DiffAugment:
    """Draws what is done to a batch of images, for every sample anew.

    color: brightness, saturation, contrast, in this order, with the paper's strengths: in the range of [-1, 1] up to
    0.5 is added, the distance from grey grows 0 to 2 times, that from mid-grey 0.5 to 1.5 times. The paper's contrast
    is about the mean of the image. About mid-grey it is the same change whatever the image shows, so that the colour
    that a condition asks for can be changed alike: a discriminator that compares the two is taught no wrong colour.

    translation: up to an eighth of the side; what comes in is mid-grey. Maps of the condition are moved alike.

    cutout: a square of half the side becomes mid-grey. The condition stays: a label of zeros would say that there is
    background, which it does not look like.

    Args:
        policies: of color, translation and cutout; none: images stay what they are, and nothing is drawn.
        adapt: gives the condition of augmented images, from the condition (a tuple) and the ``Draw``.
    """

    def __init__(self, policies: tuple = (), adapt: Callable[[tuple, Draw], tuple] = unchanged):
        self.policies, self.adapt = policies, adapt
        self.noise = LatentNoise(NUMBERS, 'uniform') if policies else None

    def draw(self, image: Operand) -> Draw:
        """For a batch of the shape and on the device of ``image`` (B, 3, H, W)."""
        if self.noise is None:
            return Draw(self.adapt)
        xp, (batch, _, height, width) = chainer.backend.get_array_module(image), image.shape
        size = height, width
        # All of them whatever the policies: a policy draws the same with others as without.
        numbers = self.noise.of_pass(xp, batch)
        return Draw(self.adapt,
                    colors=_colors(numbers[:, :3]) if 'color' in self.policies else None,
                    shift=_shift(numbers[:, 3:5], size) if 'translation' in self.policies else None,
                    mask=_mask(numbers[:, 5:], size, xp) if 'cutout' in self.policies else None)


def _colors(numbers: Array) -> tuple[Array, Array, Array]:
    """Of numbers (B, 3) in -1..1: ``c (s (x + b) + (1 - s) mean(x + b))``, brightness b, saturation s, contrast c."""
    brightness, saturation, contrast = numbers[:, 0] / 2, numbers[:, 1] + 1, numbers[:, 2] / 2 + 1
    return contrast * saturation, contrast * (1 - saturation), contrast * brightness


def _whole(numbers: Array, count: int) -> Array:
    """Whole numbers 0..count - 1, of numbers in -1..1, each as likely."""
    return ((numbers + 1) / 2 * count).astype(numpy.int32).clip(0, count - 1)


def _shift(numbers: Array, size: tuple[int, int]) -> Array:
    return _by_axis(numbers, size, lambda values, n: _whole(values, 2 * round(n * SHIFT) + 1) - round(n * SHIFT))


def _mask(numbers: Array, size: tuple[int, int], xp: ModuleType) -> Array:
    half = round(min(size) * SQUARE / 2)
    return squares(_by_axis(numbers, size, lambda values, n: _whole(values, n + 1)), half, size, xp)


def _by_axis(numbers: Array, size: tuple[int, int], make: Callable[[Array, int], Array]) -> Array:
    xp = chainer.backend.get_array_module(numbers)
    return xp.stack([make(numbers[:, i], n) for i, n in enumerate(size)], axis=1)
