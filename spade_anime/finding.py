"""Where a trained generator lies on disk: a run, a snapshot, or what comes with the project."""
import os
from pathlib import Path
from typing import NamedTuple

import numpy

from spade_anime.conditions.condition import Condition
from spade_anime.fields import OptionError
from spade_anime.generator_options import LINEAGE_SIZE, OUT_DIR
from spade_anime.runs.directory import RunDirectory, newest_finished_run, quoted
from spade_anime.runs.names import CONDITION, OPTIONS
from spade_anime.runs.weights import read_arrays
from spade_anime.systems import SYSTEMS
from spade_anime.systems.description import described
from spade_anime.systems.stored import load_options
from spade_anime.systems.system import System

PRETRAINED = Path(__file__).resolve().parents[1] / 'pretrained'
FIRST = 'spade'
"""The system of the generator that paints before anything is trained."""
TRAIN_COMMAND = 'python3 train.py --dataset_dir dataset/example'
NOT_PAINTING = {'dis': 'a discriminator', 'state': 'the state'}
"""What the other files of a run's snapshots hold, by the beginning of their names."""


class Found(NamedTuple):
    """A generator on disk, not yet built."""

    system: System
    condition: Condition
    arrays: dict[str, numpy.ndarray]
    origin: Path

    def at_size(self, image_size: int) -> 'Found':
        """The same for pictures of ``image_size`` px, 0: of its own. Raises OptionError where it cannot paint these."""
        if image_size in (0, self.system.options.image_size):
            return self
        system, condition = self.system.at_size(image_size, self.condition)
        return self._replace(system=system, condition=condition)


def find(run: str | Path | None = None, best: bool = False, snapshot: str | Path = '', image_size: int = 0) -> Found:
    """What ``load`` loads; prints which one it is where nothing names it."""
    run, snapshot = (os.path.expanduser(path) if path else '' for path in (run, snapshot))
    if run and snapshot:
        raise OptionError('--run and --snapshot name two generators: only one is allowed')
    if snapshot and best:
        raise OptionError(f'--best chooses a generator of a run; --snapshot {snapshot} names one')
    if snapshot:
        return _from_snapshot(Path(snapshot), image_size)
    if run:
        return _from_run(RunDirectory(Path(run)), best).at_size(image_size)
    if newest := newest_finished_run(OUT_DIR):
        print(f'Painting with {newest.path}/.')
        return _from_run(newest, best).at_size(image_size)
    if best:
        raise OptionError(f'--best: there is no run in {OUT_DIR}/ to choose from; --run names one')
    print(f'Nothing trained yet: painting with the small generator that comes with the project. Train your own with: '
          f'{TRAIN_COMMAND}')
    return _from_run(RunDirectory(PRETRAINED / FIRST), best=False).at_size(image_size)


def _from_run(run: RunDirectory, best: bool) -> Found:
    if run.path.is_file():
        raise OptionError(f'--run {run.path}: a file; allowed is a directory of a run, or --snapshot '
                          f'{quoted(run.path)}')
    if not run.options.exists():
        copied = max(run.path.glob('gen*.npz'), default=None)
        instead = f'paint with --snapshot {quoted(copied)}' if copied else (
            f'train one with: {TRAIN_COMMAND} --out_dir {quoted(run.path)}')
        raise OptionError(f'--run {run.path}: no run there; {instead}')
    snapshot = run.best_generator() if best else run.generator()
    if best and snapshot is None:
        raise OptionError(f'--best: nothing was measured while {run.path} trained; --metrics_interval makes it so')
    if snapshot is None:
        raise OptionError(f'--run {run.path}: no snapshot of a generator in {run.folder("snapshots")} yet')
    if not (run.summary.exists() or snapshot == run.published):
        print(f'{run.path} has not finished: painting with {snapshot.name}.')
    return _with_options(run.options, snapshot)


def _from_snapshot(path: Path, image_size: int) -> Found:
    if part := NOT_PAINTING.get(path.name.rsplit('_', 1)[0]):
        raise OptionError(f'--snapshot {path}: holds {part} of a run; allowed is one of its generators, '
                          'gen_average_*.npz or gen_*.npz')
    arrays = read_arrays(path)
    if own := described(arrays, path):
        return Found(*own, arrays, path).at_size(image_size)
    for folder in path.resolve().parents[:2]:
        if (folder / OPTIONS).exists():
            return _with_options(folder / OPTIONS, path).at_size(image_size)
    return _of_lineage(arrays, path, image_size or LINEAGE_SIZE)


def _of_lineage(arrays: dict[str, numpy.ndarray], path: Path, image_size: int) -> Found:
    """A generator whose parameters have the paths of another project that a system knows."""
    for system_class in SYSTEMS.values():
        translated = {system_class.snapshot_paths['gen'](name): array for name, array in arrays.items()}
        other = translated.keys() != arrays.keys()
        if other and (options := system_class.options_from_arrays(translated, image_size)):
            print(f'{path} was saved by the lineage: built from its shapes for {image_size} px.')
            system = system_class(options)
            return Found(system, system.condition(path.parent), translated, path)
    raise OptionError(f'--snapshot {path}: it holds no options, as is so for earlier versions, there is no {OPTIONS} '
                      f"beside it or above it, and it is not the lineage's; copy its run's {OPTIONS} and {CONDITION} "
                      'beside it')


def _with_options(options_path: Path, snapshot: Path) -> Found:
    system_class, options = load_options(options_path)
    system = system_class(options)
    arrays = read_arrays(snapshot, system_class.snapshot_paths['gen'])
    return Found(system, system.condition(options_path.parent), arrays, snapshot)
