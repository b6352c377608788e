"""Scores on disk and on the screen."""
import json
import math
from pathlib import Path


def append_row(path: Path, row: dict) -> None:
    """Append a JSON object as one line; numbers that are not finite, of which JSON knows none, become null.

    A line that was cut off, by a kill in the middle of it, is ended first, so that it costs no other row.
    """
    line = json.dumps(_finite(row), allow_nan=False) + '\n'
    with open(path, 'ab+') as file:
        end = file.seek(0, 2)
        if end:
            file.seek(end - 1)
            if file.read(1) != b'\n':
                line = '\n' + line
        file.write(line.encode())


def table(columns: dict[str, dict]) -> str:
    """Scores by name, a line each, of several sets of scores, a column each; '-' where one has no such score."""
    names = list(dict.fromkeys(name for scores in columns.values() for name in scores))
    width = max(map(len, names), default=0) + 2
    lines = [f'{"":{width}}' + ''.join(f'{title:>11}' for title in columns)]
    for name in names:
        lines.append(f'{name:{width}}' + ''.join(f'{_shown(scores.get(name)):>11}' for scores in columns.values()))
    return '\n'.join(lines)


def _shown(value):
    return '-' if value is None or not math.isfinite(value) else f'{value:.4g}'


def _finite(value):
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
