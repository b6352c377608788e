"""Painting with a trained generator, in test mode."""
import chainer
import numpy


def paint(gen: chainer.Link, condition: tuple, z=None) -> numpy.ndarray:
    """Images (B, 3, S, S) in [-1, 1] that ``gen`` paints for a batch of conditions, as a NumPy array.

    Test mode: running statistics, no state of the generator changes.
    """
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        arrays = [gen.xp.asarray(array) for array in condition]
        return chainer.backends.cuda.to_cpu(gen(*arrays, z=z).array)
