"""Reads a whole data set once, so that all its faults are reported before training starts."""
import functools
import os
from collections.abc import Callable, Iterator
from typing import Any

from spade_anime.data.errors import DataError, raise_faults
from spade_anime.data.label_maps.notes import Note, warn
from spade_anime.data.workers import mapped

_WORTH_WORKERS = 256
"""Smaller sets are read faster than worker processes start."""

_PATIENCE = 2.0
"""Seconds after which a smaller set, of large pictures, shows a bar on a terminal as well."""


def check_dataset(dataset: Any, workers: int | None = None, progress: bool = True) -> None:
    """Decode every sample of a data set once, after its ``notes``, where it has any, are printed.

    Args:
        dataset: the whole set, before it is split: it has ``samples``, ``image_size``, ``problems``, and
            ``inspect(sample, size)``, which reads a sample and returns notes of what was repaired in its label.
        workers: processes that decode; None for one per processor. Small sets are read in this process.
        progress: show a bar while the set is read, unless that takes a moment only.

    Raises:
        DataError: the files that are unreadable, truncated, mismatched or without counterpart, one line
            each; no more than 20 lines, then how many more.

    Warns in one line for the whole set of each thing that was repaired, or looks wrong: in how many labels, and where
    most.
    """
    for note in getattr(dataset, 'notes', ()):
        print(note, flush=True)
    faults, noted = list(dataset.problems), {}
    for sample, (fault, notes) in zip(
            dataset.samples, _inspect_all(dataset, workers, progress), strict=True):
        faults += fault
        if notes:
            noted[sample.label or sample.image] = notes
    raise_faults(faults)
    if not dataset.samples:
        raise DataError('the data set has no samples')
    warn(noted, len(dataset))


def _inspect_all(dataset: Any, workers: int | None, progress: bool) -> Iterator[tuple[list[str], tuple[Note, ...]]]:
    inspect = functools.partial(_inspect, read=dataset.inspect, size=dataset.image_size)
    workers = (os.cpu_count() or 1) if workers is None else workers
    large = len(dataset) >= _WORTH_WORKERS
    return mapped(inspect, dataset.samples, workers if large else 0, 'checking data' if progress else '',
                  0 if large else _PATIENCE)


def _inspect(sample: Any, read: Callable, size: int) -> tuple[list[str], tuple[Note, ...]]:
    """Return a sample's faults, one line each, and what was repaired in its label."""
    try:
        return [], read(sample, size)
    except DataError as error:
        return str(error).splitlines(), ()
