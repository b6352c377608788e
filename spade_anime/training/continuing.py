"""Which snapshot of a run a training continues from."""
from pathlib import Path

from spade_anime.runs.snapshots import STATE, SnapshotFolder
from spade_anime.runs.weights import SnapshotError, not_finite, read_arrays
from spade_anime.training.state import moments


def newest_finite(folder: SnapshotFolder) -> int:
    """Iteration of the newest whole snapshot whose weights and moments are finite; 0 where there is no snapshot.

    Says so where that is not the newest one. Raises SnapshotError where none is finite, or a file is damaged.
    """
    whole = folder.whole()
    faults: list[str] = []
    for iteration in reversed(whole):
        fault = _fault(folder, iteration)
        if not fault:
            if faults:
                print(f'{faults[0]} is not finite: the run goes on from its snapshot of iteration {iteration}.')
            return iteration
        faults.append(fault)
    if whole:
        raise SnapshotError(f'{faults[0]} is not finite, and no snapshot in {folder.path} is: without --resume a run '
                            'is begun anew')
    return 0


def _fault(folder: SnapshotFolder, iteration: int) -> str:
    """File and array of a snapshot with a number that is not finite, or ''."""
    for path in folder.of(iteration):
        arrays = read_arrays(path)
        if name := not_finite(moments(arrays) if _is_state(path) else arrays):
            return f'{path}: {name}'
    return ''


def _is_state(path: Path) -> bool:
    return path.name.startswith(f'{STATE}_')
