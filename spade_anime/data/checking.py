"""Reads a whole data set once, so that all its faults are reported before training starts."""
import functools
import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tqdm import tqdm

from spade_anime.data.errors import DataError
from spade_anime.data.workers import prepare_worker

MAX_LINES = 20
_WORTH_WORKERS = 256
"""Smaller sets are read faster than worker processes start."""


def check_dataset(dataset: Any, workers: int | None = None, progress: bool = True) -> None:
    """Decode every sample of a data set once, after its ``notes``, where it has any, are printed.

    Args:
        dataset: the whole set, before it is split: it has ``samples``, ``image_size``, ``problems``, and
            ``inspect(sample, size)``, which reads a sample and returns its label's share of stray pixels.
        workers: processes that decode; None for one per processor. Small sets are read in this process.
        progress: show a bar while a large set is read.

    Raises:
        DataError: the files that are unreadable, truncated, mismatched or without counterpart, one line
            each; no more than 20 lines, then how many more.

    Warns once for the whole set where labels have stray pixels: how many do, and the worst.
    """
    for note in getattr(dataset, 'notes', ()):
        print(note, flush=True)
    faults, strays = list(dataset.problems), {}
    for sample, (fault, stray) in zip(
            dataset.samples, _inspect_all(dataset, workers, progress), strict=True):
        faults += fault
        if stray:
            strays[sample.label or sample.image] = stray
    if faults:
        left_out = len(faults) - MAX_LINES
        raise DataError('\n'.join(faults[:MAX_LINES] + [f'and {left_out} more'] * (left_out > 0)))
    if not dataset.samples:
        raise DataError('the data set has no samples')
    if strays:
        worst = max(strays, key=lambda path: strays[path])
        warnings.warn(
            f'{len(strays)} of {len(dataset)} labels have stray pixels, which take the nearest palette '
            f'colour; most in {worst}: {100 * strays[worst]:.2g} %', stacklevel=2)


def _inspect_all(dataset: Any, workers: int | None, progress: bool) -> Iterator[tuple[list[str], float]]:
    inspect = functools.partial(_inspect, read=dataset.inspect, size=dataset.image_size)
    workers = (os.cpu_count() or 1) if workers is None else workers
    large = len(dataset) >= _WORTH_WORKERS
    bar = functools.partial(tqdm, total=len(dataset), desc='checking data', unit='sample',
                            disable=not (progress and large))
    if workers < 2 or not large:
        yield from bar(map(inspect, dataset.samples))
        return
    with ProcessPoolExecutor(workers, initializer=prepare_worker) as pool:
        yield from bar(pool.map(inspect, dataset.samples, chunksize=16))


def _inspect(sample: Any, read: Callable, size: int) -> tuple[list[str], float]:
    """Return a sample's faults, one line each, and its share of stray pixels."""
    try:
        return [], read(sample, size)
    except DataError as error:
        return str(error).splitlines(), 0.0
