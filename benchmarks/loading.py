"""The loader, as the scaling benchmark times it."""
import multiprocessing
import os
import shutil
import time
from pathlib import Path
from typing import NamedTuple

WARM_UP = 20
"""Batches before the first look at the clock and the memory: processes have started by then."""


class LoaderSettings(NamedTuple):
    """Where files lie, and how they are loaded."""

    directory: str
    batch: int
    size: int
    workers: int


class Loader:
    """Delivers shuffled batches of a directory, mirror images included, as a training has them."""

    STEPS, NOTE = {}, ''

    def __init__(self, settings: LoaderSettings):
        from spade_anime.conditions.label_color.dataset import Mirrored, open_dataset, split
        from spade_anime.data.prefetch import PrefetchIterator
        start = time.perf_counter()
        training, _ = split(open_dataset(settings.directory, settings.size))
        self.listing = time.perf_counter() - start
        self.batch = settings.batch
        self.iterator = PrefetchIterator(Mirrored(training), settings.batch, 0, settings.workers)

    def deliver(self, images: int) -> dict:
        """Columns of a row: samples a second, and memory of all processes early and late."""
        self._take(WARM_UP)
        early, start = resident_mb(), time.perf_counter()
        count = max(1, images // self.batch)
        self._take(count)
        seconds = time.perf_counter() - start
        return {'listing_s': round(self.listing, 3), 'loader_images_per_s': round(count * self.batch / seconds, 1),
                'early_mb': round(early), 'late_mb': round(resident_mb())}

    def finalize(self) -> None:
        """End the loading processes."""
        self.iterator.finalize()

    def _take(self, batches):
        for _ in range(batches):
            self.iterator.next()


def resident_mb() -> float:
    """Memory of this process and its children; pages that they share count in each."""
    processes = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
    return sum(_resident_kb(process) for process in processes) / 1024


def _resident_kb(process):
    lines = Path(f'/proc/{process}/status').read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith('VmRSS'))


def linked(source: Path, target: Path, count: int) -> None:
    """Fill a folder with ``count`` pictures: those of another folder, and links to these copies, in turn."""
    pictures = sorted(source.glob('*.png'))
    for i in range(count):
        name = target / f'{i:06}.png'
        if i < len(pictures):
            shutil.copyfile(pictures[i], name)
        else:
            os.link(target / f'{i % len(pictures):06}.png', name)
