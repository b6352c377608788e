"""The contract of a condition: what a picture is painted from."""
import abc
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

import numpy

from spade_anime.conditions.controls import Control, declared
from spade_anime.data.metadata import usable_name
from spade_anime.data.pictures import to_pixels
from spade_anime.data.splitting import Mirrored
from spade_anime.fields import OptionError, expanded, shown
from spade_anime.files import one_line
from spade_anime.runs.directory import write_json
from spade_anime.runs.names import CONDITION

LARGEST_SIZE = 4096

InputsT = TypeVar('InputsT')

Arrays = tuple[numpy.ndarray, ...]
"""One condition as the networks take it, without a batch axis."""

Score = Callable[[Sequence[tuple], numpy.ndarray], dict[str, float]]
"""Of samples ``(image, *condition)`` and the images (N, 3, S, S) in [-1, 1] painted from them: numbers by name."""


class Asked(NamedTuple):
    """What a user wants painted: pairs of a name and a condition.

    Attributes:
        named: the pairs.
        layout: 'files', one picture each; 'rows' or 'columns', one sheet with a row or a column each.
        faults: a line for each of several inputs that cannot be read, while the others can.
        windows: rows and columns of the painting that are shown, one for each pair, None for all; () for all of all.
        redrawn: for each pair what draws its condition anew, from a random generator, where something was left open
            that every painting is to have another of; (): nothing was.
    """

    named: list[tuple[str, Arrays]]
    layout: str = 'files'
    faults: tuple[str, ...] = ()
    windows: Sequence[tuple[slice, slice] | None] = ()
    redrawn: Sequence[Callable[[numpy.random.Generator], Arrays]] = ()


@dataclasses.dataclass(frozen=True)
class Condition(abc.ABC, Generic[InputsT]):
    """What the pictures of one system are painted from; its fields are what follows from a data set.

    A condition is made by opening a data set, or by loading a run, which stores it. It is a frozen dataclass whose
    fields have the names that ``of_values`` finds them by.
    """

    KIND: ClassVar[str]
    """What condition.json calls it."""
    TEXT: ClassVar[str]
    """What it is, for messages: 'a label map and a hair colour'."""
    Inputs: ClassVar[type]
    """Dataclass of ``option`` fields: the flags of generate.py and the keywords of ``Generator.paint``."""
    VALUES: ClassVar[Mapping[str, str]] = {}
    """Names of its arrays in an exported model, those of their flags, and what the numbers of each mean; without it
    a model calls them as the network does."""
    preparable: ClassVar[bool] = False
    """Whether ``python -m spade_anime.prepare`` makes smaller pictures of its data sets."""
    in_words: ClassVar[bool] = False
    """Whether it may name a colour: then no augmentation may change the colours of images."""

    @property
    @abc.abstractmethod
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of its arrays, without a batch axis."""

    @property
    def channels(self) -> int:
        """Channels of all its arrays together."""
        return sum(shape[0] for shape in self.shapes)

    @property
    def input_names(self) -> list[str]:
        """Those of ``VALUES``."""
        return list(self.VALUES)[:len(self.shapes)]

    def described(self) -> dict[str, Any]:
        """What an exported model says of it: what condition.json has, and what the numbers of each input mean."""
        return {'condition': self.stored(), 'inputs': {name: self.VALUES[name] for name in self.input_names}}

    @abc.abstractmethod
    def read(self, inputs: InputsT, seed: int = 0) -> Asked:
        """What ``inputs``, an object of ``Inputs``, asks for; what is left open is drawn by ``seed``.

        Raises InputError.
        """

    def drawn_again(self, arrays: tuple, random: numpy.random.Generator) -> tuple:
        """A condition with what a user may leave open drawn anew; where nothing is, the same."""
        return arrays

    @abc.abstractmethod
    def tiles(self, *arrays: numpy.ndarray) -> dict[str, numpy.ndarray]:
        """Pictures (H, W, 3) uint8 of one condition, by caption."""

    def sample_tiles(self, sample: tuple) -> dict[str, numpy.ndarray]:
        """``tiles`` of a sample's condition, and its image."""
        image, *arrays = sample
        return self.tiles(*arrays) | {'real': to_pixels(image)}

    @abc.abstractmethod
    def score(self, training: Any, seed: int = 0) -> Score:
        """What measures how well paintings follow it.

        ``training``: the data set that the generator learns from; a score that is a network is trained on its real
        images when it is first called, by ``seed``.
        """

    @property
    @abc.abstractmethod
    def suggestion(self) -> str:
        """Flags of generate.py that paint something."""

    @property
    def controls(self) -> list[Control]:
        """What a page to paint in offers, by the keywords of ``Generator.paint``."""
        return declared(self.Inputs)

    def mirrored(self, dataset: Any) -> Mirrored:
        """A data set and the mirror images of its samples."""
        return Mirrored(dataset)

    def moved(self, arrays: tuple, draw: Any) -> tuple:
        """A batch of conditions of images that a ``Draw`` of ``systems/augmentation.py`` has changed.

        Maps are moved with the images, and a map of colours changes as they do. Vectors stay as they are.
        """
        return arrays

    def judges(self, training: Any, directory: Path | None = None) -> list[Score]:
        """Further scores, by networks that are trained on real images when they are first called.

        They are kept in ``directory``, where there is one.
        """
        return []

    def asked(self, given: dict[str, Any], seed: int = 0) -> Asked:
        """As ``read``, of values by name. Raises OptionError for a name that is none of the ``Inputs``."""
        flags = {field.name: f'--{(*field.metadata["aliases"], field.name)[0]}'
                 for field in dataclasses.fields(self.Inputs)}
        for name, value in given.items():
            if name not in flags:
                value = value if isinstance(value, str) and one_line(value) else shown(value)
                allowed = [flags[field.name] for field in dataclasses.fields(self.Inputs)
                           if field.metadata['group'] == 'input']
                raise OptionError(f'--{name} {value}: this generator paints from {self.TEXT}; allowed is '
                                  f'{" and ".join(allowed)}')
        return self.read(self.Inputs(**expanded(self.Inputs, given)), seed)

    def values(self) -> dict[str, Any]:
        """Its fields as JSON has them."""
        return dataclasses.asdict(self)

    @classmethod
    def of_values(cls, values: dict[str, Any], directory: Path) -> Self:
        """From the values of a condition.json, or of an options.json, in ``directory``. Raises OptionError."""
        return cls(**{field.name: cls.field_of(field, values.get(field.name)) for field in dataclasses.fields(cls)})

    @classmethod
    def field_of(cls, field: dataclasses.Field, value: object) -> Any:
        """A field from its JSON value, None where there is none: a whole number, or names. Raises OptionError."""
        return _checked(field, value)

    def arrays(self) -> dict[str, numpy.ndarray]:
        """What of it is arrays, not JSON, by name; it is stored in every snapshot beside ``values``."""
        return {}

    @classmethod
    def of_arrays(cls, values: dict[str, Any], arrays: Mapping[str, numpy.ndarray]) -> Self:
        """From what ``values`` and ``arrays`` gave. Raises OptionError, DataError."""
        return cls.of_values(values, Path())

    def abridged(self) -> Self:
        """What of it a small copy of a generator needs: all, where little is stored."""
        return self

    def save(self, directory: Path) -> None:
        """Store it in a run directory. Raises WriteError."""
        write_json(directory / CONDITION, self.stored())

    def stored(self) -> dict[str, Any]:
        """What condition.json has: its kind, and its fields."""
        return {'kind': self.KIND, **self.values()}


def _checked(field: dataclasses.Field, value: object) -> int | tuple[str, ...]:
    """A value in the type of a field: a whole number from 1 on, or names."""
    if field.type is int:
        if type(value) is not int or not 1 <= value <= LARGEST_SIZE:
            raise OptionError(f'{field.name} is {shown(value)}; allowed is a whole number from 1 to {LARGEST_SIZE}')
        return value
    if not isinstance(value, list | tuple) or not value or len(set(map(repr, value))) < len(value) or not all(
            isinstance(name, str) and usable_name(name) for name in value):
        raise OptionError(f'{field.name} is {shown(value)}; allowed is a list of names, each once')
    return tuple(value)
