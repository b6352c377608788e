"""Networks on disk: written whole or not at all, read without pickle."""
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import chainer
import numpy

from spade_anime.errors import InputError, writing

SHOWN = 4
TEMPORARY = '.tmp'


class SnapshotError(InputError):
    """A file is not a snapshot of the network it is loaded into; the message is one line."""


def save_network(path: Path, link: chainer.Link, dtype=None) -> None:
    """Write a link's arrays to ``path``, by a temporary file that is renamed once it is whole.

    ``dtype``: store floating-point arrays in this type, float16 for half the size.
    """
    arrays = {name: array.astype(dtype) if dtype and array.dtype.kind == 'f' else array
              for name, array in arrays_of(link).items()}
    save_arrays(path, arrays, compressed=bool(dtype))


def save_arrays(path: Path, arrays: dict, compressed: bool = False) -> None:
    """Write arrays by name, as ``save_network`` does.

    Raises WriteError where that is impossible; what ``path`` held before is whole then. TypeError for an array of
    objects, which would be pickled.
    """
    if objects := [name for name, array in arrays.items() if numpy.asarray(array).dtype.hasobject]:
        raise TypeError(f'arrays of Python objects are not stored: {", ".join(objects)}')
    temporary = path.with_name(f'.{path.name}.{os.getpid()}{TEMPORARY}')
    try:
        with writing(path):
            with open(temporary, 'wb') as file:
                (numpy.savez_compressed if compressed else numpy.savez)(file, **arrays)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def newest_generator(directory: Path) -> Path | None:
    """Newest snapshot of a generator in a run's ``snapshots/``, that of its averaged weights where there is one."""
    snapshots = {}
    for path in directory.glob('gen*_*.npz'):
        if match := re.fullmatch(r'gen(_average)?_(\d+)\.npz', path.name):
            snapshots[int(match[2]), bool(match[1])] = path
    return snapshots[max(snapshots)] if snapshots else None


def arrays_of(link: chainer.Link) -> dict:
    """Parameters and persistent values of a link by their paths, sorted: Chainer's own order changes by process."""
    serializer = chainer.serializers.DictionarySerializer()
    serializer.save(link)
    return dict(sorted(serializer.target.items()))


def read_arrays(path: str | os.PathLike, translate: Callable[[str], str] = str) -> dict:
    """Arrays of a snapshot by our paths; ``translate`` gives our path for one of the lineage's."""
    try:
        with numpy.load(path, allow_pickle=False) as file:
            return {translate(name): file[name] for name in file.files}
    except FileNotFoundError:
        raise SnapshotError(f'{path}: no such file') from None
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise SnapshotError(f'{path}: not an npz file of arrays ({error})') from None


def load_network(path: str | os.PathLike, link: chainer.Link, translate: Callable[[str], str] = str) -> None:
    """Read a link's arrays, saved here or by the lineage. Raises SnapshotError where they do not fit it."""
    load_arrays(read_arrays(path, translate), link, path)


def load_arrays(arrays: dict, link: chainer.Link, origin: str | os.PathLike) -> None:
    """Put arrays (by our paths) into a link; ``origin`` names them in errors."""
    expected = {name: numpy.shape(array) for name, array in arrays_of(link).items()}
    faults = [f'{name} is missing' for name in expected if name not in arrays]
    faults += [f'{name} is {arrays[name].shape}, not {shape}' for name, shape in expected.items()
               if name in arrays and arrays[name].shape != shape]
    if faults:
        more = f' and {len(faults) - SHOWN} more' if len(faults) > SHOWN else ''
        raise SnapshotError(f'{origin}: does not fit this {type(link).__name__}: {", ".join(faults[:SHOWN])}{more}; '
                            f'was it saved with other options?')
    chainer.serializers.NpzDeserializer(arrays).load(link)
