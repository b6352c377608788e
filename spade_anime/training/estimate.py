"""How long a training will take on this machine."""
import time
from collections.abc import Callable

import chainer

from spade_anime.devices import free_unused
from spade_anime.training.frozen import frozen


def estimated_seconds(make_objective: Callable, networks: dict, samples: list, device: chainer.backend.Device,
                      n_dis: int) -> float:
    """Time of an iteration on a batch of ``samples``, measured on copies of the ``networks`` 'gen' and 'dis'.

    ``make_objective`` gives the objective of two networks; an iteration has ``n_dis`` discriminator updates.

    Leaves no memory of the device taken: what CuPy's default pool kept of it would be of no use to a captured step,
    which has a pool of its own.
    """
    batch = chainer.dataset.concat_examples(samples, device)
    copies = make_objective(*(networks[name].copy('copy') for name in ('gen', 'dis')))
    seconds = seconds_an_iteration(copies, batch, n_dis)
    del batch, copies
    free_unused(device)
    return seconds


def seconds_an_iteration(objective, batch: tuple, n_dis: int) -> float:
    """Time one update of each side on ``batch``, after one to warm up, without the optimizers' share.

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


def _backward(terms):
    loss = sum(terms.values())
    loss.backward()
    # Reading a value waits for the device.
    float(loss.array)


def duration(seconds: float) -> str:
    """Readable length of time."""
    if seconds < 90:
        return f'{seconds:.0f} s'
    if seconds < 5400:
        return f'{seconds / 60:.0f} min'
    return f'{seconds / 3600:.1f} h'
