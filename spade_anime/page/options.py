"""Flags of paint.py."""
import dataclasses

from spade_anime.fields import option
from spade_anime.generator_options import OUT_DIR

LOOPBACK = '127.0.0.1'


@dataclasses.dataclass(frozen=True)
class PageOptions:
    """What the page paints with, and where it is served."""

    run: str = option('', 'generator', f'run directory to paint with; none: the newest finished run in {OUT_DIR}/, '
                      'else the generator that comes with the project. The page offers the others beside it', path=True)
    device: str = option('auto', 'generator', 'where to compute', choices=('auto', 'cpu', 'cuda'))
    data: str = option('', 'data', 'directory of a data set that samples are saved to, or of drawings to label',
                       path=True)
    port: int = option(7860, 'page', 'port to serve at', low=1, high=65535)
    host: str = option(LOOPBACK, 'page', 'address to serve at. Any other than the default lets other machines '
                       'use the page')
    no_browser: bool = option(False, 'page', 'open no browser')
