"""The contract of a system: condition, networks and objective."""
import abc
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import chainer

from spade_anime.conditions.condition import Condition
from spade_anime.conditions.stored import load_condition
from spade_anime.fields import OptionError
from spade_anime.systems.objectives import Objective
from spade_anime.systems.options import CommonOptions

OptionsT = TypeVar('OptionsT', bound=CommonOptions)
ConditionT = TypeVar('ConditionT', bound=Condition)


class TrainingSet(NamedTuple):
    """A data set, its name in the log, and the weight of its losses."""

    name: str
    dataset: Any
    weight: float = 1.0


class TrainingData(NamedTuple):
    """What a data set gives: samples are ``(image, *condition)``.

    Attributes:
        sets: for training; the first is 'main'.
        validation: samples that are held out.
        condition: what is painted from.
        others: what an objective draws wrong conditions from, where it takes any.
    """

    sets: list[TrainingSet]
    validation: Any
    condition: Condition
    others: Any = None


class System(abc.ABC, Generic[OptionsT, ConditionT]):
    """One system, made of its options, which do not change. What follows from data is in the condition.

    ``System[Options, Condition]`` names the types of both; a plain ``System`` is one of any.
    """

    Options: ClassVar[type[CommonOptions]]
    """Dataclass of the options."""
    PRESETS: ClassVar[dict[str, dict]]
    """Values by option, by preset; the first preset is that for a GPU, and has to have a 'tiny' beside it."""
    CPU_PRESET: ClassVar[str] = 'tiny'
    """The preset where no GPU is used."""
    CONDITIONS: ClassVar[tuple[type[Condition], ...]]
    """Kinds of condition that it can paint from."""
    RETIRED: ClassVar[frozenset[str]] = frozenset()
    """Options of earlier versions that follow from data: those of an options.json are passed over."""
    inherited: ClassVar[frozenset[str]] = frozenset({'image_size'})
    """Options that a training takes over from the run that it starts from (``init_run``), besides its networks'."""
    snapshot_paths: ClassVar[dict] = {'gen': str, 'dis': str}
    """Our path of a parameter for the path in a snapshot of other origin."""
    preview_draws: ClassVar[int] = 1
    """Paintings of each sample on a sample sheet."""
    evaluation_draws: ClassVar[int] = 0
    """Paintings that are measured unless the user says how many; 0: one of each validation sample."""
    deciding_metrics: ClassVar[dict[str, str]] = {'kid': 'lower'}
    """By what the best snapshot of a training is chosen: the first of these metrics that is measured, and whether its
    'lower' or its 'higher' value is better."""

    def __init__(self, options: OptionsT):
        self.options = options

    @classmethod
    def preset(cls, name: str, given: dict) -> dict:
        """Values of a preset, for what the user has given."""
        return cls.PRESETS[name]

    @staticmethod  # noqa: B027  (a hook that may stay empty)
    def check(options: OptionsT) -> None:
        """Raise OptionError where options contradict each other."""

    @classmethod
    def options_from_arrays(cls, arrays: dict, image_size: int) -> OptionsT | None:
        """Options that build the generator of a snapshot of other origin; None where it is not one."""
        return None

    @property
    def kind(self) -> type[Condition]:
        """The kind of condition that this one paints from."""
        return self.CONDITIONS[0]

    @abc.abstractmethod
    def open_data(self, known: ConditionT | None = None) -> TrainingData:
        """Read what ``options.dataset_dir`` holds. Raises DataError, OptionError.

        ``known``: the condition of a run that continues or is evaluated; the data set has to fit it.
        """

    @abc.abstractmethod
    def generator(self, condition: ConditionT) -> chainer.Link:
        """Generator with fresh weights."""

    @abc.abstractmethod
    def discriminator(self, condition: ConditionT) -> chainer.Link:
        """Discriminator with fresh weights."""

    @abc.abstractmethod
    def objective(self, gen: chainer.Link, dis: chainer.Link, data: TrainingData) -> Objective:
        """Objective of the two networks."""

    def at_size(self, image_size: int, condition: ConditionT) -> tuple['System', ConditionT]:
        """System and condition that build the trained generator for pictures of another size, in pixels.

        Raises OptionError where the generator cannot paint that size.
        """
        raise OptionError(f'--image_size {image_size}: this {self.options.model} generator paints '
                          f'{self.options.image_size} px; allowed is that size alone')

    def condition(self, directory: Path) -> Condition:
        """The condition of the run in ``directory``, which has these options. Raises OptionError, DataError."""
        return load_condition(self.kind, directory, self.options)

    def notes(self) -> list[str]:
        """What the user should know about this configuration, a line each."""
        return []

    def prepare(self, gen: chainer.Link) -> None:  # noqa: B027  (likewise)
        """Give a fresh generator what was trained before it."""
