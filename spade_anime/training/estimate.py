"""How long a training will take on this machine."""
import time
from collections.abc import Callable
from typing import Any

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


def duration(seconds: float) -> str:
    """A length of time for people: seconds, minutes or hours."""
    if seconds < 90:
        return f'{seconds:.0f} s'
    if seconds < 5400:
        return f'{seconds / 60:.0f} min'
    return f'{seconds / 3600:.1f} h'
