"""The best generator of a run so far: which one it is, and where it is stored."""
import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import chainer

from spade_anime.runs.weights import save_network

Row: TypeAlias = dict[str, Any]
"""What was measured at one iteration: the scores are under ``trained``."""


@dataclass(frozen=True)
class Choice:
    """Which row is the best.

    ``deciding``: metrics by name, and whether the 'lower' or the 'higher' value is better. The first that was measured
    decides; of equal values the earlier one wins.
    """

    deciding: dict[str, str]

    def metric(self, rows: list[Row]) -> str | None:
        """The metric that decides among rows; None where none of them was measured."""
        return next((name for name in self.deciding if any(name in row['trained'] for row in rows)), None)

    def best(self, rows: list[Row]) -> Row | None:
        """The best row; None where none has a finite value of the metric that decides."""
        name = self.metric(rows)
        if name is None:
            return None
        sign = 1 if self.deciding[name] == 'lower' else -1
        measured = [row for row in rows if math.isfinite(_value(row, name))]
        return min(measured, key=lambda row: sign * _value(row, name), default=None)


@dataclass(frozen=True)
class BestFolder:
    """Where the best generator lies: ``best_<network>-<iteration>.npz``, beside the snapshots, but not one of them."""

    path: Path
    about: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Arrays that are stored beside the weights: what rebuilds the generator."""

    def save(self, name: str, iteration: int, gen: chainer.Link) -> None:
        """Write the generator. Raises WriteError."""
        save_network(self.path / f'best_{name}-{iteration:08}.npz', gen, about=self.about)

    def newest(self) -> Path | None:
        """The best generator; of several the latest, which was better than those before it."""
        files = self._files()
        return files[max(files)] if files else None

    def keep(self, iterations: set[int]) -> None:
        """Delete the generators of all other iterations."""
        for iteration, path in self._files().items():
            if iteration not in iterations:
                path.unlink()

    def _files(self) -> dict[int, Path]:
        matches = [(re.fullmatch(r'best_\w+-(\d{8,})\.npz', path.name), path) for path in self.path.glob('best_*.npz')]
        return {int(match[1]): path for match, path in matches if match}


def _value(row: Row, name: str) -> float:
    value = row['trained'].get(name)
    return math.nan if value is None else value
