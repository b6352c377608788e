"""How long a training will take on this machine."""
import shlex
import statistics
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy

from spade_anime.devices import free_unused
from spade_anime.training.optim.optimizers import make_optimizers
from spade_anime.training.trial import Trial

if TYPE_CHECKING:
    from spade_anime.training.run import Run


def estimated_seconds(run: 'Run', samples: list) -> float:
    """Seconds of an iteration of a run on one set, measured on a batch of ``samples`` and copies of the networks.

    Frees the device's memory afterwards: a captured step has a pool of its own and could not use what CuPy's default
    pool would keep.
    """
    networks = {name: network.copy('copy') for name, network in run.networks.items()}
    trial = Trial(run.objective(networks['gen'], networks['dis']),
                  make_optimizers(run.options, networks, run.dtype == numpy.float16), samples, run.options.n_dpg,
                  run.device, run.planned)
    seconds = trial.seconds_an_iteration()
    del networks, trial
    free_unused(run.device)
    return seconds


def reading_seconds(dataset: Any, count: int = 3) -> float:
    """Seconds to read and scale a sample: the median of ``count`` samples from all over the data set."""
    count = min(count, len(dataset))
    times = []
    for i in range(count):
        start = time.perf_counter()
        dataset[i * len(dataset) // count]
        times.append(time.perf_counter() - start)
    return statistics.median(times)


class Iteration(NamedTuple):
    """What an iteration takes.

    Attributes:
        computing: seconds that it computes.
        sample: seconds that one process reads a sample.
        samples: how many.
        cores: those that compute, which workers take time from; 0: they have others.
    """

    computing: float
    sample: float
    samples: int
    cores: int = 0

    def seconds(self, workers: int) -> float:
        """Seconds of the whole. Workers read the next samples while it computes; without any it waits for its own."""
        reading = self.sample * self.samples
        if not workers:
            return self.computing + reading
        return max(self.computing + (reading / self.cores if self.cores else 0), reading / workers)

    def advice(self, options: Any, preparable: bool) -> list[str]:
        """A line about what is faster, if an iteration waits for its samples longer than it computes.

        ``preparable``: whether ``python -m spade_anime.prepare`` makes smaller pictures of such a data set.
        """
        if self.sample * self.samples <= self.computing * max(options.workers, 1):
            return []
        source, size = options.dataset_dir.rstrip('/'), 2 * options.image_size
        smaller = (f'python -m spade_anime.prepare --in {shlex.quote(source)} --out {shlex.quote(f"{source}_{size}")} '
                   f'--size {size}') if preparable else 'pictures that are made smaller beforehand'
        return [f'reading      {1000 * self.sample:.0f} ms a sample, for which the training waits; faster: {smaller}, '
                f'or more than --workers {options.workers}']


def duration(seconds: float) -> str:
    """A length of time for people: seconds, minutes or hours."""
    if seconds < 90:
        return f'{seconds:.0f} s'
    if seconds < 5400:
        return f'{seconds / 60:.0f} min'
    return f'{seconds / 3600:.1f} h'
