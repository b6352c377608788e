"""One step of Adam (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1) on one parameter, in place."""
import numpy

from ._parallel import parallel, scratch, spans

# Elements a block: few enough for the cache, many enough that threads do not wait for the interpreter.
BLOCK = 1 << 16


def adam_step(param: numpy.ndarray, grad: numpy.ndarray, m: numpy.ndarray, v: numpy.ndarray, rate: float,
              beta1: float, beta2: float, eps: float) -> None:
    """Update ``param`` and its moments ``m`` and ``v``, arrays of one shape and type.

    ``m += (1 - beta1) (g - m)``, ``v += (1 - beta2) (g^2 - v)``, ``param -= rate * m / (sqrt(v) + eps)``;
    ``rate`` carries the bias correction. ``param``, ``m`` and ``v`` have to be contiguous.
    """
    flat = [array.reshape(-1) for array in (param, numpy.ascontiguousarray(grad), m, v)]
    if not (numpy.shares_memory(flat[0], param) and numpy.shares_memory(flat[2], m)):
        raise ValueError('adam_step updates in place: param, m and v have to be contiguous')

    def step(span):
        p, g, m, v = (array[slice(*span)] for array in flat)
        update = scratch('adam', p.shape, p.dtype)
        numpy.subtract(g, m, out=update)
        update *= 1 - beta1
        m += update
        numpy.multiply(g, g, out=update)
        update -= v
        update *= 1 - beta2
        v += update
        numpy.sqrt(v, out=update)
        update += eps
        numpy.divide(m, update, out=update)
        update *= rate
        p -= update

    parallel(step, spans(param.size, -(-param.size // BLOCK)))
