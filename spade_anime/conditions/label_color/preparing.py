"""Makes a data set of small pictures from one of large ones, which a training would decode again and again."""
import functools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from spade_anime.conditions.label_color.joining import plain
from spade_anime.conditions.label_color.layout import PARTS, Listing, Sample, list_samples
from spade_anime.conditions.label_color.samples import read_parts
from spade_anime.data.errors import DataError, all_of
from spade_anime.data.metadata import METADATA
from spade_anime.data.palette import PALETTE
from spade_anime.data.pictures import to_pixels
from spade_anime.data.workers import mapped
from spade_anime.errors import writing
from spade_anime.files import check_outside, leads_out

COPIED = 'palette.json', 'metadata.csv'
"""Files that are copied as they are, where there are any; metadata.jsonl with the new names of the pictures."""


class Job(NamedTuple):
    """A sample, and the files that its pictures become; a strip becomes one."""

    sample: Sample
    targets: tuple[Path, ...]


def prepare(source: Path, target: Path, size: int, fit: str = 'none', workers: int = 0,
            tell: Callable[[str], None] = print) -> int:
    """Write the samples of a data set as PNG files of ``size`` px to a new directory; return how many there are.

    Images and colours are scaled by area. Labels are scaled as classes, and written in the palette's colours. Strips
    stay strips, folders folders, and the parts of a divided set stay divided.

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
    jobs = list(_jobs(listing))
    problems = listing.problems + _doubles(jobs)
    with _whole(target) as place:
        work = functools.partial(_written, place=place, size=size, fit=fit)
        for faults in mapped(work, jobs, workers, 'preparing', chunk=1):
            problems += faults
        if problems:
            raise all_of(problems)
        _copy_tables(listing.root, place, jobs)
    return len(jobs)


def check_target(source: Path, target: Path) -> None:
    """Raise InputError where ``target`` has files or lies in the ``source``."""
    check_outside(target, '--out', str(source))
    if os.path.lexists(target) and not (target.is_dir() and not any(target.iterdir())):
        found = 'is not empty' if target.is_dir() else 'is a file'
        raise DataError(f'--out {target}: {found}; allowed is a new or empty directory')


def _jobs(listing: Listing) -> Iterator[Job]:
    for sample in listing.samples:
        if sample.label is None:
            yield Job(sample, (Path(sample.name).with_suffix('.png'),))
        else:
            files = zip(PARTS, sample[1:])
            yield Job(sample, tuple(Path(part) / f'{sample.name}.png' for part, path in files if path is not None))


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


def _written(job: Job, place: Path, size: int, fit: str) -> list[str]:
    """Write the pictures of a sample; its faults, a line each."""
    try:
        image, classes, color, _ = read_parts(job.sample, size, fit)
    except DataError as error:
        return str(error).splitlines()
    pictures = [to_pixels(image * 2 - 1), PALETTE[classes]] + ([] if color is None else [to_pixels(color * 2 - 1)])
    if len(job.targets) == 1:
        pictures = [np.hstack(pictures)]
    for picture, name in zip(pictures, job.targets, strict=True):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place / name)
    return []


def _copy_tables(root: Path, place: Path, jobs: list[Job]) -> None:
    names = {plain(path.relative_to(root)): target.as_posix() for job in jobs
             for path, target in zip(filter(None, job.sample[1:]), job.targets)}
    for name in COPIED:
        if (root / name).is_file() and not leads_out(root / name, root):
            shutil.copyfile(root / name, place / name)
    table = root / METADATA
    if table.is_file() and not leads_out(table, root):
        # What is no UTF-8 stays as it is, for the training to tell.
        code = {'encoding': 'utf-8', 'errors': 'surrogateescape'}
        lines = table.read_text(**code).split('\n')
        (place / METADATA).write_text('\n'.join(_renamed(line, names) for line in lines), **code)


def _renamed(line: str, names: dict[str, str]) -> str:
    """A row of metadata.jsonl with the new name of its picture; any other line as it is."""
    try:
        row = json.loads(line.removeprefix('\ufeff'))
    except (ValueError, RecursionError):
        return line
    name = row.get('file_name') if isinstance(row, dict) else None
    new = names.get(plain(name)) if isinstance(name, str) else None
    return json.dumps(row | {'file_name': new}, ensure_ascii=False) if new else line
