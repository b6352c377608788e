"""Products and fully connected layers: against Chainer's, by gradient checks, and as cuBLAS' stand-in computes them."""
import itertools

import chainer
import numpy
import pytest
from chainer import Variable, functions, gradient_check

from kernels import matmul as kernels
from kernels.runtime import dispatch
from spade_anime.functions.linear import linear
from spade_anime.functions.matmul import matmul
from spade_anime.layers.attention import SelfAttention

TOLERANCE = {'dtype': numpy.float64, 'atol': 1e-6, 'rtol': 1e-5}
TRANSPOSES = list(itertools.product((False, True), (False, True)))
BATCHES = [(), (1,), (3,)]


def factors(random, batch, transa, transb, size=(2, 5, 3)):
    m, k, n = size
    return (random.normal(size=(*batch, *((k, m) if transa else (m, k)))),
            random.normal(size=(*batch, *((n, k) if transb else (k, n)))))


@pytest.mark.parametrize(('transa', 'transb'), TRANSPOSES)
@pytest.mark.parametrize('batch', BATCHES)
@pytest.mark.parametrize('size', [(2, 5, 3), (1, 1, 4)])
def test_gradients(random, batch, transa, transb, size):
    a, b = factors(random, batch, transa, transb, size)
    gga, ggb = (random.normal(size=array.shape) for array in (a, b))

    def function(a, b):
        return matmul(a, b, transa, transb)

    expected = functions.matmul(a, b, transa, transb)
    numpy.testing.assert_allclose(function(a, b).array, expected.array, atol=1e-12)
    gy = random.normal(size=expected.shape)
    gradient_check.check_backward(function, (a, b), gy, **TOLERANCE)
    gradient_check.check_double_backward(function, (a, b), gy, (gga, ggb), **TOLERANCE)


@pytest.mark.parametrize(('transa', 'transb'), TRANSPOSES)
def test_third_order(random, transa, transb):
    arrays = factors(random, (2,), transa, transb)
    a, b = (Variable(array) for array in arrays)
    y, expected = (functions.sum(functions.sigmoid(product(a, b, transa, transb)))
                   for product in (matmul, functions.matmul))
    for _ in range(3):
        y, expected = (functions.sum(functions.square(gradient)) for gradient in
                       [*chainer.grad([y], [a], enable_double_backprop=True),
                        *chainer.grad([expected], [a], enable_double_backprop=True)])
        numpy.testing.assert_allclose(y.array, expected.array, rtol=1e-8)


@pytest.mark.parametrize(('transa', 'transb'), TRANSPOSES)
def test_everything_lies_as_its_input_does(random, transa, transb):
    for columns in itertools.product((False, True), (False, True)):
        a, b = (Variable(array.swapaxes(1, 2).copy().swapaxes(1, 2) if flag else array)
                for array, flag in zip(factors(random, (2,), transa, transb), columns))
        y = matmul(a, b, transa, transb, order='A')
        functions.sum(y * y).backward()
        assert [kernels.order_of(array) for array in (y.array, a.grad, b.grad)] == ['CF'[i] for i in
                                                                                   (columns[0], *columns)]


@pytest.mark.parametrize('batch', [1, 3])
@pytest.mark.parametrize('sizes', [(4, 3), (1, 1), (5, 1)])
def test_linear(random, batch, sizes):
    shapes = (batch, sizes[0]), sizes[::-1], sizes[1:]
    inputs, gg = ([random.normal(size=shape) for shape in shapes] for _ in range(2))
    expected = functions.linear(*inputs)
    numpy.testing.assert_allclose(linear(*inputs).array, expected.array, atol=1e-12)
    gy = random.normal(size=expected.shape)
    for count in (2, 3):
        gradient_check.check_backward(linear, inputs[:count], gy, **TOLERANCE)
        gradient_check.check_double_backward(linear, inputs[:count], gy, gg[:count], **TOLERANCE)


@pytest.mark.parametrize('wanted', [0, 1])
def test_unwanted_gradients_are_not_computed(random, monkeypatch, wanted):
    arrays, count = factors(random, (), False, False), []
    y = functions.sum(matmul(*(Variable(array, requires_grad=i == wanted) for i, array in enumerate(arrays))))

    def counted(*args, of=kernels.matmul, **options):
        count.append(1)
        return of(*args, **options)

    monkeypatch.setattr(kernels, 'matmul', counted)
    y.backward()
    assert len(count) == 1


def penalised(random, link, x):
    """A discriminator's gradients, of its loss and of the penalty on its gradient."""
    x = Variable(x)
    y = link(x)
    gx, = chainer.grad([functions.sum(y ** 2)], [x], enable_double_backprop=True)
    link.cleargrads()
    functions.sum(gx ** 2).backward()
    return [y.array, gx.array, x.grad, *(param.grad for _, param in sorted(link.namedparams()))]


def test_self_attention_by_cublas(emulator, random, monkeypatch):
    """All products of attention, those of its gradients' gradients too, are as on a CPU."""
    link = SelfAttention(4, 2, spectral=False)
    link.gain.array[...] = 0.7
    x = random.normal(size=(2, 4, 3, 5)).astype('f')
    expected = penalised(random, link, x)
    asked = []

    def choose(impl, array):
        asked.append(array.shape)
        return dispatch.implementation('cuda', array)

    monkeypatch.setattr(kernels, 'implementation', choose)
    # Some biases' gradients are zero but for rounding, as the softmax does not see them.
    scale = max(abs(array).max() for array in expected)
    for actual, desired in zip(penalised(random, link, x), expected, strict=True):
        numpy.testing.assert_allclose(actual, desired, rtol=1e-3, atol=1e-6 * scale)
    assert len(asked) > 8
