"""Painting with a trained generator, in test mode."""
import chainer
import numpy


def paint(gen: chainer.Link, condition: tuple, z=None) -> numpy.ndarray:
    """Images (B, 3, S, S) float32 in [-1, 1] that ``gen`` paints for a batch of conditions, as a NumPy array.

    Test mode: running statistics, no state of the generator changes.
    """
    dtype = next(gen.params()).dtype
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        arrays = [gen.xp.asarray(array, dtype) for array in condition]
        image = gen(*arrays, z=_stored(z, dtype)).array
    return chainer.backends.cuda.to_cpu(image).astype(numpy.float32, copy=False)


def _stored(z, dtype):
    """Noise, an array or arrays in nested lists, in the type that the generator stores; None stays None."""
    if isinstance(z, list | tuple):
        return type(z)(_stored(part, dtype) for part in z)
    return None if z is None else z.astype(dtype, copy=False)
