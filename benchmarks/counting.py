"""Bytes and operations of what Chainer computes, by hooking its functions.

Of every function the bytes of its inputs and outputs count, but not where the output is a view of an input; of
convolutions and matrix products also 2 M N K operations.
"""
import contextlib
import math
from unittest import mock

import spade_anime  # noqa: F401  (before Chainer)

import chainer  # isort: skip

from benchmarks.floor import Work

ADAM_ARRAYS = 7
"""Parameter, gradient and two moments are read, parameter and moments written."""


@contextlib.contextmanager
def counted():
    """A list that every function applied inside adds its ``Work`` to."""
    found, apply = [], chainer.FunctionNode.apply

    def applied(self, inputs):
        outputs = apply(self, inputs)
        found.append(work_of(self, [_array(x) for x in inputs], [y.array for y in outputs]))
        return outputs
    with mock.patch.object(chainer.FunctionNode, 'apply', applied):
        yield found


def work_of(function, inputs: list, outputs: list) -> Work:
    """Work of a function on arrays."""
    outputs = [y for y in outputs if y is not None]
    own = [y for y in outputs if not any(_is_view(y, x) for x in inputs)]
    moved = sum(array.nbytes for array in (*inputs, *own)) if own else 0
    name = type(function).__name__
    return Work(name, moved, OPERATIONS[name](function, inputs, outputs) if name in OPERATIONS else 0)


def adam(network: chainer.Link, updates: int) -> Work:
    """Adam over all parameters of a network, whose master copies and moments are float32."""
    return Work('Adam', updates * ADAM_ARRAYS * 4 * network.count_params())


def _convolution(function, inputs, outputs):
    """Each output pixel is a product with a kernel: (N, O, oh, ow) and (O, C, kh, kw)."""
    weight = inputs[1]
    return 2 * outputs[0].size * math.prod(weight.shape[1:])


def _input_gradient(function, inputs, outputs):
    gradient, weight = inputs[:2]
    return 2 * gradient.size * math.prod(weight.shape[1:])


def _weight_gradient(function, inputs, outputs):
    _, gradient = inputs
    return 2 * gradient.size * math.prod(outputs[0].shape[1:])


def _shared(function, inputs, outputs):
    """One image, then as many weights as outputs."""
    return sum(2 * y.size * math.prod(weight.shape[1:]) for y, weight in zip(outputs, inputs[1:]))


def _shared_gradients(function, inputs, outputs):
    """Of an image, weights and output gradients: by the image, where it is asked for, and by the weights."""
    count = len(inputs) // 2
    once = _shared(function, inputs[:1 + count], inputs[1 + count:])
    return once * ((0 in function.indexes) + any(function.indexes))


def _product(function, inputs, outputs):
    return 2 * outputs[0].size * inputs[0].shape[-2 if function.transa else -1]


def _linear(function, inputs, outputs):
    return 2 * outputs[0].size * inputs[1].shape[1]


OPERATIONS = {'_Convolution': _convolution, '_InputGradient': _input_gradient, '_WeightGradient': _weight_gradient,
              '_SharedConvolution': _shared, '_SharedGradients': _shared_gradients, '_MatMul': _product,
              '_Linear': _linear}


def _array(value):
    return value.array if isinstance(value, chainer.Variable) else value


def _is_view(y, x):
    """Whether an array is another's memory under a new shape."""
    base = y.base if y.base is not None else y
    return base is (x.base if x.base is not None else x)
