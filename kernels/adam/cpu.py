"""Adam on a CPU: all passes over a block while it is in the cache, on all cores."""
import numpy

from ..runtime.threads import parallel, scratch, spans

# Elements a block: few enough for the cache, many enough that threads do not wait for the interpreter.
BLOCK = 1 << 16


def step(parameters: list[tuple], rate: float, beta1: float, beta2: float, eps: float) -> None:
    """As ``adam.adam_step``."""
    if not all(array.flags.c_contiguous for param, _, m, v in parameters for array in (param, m, v)):
        raise ValueError('adam_step updates in place: param, m and v have to be contiguous')

    def run(pieces):
        for p, g, m, v in pieces:
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

    parallel(run, _shares(parameters))


def _shares(parameters: list[tuple]) -> list[list]:
    """Flat pieces of the parameters' arrays, in lists of about ``BLOCK`` elements."""
    shares: list[list] = []
    room = 0
    for arrays in parameters:
        flat = [array.reshape(-1) for array in arrays]
        for first, last in spans(flat[0].size, -(-flat[0].size // BLOCK)):
            if last - first > room:
                shares.append([])
                room = BLOCK
            shares[-1].append([array[first:last] for array in flat])
            room -= last - first
    return shares
