"""Networks on disk: written whole or not at all, read without pickle."""
import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import chainer
import numpy
import numpy.typing

from spade_anime.arrays import read_npz
from spade_anime.errors import InputError, writing

SHOWN = 4
TEMPORARY = '.tmp'


class SnapshotError(InputError):
    """A file is not a snapshot of the network it is loaded into; the message is one line."""


def save_network(path: Path, link: chainer.Link, dtype: numpy.typing.DTypeLike | None = None,
                 about: Mapping[str, numpy.ndarray] | None = None) -> None:
    """Write a link's arrays to ``path``, by a temporary file that is renamed once it is whole.

    ``dtype``: store floating-point arrays in this type, float16 for half the size. ``about``: arrays that are stored
    beside them, as they are.
    """
    arrays = {name: array.astype(dtype) if dtype and array.dtype.kind == 'f' else array
              for name, array in arrays_of(link).items()}
    save_arrays(path, {**arrays, **(about or {})}, compressed=bool(dtype))


def save_arrays(path: Path, arrays: Mapping[str, numpy.ndarray], compressed: bool = False) -> None:
    """Write arrays by name, as ``save_network`` does.

    Raises WriteError if that fails; ``path`` then keeps what it held before. TypeError for an array of
    objects, which would be pickled.
    """
    if objects := [name for name, array in arrays.items() if numpy.asarray(array).dtype.hasobject]:
        raise TypeError(f'arrays of Python objects are not stored: {", ".join(objects)}')
    with replacing(path) as temporary, open(temporary, 'wb') as file:
        save: Callable[..., None] = numpy.savez_compressed if compressed else numpy.savez
        save(file, **arrays)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path, which becomes ``path`` once the body has written it whole.

    Raises WriteError if that fails; ``path`` then keeps what it held before.
    """
    temporary = path.with_name(f'.{path.name}.{os.getpid()}{TEMPORARY}')
    try:
        with writing(path):
            yield temporary
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def arrays_of(link: chainer.Link) -> dict[str, numpy.ndarray]:
    """Parameters and persistent values of a link by their paths, sorted: Chainer's order differs between processes."""
    serializer = chainer.serializers.DictionarySerializer()
    serializer.save(link)
    return dict(sorted(serializer.target.items()))


def not_finite(arrays: Mapping[str, numpy.ndarray]) -> str:
    """Name of the first array with a number that is not finite, or ''."""
    return next((name for name, array in arrays.items()
                 if numpy.asarray(array).dtype.kind == 'f' and not numpy.isfinite(array).all()), '')


def read_arrays(path: str | os.PathLike, translate: Callable[[str], str] = str) -> dict[str, numpy.ndarray]:
    """Arrays of a snapshot by our paths; ``translate`` gives our path for one of the lineage's."""
    return {translate(name): array for name, array in read_npz(path, SnapshotError).items()}


def load_network(path: str | os.PathLike, link: chainer.Link, translate: Callable[[str], str] = str) -> None:
    """Read a link's arrays, saved here or by the lineage. Raises SnapshotError where they do not fit it."""
    load_arrays(read_arrays(path, translate), link, path)


def load_arrays(arrays: Mapping[str, numpy.ndarray], link: chainer.Link, origin: str | os.PathLike) -> None:
    """Put arrays (by our paths) into a link; ``origin`` names them in errors."""
    expected = arrays_of(link)
    faults = [f'{name} is missing' for name in expected if name not in arrays]
    faults += [f'{name} is {arrays[name].shape}, not {numpy.shape(array)}' for name, array in expected.items()
               if name in arrays and arrays[name].shape != numpy.shape(array)]
    if faults:
        more = f' and {len(faults) - SHOWN} more' if len(faults) > SHOWN else ''
        raise SnapshotError(f'{origin}: does not fit this {type(link).__name__}: {", ".join(faults[:SHOWN])}{more}; '
                            f'was it saved with other options?')
    for name, array in expected.items():
        if not _fit_to_load(arrays[name], numpy.asarray(array).dtype):
            raise SnapshotError(f'{origin}: {name} holds {arrays[name].dtype} values that are not finite numbers of '
                                f'{numpy.asarray(array).dtype}; was it saved by a training that diverged?')
    chainer.serializers.NpzDeserializer(arrays).load(link)


def _fit_to_load(array: numpy.ndarray, dtype: numpy.dtype) -> bool:
    """Whether all values are numbers that the type of a parameter can hold."""
    if not numpy.can_cast(array.dtype, dtype, 'same_kind'):
        return False
    with numpy.errstate(over='ignore'):
        return bool(numpy.isfinite(array.astype(dtype) if dtype.kind == 'f' else array).all())
