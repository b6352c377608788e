"""The CUDA text that CuPy makes of an ElementwiseKernel, without a GPU; by CuPy's internals."""
import numpy

# CuPy's kinds of arguments.
ARRAY, INDEXER, SCALAR = 1, 2, 3


def elementwise_source(kernel, dtypes: dict[str, str], scalars=(), ndim: int = 1) -> str:
    """Text for arguments of these dtypes, by name; the ``scalars`` are no arrays. ``ndim`` 1 means contiguous."""
    import cupy
    from cupy._core import _carray, _kernel, _scalar
    contiguous, kinds, arguments = ndim == 1, {}, []
    for param in kernel.params[:-1]:
        dtype = numpy.dtype(dtypes[param.name])
        if param.dtype is None:
            kinds[param.ctype] = dtype
        if param.name in scalars:
            arguments.append(_kernel._ArgInfo(SCALAR, _scalar.CScalar, dtype, 0, True, True))
        else:
            arguments.append(_kernel._ArgInfo(ARRAY, cupy.ndarray, dtype, ndim, contiguous, True))
    arguments.append(_kernel._ArgInfo(INDEXER, _carray.Indexer, None, ndim, True, True))
    body = _kernel._get_elementwise_kernel_code(tuple(arguments), _kernel._TypeMap(tuple(kinds.items())),
                                                kernel.params, kernel.operation, kernel.name, kernel.preamble)
    return f'#include <cupy/carray.cuh>\n{body}'
