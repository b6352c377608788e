"""What was noticed in reading files, and the lines that say so: one for a whole set, or one for a single file."""
import warnings
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Note(NamedTuple):
    """What was repaired or looks wrong in one file.

    text: a phrase that is the same for every file with the same repair.
    share: of its pixels that it concerns, 0..1; None where that is no matter of pixels.
    """

    text: str
    share: float | None = None


def lines(noted: Mapping[object, Sequence[Note]], total: int) -> list[str]:
    """One line for each kind of note in ``total`` files: how many have it, and the worst.

    ``noted``: the notes of each file, by what messages call it.
    """
    by_text: dict[str, dict[object, float | None]] = {}
    for source, notes in noted.items():
        for note in notes:
            by_text.setdefault(note.text, {})[source] = note.share
    return [_line(text, shares, total) for text, shares in by_text.items()]


def warn(noted: Mapping[object, Sequence[Note]], total: int) -> None:
    """Warn of each of the ``lines``."""
    for line in lines(noted, total):
        warnings.warn(line, stacklevel=3)


def _line(text: str, shares: Mapping[object, float | None], total: int) -> str:
    worst = max(shares, key=lambda source: shares[source] or 0)
    share = shares[worst]
    if total == 1:
        return f'{worst}: {text}' + ('' if share is None else f' ({100 * share:.2g} % of the label)')
    where = f'for instance {worst}' if share is None else f'most in {worst}: {100 * share:.2g} %'
    return f'{len(shares)} of {total} labels: {text} ({where})'
