"""Scores on disk and on the screen."""
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def append_row(path: Path, row: dict) -> None:
    """Append a JSON object as one line; numbers that are not finite, which JSON does not have, become null.

    A line that was cut off because the process was killed is ended first, so that this row is not lost as well.
    """
    line = json.dumps(_finite(row), allow_nan=False) + '\n'
    with open(path, 'ab+') as file:
        end = file.seek(0, 2)
        if end:
            file.seek(end - 1)
            if file.read(1) != b'\n':
                line = '\n' + line
        file.write(line.encode())


def table(columns: dict[str, dict[str, float]]) -> str:
    """Scores as a table: one line per name, one column per set of scores; '-' where a score is missing."""
    names: dict[str, None] = {}  # a set that keeps its order
    for scores in columns.values():
        names |= dict.fromkeys(scores)
    width = max(map(len, names), default=0) + 2
    lines = [_row('', width, columns)]
    for name in names:
        lines.append(_row(name, width, [_shown(scores.get(name)) for scores in columns.values()]))
    return '\n'.join(lines)


def _row(name: str, width: int, cells: Iterable[str]) -> str:
    return f'{name:{width}}' + ''.join(f'{cell:>11}' for cell in cells)


def _shown(value: float | None) -> str:
    return '-' if value is None or not math.isfinite(value) else f'{value:.4g}'


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
