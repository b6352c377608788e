"""What a run leaves on disk, and where to find it again."""
import json
import os
from dataclasses import dataclass
from pathlib import Path

from spade_anime.snapshots import newest_generator

OPTIONS, SUMMARY, LOG = 'options.json', 'summary.json', 'log.jsonl'
FOLDERS = ('plots', 'samples', 'snapshots')


@dataclass(frozen=True)
class RunDirectory:
    """Files of one run: options.json, log.jsonl, plots/, samples/, snapshots/, and summary.json once it finished."""

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
    def summary(self) -> Path:
        """Written when the last iteration is done: its presence says that the run finished."""
        return self.path / SUMMARY

    def folder(self, name: str) -> Path:
        """Return one of ``FOLDERS``."""
        return self.path / name

    def create(self) -> Path | None:
        """Make the directories. An earlier run in the same place is moved into a subfolder, which is returned."""
        moved = self._move_earlier_run() if self.options.exists() else None
        for name in FOLDERS:
            self.folder(name).mkdir(parents=True, exist_ok=True)
        return moved

    def finish(self, **facts) -> None:
        """Write the summary: the run is finished."""
        temporary = self.summary.with_suffix('.tmp')
        temporary.write_text(json.dumps(facts, indent=2) + '\n')
        os.replace(temporary, self.summary)

    def generator(self) -> Path | None:
        """Newest snapshot of the generator, that of its averaged weights where there is one."""
        return newest_generator(self.folder('snapshots'))

    def _move_earlier_run(self):
        number = 1
        while (self.path / f'run{number}').exists():
            number += 1
        target = self.path / f'run{number}'
        target.mkdir()
        for name in (*FOLDERS, LOG, SUMMARY, OPTIONS):
            if (self.path / name).exists():
                os.replace(self.path / name, target / name)
        return target


def newest_finished_run(out_dir: Path) -> RunDirectory | None:
    """Newest finished run in ``out_dir`` itself or in one of its subfolders."""
    runs = [RunDirectory(path.parent) for pattern in (SUMMARY, f'*/{SUMMARY}') for path in out_dir.glob(pattern)]
    return max(runs, key=lambda run: run.summary.stat().st_mtime, default=None)
