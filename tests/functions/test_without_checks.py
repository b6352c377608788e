"""What ``_compat`` spares calls on NumPy arrays, where Chainer's ``type_check`` is off, changes no result."""
import chainer
import numpy
import pytest
from chainer import Variable, function_hooks

from spade_anime.functions.bias_act import bias_act
from spade_anime.functions.convolution import convolution_2d
from spade_anime.functions.gradient_penalty import gradient_penalty


def penalised(type_check):
    """A loss that is differentiated twice, and the gradients of what it is made from."""
    random = numpy.random.default_rng(0)
    x, W, b = (Variable(random.standard_normal(shape).astype('f')) for shape in ((2, 3, 6, 5), (4, 3, 3, 3), (4,)))
    with chainer.using_config('type_check', type_check):
        y = bias_act(convolution_2d(x, W, pad=1), b)
        gradient, = chainer.grad([chainer.functions.sum(y * y)], [x], enable_double_backprop=True)
        loss = chainer.functions.sum(gradient_penalty(gradient)) + chainer.functions.sum(y)
        loss.backward()
    return [loss.array, *(variable.grad for variable in (x, W, b))]


def test_gradients_of_both_orders_are_the_same():
    for result, expected in zip(penalised(False), penalised(True)):
        numpy.testing.assert_array_equal(result, expected)


def test_no_graph_without_backprop_mode():
    x = Variable(numpy.ones((1, 1, 2, 2), 'f'))
    with chainer.using_config('type_check', False), chainer.no_backprop_mode():
        assert bias_act(x).creator is None
    with chainer.using_config('type_check', False):
        assert bias_act(x).creator is not None and not bias_act(x.array).requires_grad


def test_hooks_are_called():
    x = Variable(numpy.ones((1, 1, 2, 2), 'f'))
    with chainer.using_config('type_check', False), function_hooks.TimerHook() as hook:
        bias_act(x)
    assert len(hook.call_history) == 1


def test_types_are_checked_unless_turned_off():
    x = Variable(numpy.ones((1, 2), 'f'))
    # A benchmark that ran before in this process has turned them off.
    with chainer.using_config('type_check', True), pytest.raises(chainer.utils.type_check.InvalidType):
        x + Variable(numpy.ones((3, 3), 'f'))
