"""Products by cuBLAS: which way round, and where the matrices lie."""
from typing import Any

from ..runtime.arrays import Array, address, array_module
from .cublas import Matrices, handle_and_stream


def multiply(a: Array, b: Array, out: Array) -> None:
    """``out = a b`` by cuBLAS."""
    if not (out.size and a.size):
        out[...] = 0
        return
    found = _matrices(out)
    if found is None:
        raise ValueError(f'neither rows nor columns of out are contiguous: shape {out.shape}, strides {out.strides}')
    if found.transposed:
        # What cuBLAS writes has contiguous columns: the transposed product, of the transposed factors.
        a, b, out = b.swapaxes(-1, -2), a.swapaxes(-1, -2), out.swapaxes(-1, -2)
        found = found._replace(transposed=False)
    # Copies live until the product is queued; what reuses their memory is queued behind it.
    a, b = (x if _matrices(x) else array_module(x).ascontiguousarray(x) for x in (a, b))
    left: Any = _matrices(a)
    right: Any = _matrices(b)
    handle, stream = handle_and_stream(out)
    (m, n), k, batch = out.shape[-2:], a.shape[-1], len(out) if out.ndim == 3 else 1
    handle.gemm(stream, out.dtype, (m, n, k, batch), left, right, found)


def _matrices(x) -> Matrices | None:
    """Where the matrices of ``x`` lie; None where neither their columns nor their rows are contiguous."""
    step = x.strides[0] if x.ndim == 3 and len(x) > 1 else 0
    down, across = zip(x.shape[-2:], x.strides[-2:])
    for transposed, (length, near), (count, far) in ((False, down, across), (True, across, down)):
        # Along an axis of length one no stride matters.
        contiguous = length == 1 or near == x.itemsize
        leading = far if count > 1 else length * x.itemsize
        whole = step % x.itemsize == leading % x.itemsize == 0
        if contiguous and whole and step >= 0 and leading >= length * x.itemsize:
            return Matrices(address(x), transposed, leading // x.itemsize, step // x.itemsize)
    return None
