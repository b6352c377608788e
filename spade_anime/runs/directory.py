"""The files of a run on disk."""
import json
import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from spade_anime.errors import writing
from spade_anime.runs.best import BestFolder
from spade_anime.runs.names import CONDITION, FOLDERS, LOG, METRICS, OPTIONS, SUMMARY, TENSORBOARD
from spade_anime.runs.snapshots import SnapshotFolder, newest_generator
from spade_anime.runs.weights import replacing


@dataclass(frozen=True)
class RunDirectory:
    """Files of one run: options.json, condition.json, log.jsonl, plots/, samples/, snapshots/, and, once it has
    finished, summary.json.
    """

    path: Path

    @property
    def options(self) -> Path:
        """The options of the run."""
        return self.path / OPTIONS

    @property
    def log(self) -> Path:
        """One JSON object a line."""
        return self.path / LOG

    @property
    def metrics(self) -> Path:
        """One JSON object a line, of what was measured while it trained and after it."""
        return self.path / METRICS

    @property
    def summary(self) -> Path:
        """Written when the last iteration is done: its presence says that the run finished."""
        return self.path / SUMMARY

    def folder(self, name: str) -> Path:
        """Return one of ``FOLDERS``."""
        return self.path / name

    def create(self) -> Path | None:
        """Make the directories. An earlier run in the same place is moved into a subfolder, which is returned."""
        moved = self._move_earlier_run() if self.options.exists() else None
        self.make_folders()
        return moved

    def make_folders(self) -> None:
        """Make the directories that are not there. Raises WriteError where no file can be written into them."""
        for folder in (self.path, *map(self.folder, FOLDERS)):
            with writing(folder):
                folder.mkdir(parents=True, exist_ok=True)
                probe = folder / f'.probe.{os.getpid()}.tmp'
                probe.touch()
                probe.unlink()

    def space_warning(self, snapshot_bytes: int) -> str:
        """A warning if the disk has no room for two snapshots of this size, else ''."""
        free = shutil.disk_usage(self.path).free
        if free >= 2 * snapshot_bytes:
            return ''
        return (f'{self.path}: {free / 1e6:,.0f} MB are free on this disk, two snapshots take '
                f'{2 * snapshot_bytes / 1e6:,.0f} MB')

    @property
    def snapshots(self) -> SnapshotFolder:
        """The snapshots of the run."""
        return SnapshotFolder(self.folder('snapshots'))

    @property
    def finished(self) -> bool:
        """Whether the last iteration is done, and all is written."""
        return self.summary.exists()

    def reopen(self, start: int) -> None:
        """Prepare a run to continue from the snapshot of iteration ``start``.

        Removes what a killed process left, later snapshots, and the summary.
        """
        self.make_folders()
        self.snapshots.clean(start)
        self.summary.unlink(missing_ok=True)

    def finish(self, **facts: object) -> None:
        """Write the summary: the run is finished."""
        write_json(self.summary, facts)

    def generator(self) -> Path | None:
        """Newest snapshot of the generator, that of its averaged weights where there is one; else a published one."""
        published = self.published if self.published.exists() else None
        return newest_generator(self.folder('snapshots')) or published

    @property
    def published(self) -> Path:
        """The generator of a directory that has no more of a run than what paints."""
        return self.path / 'gen.npz'

    def best_generator(self) -> Path | None:
        """The generator that was best by what was measured while it trained; None where nothing was."""
        return BestFolder(self.folder('snapshots')).newest()

    def _move_earlier_run(self) -> Path:
        number = 1
        while (self.path / f'run{number}').exists():
            number += 1
        target = self.path / f'run{number}'
        target.mkdir()
        # What conditions and judges store as arrays lies here; the options go last: with them the move is done.
        arrays = [path.name for path in self.path.glob('*.npz')]
        for name in (*FOLDERS, TENSORBOARD, LOG, METRICS, SUMMARY, *arrays, CONDITION, OPTIONS):
            if (self.path / name).exists():
                os.replace(self.path / name, target / name)
        return target


def quoted(path: Path) -> str:
    """A path as a shell takes it, for command lines that users copy."""
    return shlex.quote(str(path))


def write_json(path: Path, values: dict) -> None:
    """Write an object, by a temporary file that is renamed once it is whole. Raises WriteError."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(values, indent=2) + '\n')


def newest_finished_run(out_dir: Path) -> RunDirectory | None:
    """Newest finished run in ``out_dir`` itself or in one of its subfolders."""
    runs = [RunDirectory(path.parent) for pattern in (SUMMARY, f'*/{SUMMARY}') for path in out_dir.glob(pattern)]
    return max(runs, key=lambda run: run.summary.stat().st_mtime, default=None)
