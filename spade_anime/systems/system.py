"""What the scripts and the run loop ask of a system."""
from pathlib import Path
from typing import NamedTuple

from spade_anime.systems.options import CommonOptions


class Conditions(NamedTuple):
    """What to paint: pairs of a name and a condition (arrays without a batch axis).

    ``layout``: 'files', a picture each; 'rows' or 'columns', one sheet with a row or a column each.
    """

    named: list
    layout: str = 'files'


class System:
    """A system: its options, data, networks, objective, inputs and metrics.

    A subclass has to give, beside the class attributes: ``generator()`` and ``discriminator()`` with fresh weights,
    ``objective(gen, dis)``, ``training_data()``, ``conditions(inputs, seed)``, ``condition_shapes()``,
    ``tiles(sample)`` and ``metrics(samples, painted)``; the rest has defaults.
    """

    Options: type
    """Dataclass of the options."""
    Inputs: type
    """Dataclass of what a user paints from."""
    PRESETS: dict
    """Values by option, by preset; the first preset is that for a GPU, and has to have a 'tiny' beside it."""
    SUGGESTION = ''
    """Flags that paint something with a run that has just finished."""
    snapshot_paths = {'gen': str, 'dis': str}
    """Our path of a parameter for the path in a snapshot of other origin."""
    preview_draws = 1
    """Paintings of each sample on a sample sheet."""
    evaluation_draws = 0
    """Paintings that are measured unless the user says how many; 0: one of each validation sample."""
    deciding_metrics = {'kid': 'lower'}
    """By what the best snapshot of a training is chosen: the first of these metrics that is measured, and whether its
    'lower' or its 'higher' value is better."""

    def __init__(self, options: CommonOptions):
        self.options = options

    @classmethod
    def preset(cls, name: str, given: dict) -> dict:
        """Values of a preset, for what the user has given."""
        return cls.PRESETS[name]

    @staticmethod
    def check(options: CommonOptions) -> None:
        """Raise OptionError where options contradict each other."""

    @classmethod
    def options_from_arrays(cls, arrays: dict, image_size: int) -> CommonOptions | None:
        """Options that build the generator of a snapshot of other origin; None where it is not one."""

    def notes(self) -> list:
        """What the user should know about this configuration, a line each."""
        return []

    def prepare(self, gen) -> None:
        """Give a fresh generator what was trained before it."""

    def adapted(self, condition: tuple, draw) -> tuple:
        """Condition of images that a ``draw`` of ``systems/augmentation.py`` has changed; vectors stay as they are.

        Maps have to be moved with the images, and a map of colours has to change as they do.
        """
        return condition

    def judges(self, training, directory: Path | None = None) -> list:
        """Further scores of paintings: functions of samples and images as ``metrics`` is, with scores by name.

        ``training``: the data set that the generator learns from. A judge that is a network is trained on its real
        images when it is first called, and kept in ``directory``, where there is one.
        """
        return []

    def save(self, directory: Path) -> None:
        """Store beside the snapshots what painting needs and the options do not hold."""

    def load(self, directory: Path) -> None:
        """Read what ``save`` stored in a run directory."""
