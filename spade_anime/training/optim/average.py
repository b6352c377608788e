"""The running average of a generator's weights."""
from typing import Any, NamedTuple, Protocol

import chainer
from chainer.training import Trainer, extension

from kernels.adam import average_decay


class Keeper(Protocol):
    """An optimizer that may keep an average."""

    @property
    def in_one_launch(self) -> bool:
        """Whether its launches update the average."""


class WeightAverage(extension.Extension):
    """Exponential running average of a link's parameters and persistent arrays, in ``average``.

    The decay starts lower and reaches ``decay`` after some ``10 / (1 - decay)`` updates, so that the untrained first
    weights are forgotten soon. Where the optimizer that keeps the average updates in one launch, that launch updates
    the average as well.

    Attributes:
        pairs: places in the link, each with its place in the average.
        keeper: the optimizer that keeps it; None: each call updates it.
    """

    trigger = 1, 'iteration'
    priority = chainer.training.PRIORITY_WRITER

    def __init__(self, link: chainer.Link, decay: float):
        self.link, self.decay = link, decay
        self.average = link.copy('copy')
        self.pairs = list(zip(places(link), places(self.average)))
        self.keeper: Keeper | None = None

    def __call__(self, trainer: Trainer) -> None:
        if self.keeper is not None and self.keeper.in_one_launch:
            return
        share = 1 - average_decay(self.decay, trainer.updater.iteration)
        for source, target in self.pairs:
            array = target.array
            array += share * (source.array - array)


class Place(NamedTuple):
    """Where a link has a parameter or a persistent array."""

    link: chainer.Link
    name: str

    @property
    def value(self) -> Any:
        """The parameter, or the array itself."""
        return self.link.__dict__[self.name]

    @property
    def array(self) -> Any:
        """The array."""
        return self.value.array if isinstance(self.value, chainer.Parameter) else self.value

    def put(self, array: Any) -> None:
        """Replace the array."""
        if isinstance(self.value, chainer.Parameter):
            self.value.array = array
        else:
            self.link.__dict__[self.name] = array


def places(link: chainer.Link) -> list[Place]:
    """Every floating-point parameter and persistent array of a link, in a fixed order."""
    found = [Place(child, name) for child in link.links() for name in sorted(child._params | set(child._persistent))]
    return [place for place in found if getattr(getattr(place.array, 'dtype', None), 'kind', '') == 'f']
