"""Types that many signatures name."""
from collections.abc import Sequence
from typing import TypeAlias

import chainer
import numpy

Array: TypeAlias = numpy.ndarray
"""An array where a network computes: NumPy's, or CuPy's, which has the same methods and no type hints."""

Operand: TypeAlias = chainer.Variable | Array
"""What a differentiable function takes: an array is a constant."""

Arrays: TypeAlias = tuple[Array, ...]
"""What a function node takes and returns going forward."""

Indexes: TypeAlias = Sequence[int]
"""Of the inputs by which a function node is differentiated."""

Variables: TypeAlias = Sequence[chainer.Variable]
"""What a function node takes and returns going backward; None where there is no gradient."""
