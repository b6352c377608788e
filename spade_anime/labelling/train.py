"""Make the labeller that comes with the project: python -m spade_anime.labelling.train --out labeller.npz."""
import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

from spade_anime.commands import read_options, run_script
from spade_anime.data.portraits import rendering
from spade_anime.fields import OptionError, option
from spade_anime.labelling.styles import STYLES

TRAINING, TEST = 1, 2
"""Seeds of the portraits that are learnt, and of those that it is tried on. The example portraits are of seed 0."""


@dataclasses.dataclass
class TrainingOptions:
    """What the labeller learns from, and for how long."""

    out: str = option('', 'output', 'file to write', path=True)
    start: str = option('', 'training', 'file of a labeller to go on from; none: from nothing', path=True)
    styles: tuple = option(STYLES, 'training', 'styles that it learns; it is tried on all', names=True)
    portraits: int = option(260, 'training', 'portraits of each style', low=1, high=10_000)
    test_portraits: int = option(24, 'training', 'further portraits of each style, to try it on', low=1, high=10_000)
    iterations: int = option(2500, 'training', 'updates', low=1)
    rate: float = option(2e-3, 'training', 'learning rate at the beginning', low=0, high=1)
    seed: int = option(0, 'training', 'of what is drawn at random', low=0)
    workers: int = option(0, 'training', 'processes that render; 0: one for each processor', low=0, high=64)


def main(arguments: list | None = None) -> None:
    """Render, train, write, and print the mIoU on further portraits of each style."""
    options = read_options(TrainingOptions, 'spade_anime.labelling.train',
                           'Make the labeller that comes with the project, from rendered portraits.', arguments,
                           {'out': 'a file to write'})
    for style in options.styles:
        if style not in STYLES:
            raise OptionError(f'--styles {style}: allowed are {", ".join(STYLES)}')
    with rendering():
        from spade_anime.labelling import pretraining
        from spade_anime.labelling.labeller import load
    workers = options.workers or os.cpu_count() or 1

    def portraits(styles: Sequence[str], seed: int, count: int) -> list:
        return pretraining.portraits(styles, seed, count, workers)

    labeller = load(options.start) if options.start else pretraining.fresh(options.seed)
    pretraining.pretrain(labeller, portraits(options.styles, TRAINING, options.portraits), options.iterations,
                         options.rate, options.seed)
    labeller.save(Path(options.out))
    for style in STYLES:
        found = pretraining.measured(labeller, portraits([style], TEST, options.test_portraits))
        print(f'{style:12} mIoU {found:.3f}{"" if style in options.styles else " (not learnt)"}', flush=True)
    print(f'Saved {options.out}')


if __name__ == '__main__':
    run_script(main)
