"""Options of reading pictures from disk that several commands have. It imports little, so that --help is quick."""
from typing import Any

from spade_anime.fields import option

FITS = 'none', 'crop', 'pad'
"""What becomes of pictures that are not square."""

AS_TRAINED = 'run'
"""Where a run is measured: as it did."""


def fit_option(group: str) -> Any:
    """Field of ``fit``."""
    return option('none', group, 'pictures that are not square: crop takes the square in the middle, pad adds a '
                  'border, which is background; none: they are refused', choices=FITS)


def follow_links_option(group: str) -> Any:
    """Field of ``follow_links``; a resumed run may have another."""
    return option(False, group, 'read files that symbolic links show outside the named directory, where you trust '
                  'whoever made the links', changeable=True)
