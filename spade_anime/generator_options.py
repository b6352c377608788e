"""Flags of every script that uses a trained generator."""
import dataclasses
from pathlib import Path

from spade_anime.fields import option
from spade_anime.systems.options import CommonOptions

OUT_DIR = Path(CommonOptions.out_dir)
LINEAGE_SIZE = 256
"""What the lineage trained for by default, in pixels."""


@dataclasses.dataclass
class GeneratorOptions:
    """Which generator is used, and where."""

    run: str = option('', 'generator', f'run directory; none: the newest finished run in {OUT_DIR}/, else the '
                      'generator that comes with the project', path=True)
    best: bool = option(False, 'generator', 'of a run the generator that was best by what --metrics_interval measured, '
                        'instead of the newest')
    snapshot: str = option('', 'generator', 'npz file of one generator, of this project or of the lineage', path=True)
    image_size: int = option(0, 'generator', 'size to paint, where the generator can paint others than its own '
                             f'(SPADE); 0: its own. A snapshot of the lineage does not tell its own: 0 means '
                             f'{LINEAGE_SIZE}', low=0, high=4096, unit='px')
    device: str = option('auto', 'generator', 'where to compute', choices=('auto', 'cpu', 'cuda'))
    seed: int = option(0, 'generator', 'seed of the noise and of what is chosen at random', low=0, high=2 ** 32 - 1)
