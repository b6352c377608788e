"""Bars that show how far a training or a folder is, and the time left."""
import contextlib
import sys
from collections.abc import Iterator

from tqdm import tqdm

from spade_anime.labelling.learning import Progress

QUIET_SECONDS = 10
"""Without a terminal there is a line every so many seconds."""


@contextlib.contextmanager
def bar(title: str, total: int, unit: str) -> Iterator[Progress]:
    """Show a bar of ``total`` units while the body calls what it is given with shares from 0 to 1."""
    with tqdm(total=total, desc=title, unit=unit, mininterval=0.2 if sys.stderr.isatty() else QUIET_SECONDS) as shown:
        def advance(share: float) -> None:
            shown.update(round(share * total) - shown.n)
        yield advance
