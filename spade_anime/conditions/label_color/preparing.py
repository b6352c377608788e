"""Makes a data set of small pictures from one of large ones, which a training would decode again and again."""
import functools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from spade_anime.conditions.label_color.layout import Listing, Sample, list_samples
from spade_anime.conditions.label_color.palettes import palette_in
from spade_anime.conditions.label_color.samples import read_parts
from spade_anime.data.errors import DataError, raise_faults
from spade_anime.data.label_maps.notes import Note, lines
from spade_anime.data.metadata import METADATA
from spade_anime.data.palette import PALETTE_FILE, Palette
from spade_anime.data.pictures import to_pixels
from spade_anime.data.workers import mapped
from spade_anime.errors import writing
from spade_anime.files import check_outside, leads_out

COPIED = PALETTE_FILE, *METADATA
"""Files that are copied, where there are any. A table may name a picture by the extension of another format."""


class Job(NamedTuple):
    """A sample, and the files that its pictures become, in the directory that is written; a strip becomes one."""

    sample: Sample
    targets: tuple[Path, ...]


def prepare(source: Path, target: Path, size: int, fit: str = 'none', workers: int = 0,
            tell: Callable[[str], None] = print) -> int:
    """Write the samples of a data set as PNG files of ``size`` px to a new directory; return how many there are.

    Images and colours are scaled by area. Labels are scaled as classes, and written in the colours of their palette.
    Folders and names stay as they are.

    Args:
        source: directory of the data set.
        target: directory that does not exist yet, or is empty.
        size: width and height of the pictures, in pixels.
        fit: what is done with pictures that are not square, one of ``FITS``.
        workers: processes; fewer than 2 for this one.
        tell: called with what the user should know, a line each.

    Raises:
        DataError: all faults of the data set, a line each, of which nothing is written.
        WriteError: the directory cannot be written.
    """
    check_target(source, target)
    listing = list_samples(source)
    for note in listing.notes:
        tell(note)
    palette = palette_in(listing.palette_place)
    jobs = list(_jobs(listing))
    problems = listing.problems + _doubles(jobs)
    with _whole(target) as place:
        work = functools.partial(_written, place=place, size=size, palette=palette, fit=fit)
        noted: dict[object, tuple[Note, ...]] = {}
        for job, (faults, notes) in zip(jobs, mapped(work, jobs, workers, 'preparing', chunk=1), strict=True):
            problems += faults
            noted[job.sample.label or job.sample.image] = notes
        raise_faults(problems)
        for line in lines(noted, len(jobs)):
            tell(line)
        _copy_tables({listing.root, listing.palette_place}, place)
    return len(jobs)


def check_target(source: Path, target: Path) -> None:
    """Raise InputError where ``target`` has files or lies in the ``source``."""
    check_outside(target, '--out', str(source))
    if os.path.lexists(target) and not (target.is_dir() and not any(target.iterdir())):
        found = 'is not empty' if target.is_dir() else 'is a file'
        raise DataError(f'--out {target}: {found}; allowed is a new or empty directory')


def _jobs(listing: Listing) -> Iterator[Job]:
    for sample in listing.samples:
        yield Job(sample, tuple(path.relative_to(listing.root).with_suffix('.png') for path in sample[1:] if path))


def _doubles(jobs: list[Job]) -> list[str]:
    """Lines for strips that would become one file: only their extensions differ."""
    seen: dict[Path, Path] = {}
    return [f'{job.sample.image}: would become the same file as {seen[job.targets[0]].name}; one of them is allowed'
            for job in jobs if seen.setdefault(job.targets[0], job.sample.image) != job.sample.image]


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Give a temporary directory, which becomes ``target`` once the body has filled it, and else is removed."""
    place = target.absolute().with_name(f'.{target.absolute().name}.{os.getpid()}.tmp')
    try:
        with writing(target):
            place.mkdir(parents=True)
            yield place
            if target.is_dir():
                target.rmdir()
            os.rename(place, target)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _written(job: Job, place: Path, size: int, palette: Palette, fit: str) -> tuple[list[str], tuple[Note, ...]]:
    """Write the pictures of a sample; its faults, a line each, and what was repaired."""
    try:
        image, classes, color, notes = read_parts(job.sample, size, palette, fit)
    except DataError as error:
        return str(error).splitlines(), ()
    pictures = [to_pixels(image * 2 - 1), palette.array[classes]]
    if color is not None:
        pictures.append(to_pixels(color * 2 - 1))
    if len(job.targets) == 1:
        pictures = [np.hstack(pictures)]
    for picture, name in zip(pictures, job.targets, strict=True):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place / name)
    return [], notes


def _copy_tables(places: set[Path], target: Path) -> None:
    for path in (place / name for place in places for name in COPIED):
        if path.is_file() and not leads_out(path, path.parent):
            shutil.copyfile(path, target / path.name)
