"""Matrix products, of one pair of matrices or of a batch: by NumPy on a CPU, by cuBLAS on a GPU.

cuBLAS is called so that a CUDA graph can capture it (cublas.py). How matrices lie in memory is told to it by strides:
nothing is copied where rows or columns are contiguous.
"""
from ..runtime.arrays import Array, array_module
from ..runtime.dispatch import implementation
from . import cuda

ORDERS = 'C', 'F'


def matmul(a: Array, b: Array, transa: bool = False, transb: bool = False, out: Array | None = None, order: str = 'C',
           impl: str | None = None) -> Array:
    """``a b`` for (M, K) and (K, N), or for each of a batch, (B, M, K) and (B, K, N): (M, N) or (B, M, N).

    Args:
        a, b: arrays of one type; (K, M) where ``transa``, (N, K) where ``transb``.
        out: where the result goes, if given; on a GPU its rows or its columns have to be contiguous. It must not
            overlap ``a`` or ``b``.
        order: whether rows ('C') or columns ('F') of a new result are contiguous.
        impl: None, 'reference' or 'cuda', as in every op.

    On a GPU sums are in single precision; factors of type float32 are rounded to TF32 unless the precision is
    'fp32'. ValueError for shapes that do not fit, TypeError for types that differ.
    """
    a, b = a.swapaxes(-1, -2) if transa else a, b.swapaxes(-1, -2) if transb else b
    shape = _shape(a, b)
    if order not in ORDERS:
        raise ValueError(f'order is {order!r}; it may be {" or ".join(ORDERS)}')
    if out is not None and (out.shape, out.dtype) != (shape, a.dtype):
        raise ValueError(f'the product is {a.dtype}{shape}; out is {out.dtype}{out.shape}')
    way, xp = implementation(impl, a), array_module(a, b)
    if out is None and order == 'F':
        out = xp.empty((*shape[:-2], shape[-1], shape[-2]), a.dtype).swapaxes(-1, -2)
    if way != 'cuda':
        return xp.matmul(a, b) if out is None else xp.matmul(a, b, out=out)
    if out is None:
        out = xp.empty(shape, a.dtype)
    cuda.multiply(a, b, out)
    return out


def order_of(matrices: Array) -> str:
    """'F' where columns are contiguous and rows are not, else 'C'."""
    down, across = matrices.strides[-2:]
    return 'F' if down == matrices.itemsize and across > down else 'C'


def _shape(a, b) -> tuple[int, ...]:
    """Shape of the product, once everything about the factors is checked."""
    fits = a.ndim == b.ndim in (2, 3) and a.shape[-1] == b.shape[-2] and a.shape[:-2] == b.shape[:-2]
    if not fits:
        raise ValueError(f'no product of {a.shape} and {b.shape}, transposed as asked for: shapes have to be (M, K) '
                         'and (K, N), or (B, M, K) and (B, K, N)')
    if a.dtype != b.dtype:
        raise TypeError(f'factors of types {a.dtype} and {b.dtype}; they have to be of one')
    return *a.shape[:-1], b.shape[-1]
