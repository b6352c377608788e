"""The generators that the page offers, found by the server: a name from the browser is looked up, never opened."""
import contextlib
import functools
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from spade_anime.fields import OptionError
from spade_anime.finding import FIRST, PRETRAINED
from spade_anime.generator import Generator, load
from spade_anime.page.faults import NotFound
from spade_anime.runs.directory import RunDirectory

COMES = 'comes with the project'
BUNDLED = f'{FIRST}, {COMES}'
"""What is offered where nothing has been trained."""

TRAINED = 'page'
"""The run that the page trains, in the folder of runs."""

KEPT = 4
"""Generators that stay in memory."""


class Offered(NamedTuple):
    """A generator that may be chosen: what the page calls it, what loads it at a size (0: its own), and its file."""

    name: str
    load: Callable[[int], Generator]
    origin: Path | None


class Generators:
    """Finished runs below ``folder``, newest first, and the generators that come with the project.

    The run that the page trains is offered as soon as there is something to paint with, finished or not.

    Args:
        folder: directory of runs.
        first: run to offer first, finished or not; None: the newest.
        device: 'auto', 'cpu' or 'cuda'.
    """

    def __init__(self, folder: Path, first: Path | None, device: str):
        self.folder, self.first, self.device = folder, first, device
        self._loaded: dict[tuple[str, int], tuple[Generator, Path | None]] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Names of all, the one to begin with first. A run that has gone on since it was loaded is loaded again."""
        offered = self._offered()
        with self._lock:
            self._loaded = {key: (generator, origin) for key, (generator, origin) in self._loaded.items()
                            if key[0] in offered and offered[key[0]].origin == origin}
        return list(offered)

    @contextlib.contextmanager
    def borrowed(self, name: str, image_size: int = 0) -> Iterator[Generator]:
        """A generator that nobody else paints with inside ``with``. Raises NotFound, InputError.

        ``image_size``: in pixels; 0: its own.
        """
        with self._lock, warnings.catch_warnings():
            # What may look wrong in a label map is of no use while it is still being drawn.
            warnings.simplefilter('ignore')
            yield self._get(name, image_size)

    def paint(self, name: str, image_size: int, samples: int, seed: int,
              inputs: dict[str, Any]) -> tuple[list[str], numpy.ndarray]:
        """Names and pictures (N, S, S, 3) uint8: ``samples`` of each condition that ``inputs`` ask for.

        ``image_size``: S, 0 for the generator's own. Raises NotFound, InputError.
        """
        with self.borrowed(name, image_size) as generator:
            painted = list(generator.paintings(generator.condition.asked(inputs, seed), samples, seed))
        names = [title for title, pictures in painted for _ in pictures]
        return names, numpy.concatenate([pictures for _, pictures in painted])

    def _get(self, name: str, image_size: int) -> Generator:
        key = name, image_size
        if key not in self._loaded:
            offered = self._offered()
            if name not in offered:
                raise NotFound(f'generator: there is none of that name; allowed are {", ".join(offered)}')
            self._loaded[key] = offered[name].load(image_size), offered[name].origin
        # The one used last is the last to be dropped.
        self._loaded[key] = self._loaded.pop(key)
        while len(self._loaded) > KEPT:
            del self._loaded[next(iter(self._loaded))]
        return self._loaded[key][0]

    def _offered(self) -> dict[str, Offered]:
        runs = [RunDirectory(path) for path in (self.folder, *_folders(self.folder))]
        runs = sorted((run for run in runs if (run.finished or run.path.name == TRAINED) and run.generator()),
                      key=_changed, reverse=True)
        if self.first:
            first = RunDirectory(self.first)
            runs = [first, *(run for run in runs if run.path.resolve() != first.path.resolve())]
        found = [one for run in runs for one in self._of_run(run)]
        for folder in sorted(_folders(PRETRAINED), key=lambda folder: (folder.name != FIRST, folder.name)):
            found.append(Offered(f'{folder.name}, {COMES}', functools.partial(self._load, folder, False), None))
        return {one.name: one for one in found}

    def _of_run(self, run: RunDirectory) -> Iterator[Offered]:
        for best in (False, True):
            snapshot = run.best_generator() if best else run.generator()
            if snapshot or not best:
                yield Offered(f'{run.path}{" (best)" if best else ""}', functools.partial(self._load, run.path, best),
                              snapshot)

    def _load(self, run: Path, best: bool, image_size: int) -> Generator:
        return load(run, best, self.device, image_size=image_size)


def at_size(generators: Generators, name: str, factor: int) -> int:
    """Size in pixels at which a generator paints ``factor`` times its own; 0 where it can paint its own alone."""
    with generators.borrowed(name) as generator:
        size = factor * generator.options.image_size
    try:
        with generators.borrowed(name, size):
            return size
    except OptionError:
        return 0


def _changed(run: RunDirectory) -> float:
    """When a run finished, or stored its last generator, in seconds."""
    snapshot = run.generator()
    return max(path.stat().st_mtime for path in (run.summary, snapshot) if path and path.is_file())


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
