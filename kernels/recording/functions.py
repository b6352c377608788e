"""NumPy's functions that a recorder knows, by what they do to arrays."""
import numpy
from numpy import ndarray

# They return a new array, or a view of what they are given, and change nothing.
PURE = frozenset({
    numpy.all, numpy.amax, numpy.amin, numpy.any, numpy.argmax, numpy.argmin, numpy.array_split, numpy.atleast_1d,
    numpy.bincount, numpy.broadcast_arrays, numpy.broadcast_to, numpy.clip, numpy.concatenate, numpy.copy, numpy.cumsum,
    numpy.dot, numpy.einsum, numpy.expand_dims, numpy.flip, numpy.full_like, numpy.inner, numpy.max, numpy.mean,
    numpy.min, numpy.moveaxis, numpy.ones_like, numpy.outer, numpy.pad, numpy.prod, numpy.ravel, numpy.repeat,
    numpy.reshape, numpy.roll, numpy.rollaxis, numpy.split, numpy.squeeze, numpy.stack, numpy.std, numpy.sum,
    numpy.swapaxes, numpy.take, numpy.tensordot, numpy.tile, numpy.transpose, numpy.var, numpy.vdot, numpy.where,
    numpy.zeros_like})
# They change their first argument.
CHANGING = frozenset({numpy.copyto, numpy.fill_diagonal, numpy.put_along_axis})
# They ask for what is the same in every replay.
ASKING = frozenset({
    numpy.can_cast, numpy.common_type, numpy.iscomplexobj, numpy.may_share_memory, numpy.ndim, numpy.result_type,
    numpy.shape, numpy.shares_memory, numpy.size})

PURE_METHODS = {name: getattr(ndarray, name) for name in (
    'all', 'any', 'argmax', 'argmin', 'astype', 'clip', 'copy', 'cumsum', 'diagonal', 'dot', 'flatten', 'max', 'mean',
    'min', 'prod', 'ravel', 'repeat', 'reshape', 'round', 'squeeze', 'std', 'sum', 'swapaxes', 'take', 'transpose',
    'var')}
CHANGING_METHODS = {name: getattr(ndarray, name) for name in ('__setitem__', 'fill', 'sort')}
# By them Python reads values, or what is done is not known.
REFUSED_METHODS = {name: getattr(ndarray, name) for name in (
    '__bool__', '__complex__', '__contains__', '__float__', '__index__', '__int__', '__reduce__', '__reduce_ex__',
    'argpartition', 'argsort', 'byteswap', 'choose', 'compress', 'dump', 'dumps', 'getfield', 'item', 'nonzero',
    'partition', 'put', 'resize', 'searchsorted', 'setfield', 'tobytes', 'tofile', 'tolist', 'trace')}
