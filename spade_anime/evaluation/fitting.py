"""Training small networks that judge paintings or label drawings, on the CPU."""
from collections.abc import Callable, Iterable

import chainer
import numpy

DECAY = 1e-4
SHIFT = 3
"""Training images are moved by up to this many pixels of 64."""


def fit(network: chainer.Link, loss: Callable[[numpy.ndarray], chainer.Variable], count: int, iterations: int,
        batch_size: int, rate: float, random: numpy.random.Generator,
        progress: Callable[[Iterable[int]], Iterable[int]] = iter) -> None:
    """Train ``network`` in place by Adam, its rate falling from ``rate`` to 0, with a little weight decay.

    Args:
        loss: of indices (batch_size,) into the ``count`` training images, the scalar to minimise; called in their
            order of use, so that it may draw from ``random`` as well.
        progress: wraps the iterations to show progress.
    """
    shares = (iteration / iterations for iteration in progress(range(iterations)))
    descend(network, lambda: loss(random.integers(count, size=batch_size)), shares, rate)


def descend(network: chainer.Link, loss: Callable[[], chainer.Variable], shares: Iterable[float], rate: float) -> None:
    """Train ``network`` in place by Adam, with a little weight decay: an update for each of ``shares``.

    Args:
        loss: the scalar to minimise, of a new batch at each call.
        shares: how much of the training is over before each update, in [0, 1); the rate falls from ``rate`` to 0.
    """
    optimizer = chainer.optimizers.Adam(rate).setup(network)
    optimizer.add_hook(chainer.optimizer_hooks.WeightDecay(DECAY))
    for share in shares:
        optimizer.alpha = rate * (1 - share)
        value = loss()
        network.cleargrads()
        value.backward()
        optimizer.update()


def drawn_shift(random: numpy.random.Generator, image_size: int) -> numpy.ndarray:
    """``(down, right)``, how far the images of a batch are moved: by up to ``SHIFT`` pixels of 64, at least 1."""
    reach = max(1, SHIFT * image_size // 64)
    return random.integers(-reach, reach + 1, 2)


def moved(images: numpy.ndarray, by: numpy.ndarray) -> numpy.ndarray:
    """Images (B, C, H, W) moved by ``(down, right)`` pixels; what comes in repeats the border."""
    down, right = (abs(int(distance)) for distance in by)
    padded = numpy.pad(images, ((0, 0), (0, 0), (down, down), (right, right)), 'edge')
    top, left = down - int(by[0]), right - int(by[1])
    return numpy.ascontiguousarray(padded[..., top:top + images.shape[2], left:left + images.shape[3]])
