"""What was noticed in reading a file, and the lines that say so: one for a whole set, or one for a single file."""
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Note(NamedTuple):
    """What was repaired or looks wrong in one file.

    text: a phrase that is the same for every file with the same repair; ``share``: of the pixels concerned, 0..1.
    """

    text: str
    share: float


def lines(found: Mapping[object, Sequence[Note]], total: int) -> list[str]:
    """One line for each kind of note in ``total`` files: how many have it, and the worst.

    ``found``: the notes of each file that has any, by what messages call it.
    """
    by_text: dict[str, dict[object, float]] = {}
    for source, notes in found.items():
        for note in notes:
            by_text.setdefault(note.text, {})[source] = note.share
    return [_line(text, shares, total) for text, shares in by_text.items()]


def _line(text: str, shares: Mapping[object, float], total: int) -> str:
    worst = max(shares, key=lambda source: shares[source])
    share = f'{100 * shares[worst]:.2g} %'
    if total == 1:
        return f'{worst}: {text} ({share} of the label)'
    return f'{len(shares)} of {total} labels: {text} (most in {worst}: {share})'
