"""Example portraits with exact labels, rendered from vector parts.

Made by ``python -m spade_anime.data.portraits``; ``--help`` lists its options.

The parts are the style "Lorelei" by Lisa Wischofsky (CC0 1.0), as DiceBear publishes it.
"""
import contextlib
from collections.abc import Iterator

from spade_anime.data.errors import DataError

PACKAGES = 'dicebear', 'dicebear_styles', 'resvg_py'
"""What renders; the extra ``example`` brings it."""


@contextlib.contextmanager
def rendering() -> Iterator[None]:
    """Within, the import of one of ``PACKAGES`` that is missing raises DataError, which names the extra."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or '').split('.')[0] not in PACKAGES:
            raise
        raise DataError('rendering portraits needs further packages: pip install ".[example]" or uv run --extra '
                        f'example ... (missing: {error.name})') from None
