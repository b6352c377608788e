"""Snapshots of a run: which there are, which are whole."""
import os
import re
from dataclasses import dataclass
from pathlib import Path

from spade_anime.errors import writing
from spade_anime.runs.weights import TEMPORARY

STATE = 'state'


@dataclass(frozen=True)
class SnapshotFolder:
    """Where snapshots lie: ``<network>_<iteration>.npz`` for each network, and ``state_<iteration>.npz``.

    The state is written last: a snapshot that has one is whole.
    """

    path: Path

    def file(self, name: str, iteration: int) -> Path:
        """The file of a network, or of the state."""
        return self.path / f'{name}_{iteration:08}.npz'

    def whole(self) -> list[int]:
        """Iterations of the whole snapshots, ascending."""
        return sorted(iteration for name, iteration, _ in self._files() if name == STATE)

    def newest(self) -> int:
        """Iteration of the newest whole snapshot, 0 where there is none."""
        return max(self.whole(), default=0)

    def clean(self, last: int) -> None:
        """Delete what a killed process left: temporary files, and files of snapshots after iteration ``last``."""
        leftovers = [path for _, iteration, path in self._files() if iteration > last]
        for path in [*leftovers, *self.path.glob(f'.*{TEMPORARY}')]:
            path.unlink()

    def of(self, iteration: int) -> list[Path]:
        """The files of one snapshot."""
        return sorted(path for _, found, path in self._files() if found == iteration)

    def prune(self, keep: int) -> None:
        """Keep the newest ``keep`` whole snapshots, or all for 0. States go first: no remainder looks whole."""
        old = set(self.whole()[:-keep]) if keep else set()
        for _, iteration, path in sorted(self._files(), key=lambda file: file[0] != STATE):
            if iteration in old:
                path.unlink()

    def sync(self) -> None:
        """Wait until the names of the files are on the disk."""
        with writing(self.path):
            number = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(number)
            finally:
                os.close(number)

    def _files(self) -> list[tuple[str, int, Path]]:
        """Name, iteration and path of each file of a snapshot."""
        matches = [(re.fullmatch(r'([a-z_]+)_(\d{8,})\.npz', path.name), path) for path in self.path.glob('*.npz')]
        return [(match[1], int(match[2]), path) for match, path in matches if match]


def newest_generator(directory: Path) -> Path | None:
    """Newest snapshot of a generator in a run's ``snapshots/``, that of its averaged weights where there is one."""
    snapshots = {}
    for path in directory.glob('gen*_*.npz'):
        if match := re.fullmatch(r'gen(_average)?_(\d+)\.npz', path.name):
            snapshots[int(match[2]), bool(match[1])] = path
    return snapshots[max(snapshots)] if snapshots else None
