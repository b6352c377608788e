"""Differentiable functions, one Chainer FunctionNode an operation."""
from spade_anime import _compat

_compat.keep_layout_in_sums()
_compat.apply_without_checks()
