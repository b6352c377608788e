"""What outlives a visit beside its reports: the compiled kernels, and what a training has learnt."""
import json
import tarfile
from pathlib import Path

import numpy

CACHE, TRAINED = 'kernel_cache.tar.gz', 'trained.tar'
PIECE = 16 << 20
"""Bytes that a file may have."""


def keep_cache(folder: Path, out: Path) -> None:
    """Pack a folder of compiled kernels into ``kernel_cache.tar.gz``."""
    with tarfile.open(out / CACHE, 'w:gz') as archive:
        archive.add(folder, '.')


def open_cache(path: Path, folder: Path) -> None:
    """Unpack what ``keep_cache`` has packed. Raises OSError or tarfile.TarError where the file is none."""
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter='data')


def keep_run(run: Path, out: Path) -> str:
    """Pack a run's options, log, newest samples and newest generator into pieces ``trained.tar.0`` and on.

    The generator is stored in half precision; what it is packed into is a run that ``generate.py --run`` paints by.
    Returns what there is to say of it.
    """
    generators = sorted(run.glob('snapshots/gen_average_*.npz'))
    if not generators:
        return 'No training has saved a generator.'
    half = run / generators[-1].name
    with numpy.load(generators[-1]) as file:
        numpy.savez_compressed(half, **{name: _half(file[name]) for name in file.files})
    path = run / TRAINED
    with tarfile.open(path, 'w') as archive:
        archive.add(half, f'trained/snapshots/{half.name}')
        for part in (run / 'options.json', run / 'log.jsonl', *newest_samples(run)):
            archive.add(part, f'trained/{part.relative_to(run)}')
    return f'The generator and its samples: cat {TRAINED}.* | tar x ({_split(path, out)} pieces)'


def newest_samples(run: Path) -> list[Path]:
    """The newest sheet of samples, if there is any."""
    return sorted(run.glob('samples/*.png'), key=lambda path: path.stat().st_mtime)[-1:]


def report_of(report: Path) -> dict:
    """The report of an earlier visit. Raises OSError or ValueError where the file is none."""
    found = json.loads(report.read_text())
    if not {'steps', 'tests'} <= set(found):
        raise ValueError('no report of a visit')
    return found


def _half(array: numpy.ndarray) -> numpy.ndarray:
    return array.astype(numpy.float16) if array.dtype.kind == 'f' else array


def _split(path: Path, out: Path) -> int:
    """Write a file in pieces beside each other, and return how many."""
    with open(path, 'rb') as file:
        for count, piece in enumerate(iter(lambda: file.read(PIECE), b'')):
            (out / f'{path.name}.{count}').write_bytes(piece)
    return count + 1
