"""How long a training will take on this machine."""
import shlex
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import chainer

from spade_anime.devices import free_unused
from spade_anime.training.frozen import frozen


def estimated_seconds(make_objective: Callable, networks: dict[str, chainer.Link], samples: list,
                      device: chainer.backend.Device, n_dis: int) -> float:
    """Seconds of an iteration on a batch of ``samples``, measured on copies of the ``networks`` 'gen' and 'dis'.

    ``make_objective`` gives the objective of two networks; an iteration has ``n_dis`` discriminator updates.

    Frees the device's memory afterwards: a captured step has a pool of its own and could not use what CuPy's default
    pool would keep.
    """
    batch = chainer.dataset.concat_examples(samples, device)
    copies = make_objective(*(networks[name].copy('copy') for name in ('gen', 'dis')))
    seconds = seconds_an_iteration(copies, batch, n_dis)
    del batch, copies
    free_unused(device)
    return seconds


def seconds_an_iteration(objective: Any, batch: tuple, n_dis: int) -> float:
    """Seconds of ``n_dis`` discriminator updates and one of the generator on ``batch``, without the optimizers.

    The second of two measurements counts; the first compiles and warms up.

    Gradients and running statistics of the objective's networks change: give it copies.
    """
    for _ in range(2):
        start = time.perf_counter()
        _backward(objective.discriminator_terms(*batch))
        middle = time.perf_counter()
        with frozen(objective.dis):
            _backward(objective.generator_terms(*batch))
        end = time.perf_counter()
    return n_dis * (middle - start) + end - middle


def _backward(terms: dict[str, chainer.Variable]) -> None:
    loss: Any = sum(terms.values())
    loss.backward()
    # Reading a value waits for the device.
    float(loss.array)


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
    """What an iteration takes: seconds that it computes; seconds that one process reads a sample; how many samples."""

    computing: float
    sample: float
    samples: int

    def seconds(self, workers: int) -> float:
        """Seconds of the whole. Workers read the next samples while it computes; without any it waits for its own."""
        reading = self.sample * self.samples
        return max(self.computing, reading / workers) if workers else self.computing + reading

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
