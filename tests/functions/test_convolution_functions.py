"""Convolution as a differentiable function: against Chainer's, and by gradient checks."""
import chainer
import numpy
import pytest
from chainer import Variable, functions, gradient_check

from kernels import convolution as kernels
from spade_anime.functions.convolution import convolution_2d, convolution_2d_shared, deconvolution_2d

# batch, channels, outputs, (height, width), kernel, stride, pad, dilate
CASES = {'one_pixel': (1, 1, 2, (1, 1), 3, 1, 1, 1), 'same': (3, 2, 3, (5, 4), 3, 1, 1, 1),
         'stride_2': (2, 3, 2, (7, 6), 4, 2, 1, 1), 'dilated': (1, 2, 2, (9, 9), 3, 1, 4, 4),
         'pointwise': (3, 4, 2, (3, 5), 1, 1, 0, 1), 'shrinking': (1, 2, 5, (6, 5), 4, 1, 1, 1)}
TOLERANCE = {'dtype': numpy.float64, 'atol': 1e-6, 'rtol': 1e-5}


def normal(*shapes, dtype='d'):
    random = numpy.random.default_rng(0)
    return [random.standard_normal(shape).astype(dtype) for shape in shapes]


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request):
    batch, channels, outputs, size, kernel, *geometry = request.param
    y_size = kernels.output_size(size, kernel, *geometry)
    x, W, b, gy, ggx, ggW, ggb = normal(*2 * [(batch, channels, *size), (outputs, channels, kernel, kernel),
                                              (outputs,), (batch, outputs, *y_size)])[:7]
    return (x, W, b), gy, (ggx, ggW, ggb), geometry


def test_convolution_is_chainers(case):
    (x, W, b), gy, _, (stride, pad, dilate) = case
    for dtype, tolerance in (('f', 1e-4), ('d', 1e-10)):
        x, W, b = (array.astype(dtype) for array in (x, W, b))
        y = convolution_2d(x, W, b, stride, pad, dilate)
        expected = functions.convolution_2d(x, W, b, stride, pad, dilate=dilate)
        assert y.dtype == dtype
        numpy.testing.assert_allclose(y.array, expected.array, atol=tolerance)


@pytest.mark.parametrize('biased', [True, False])
def test_convolution_gradients(case, biased):
    inputs, gy, gg, geometry = case
    inputs, gg = (inputs, gg) if biased else (inputs[:2], gg[:2])

    def function(x, W, b=None):
        return convolution_2d(x, W, b, *geometry)

    gradient_check.check_backward(function, inputs, gy, **TOLERANCE)
    gradient_check.check_double_backward(function, inputs, gy, gg, **TOLERANCE)


def test_third_order():
    """Each of the three nodes is expressed by the others, without end."""
    x, W = (Variable(array) for array in normal((2, 2, 5, 5), (3, 2, 3, 3)))
    y = functions.sum(functions.sigmoid(convolution_2d(x, W, pad=1)))
    expected = functions.sum(functions.sigmoid(functions.convolution_2d(x, W, pad=1)))
    for _ in range(3):
        y, expected = (functions.sum(functions.square(gradient)) for gradient in
                       [*chainer.grad([y], [W], enable_double_backprop=True),
                        *chainer.grad([expected], [W], enable_double_backprop=True)])
        numpy.testing.assert_allclose(y.array, expected.array, rtol=1e-8)


@pytest.mark.parametrize('used', [(0,), (1,), (0, 1)])
def test_second_order_of_some_gradients(used):
    """The node gives the gradients of weights and bias at once, of which some may go no further."""
    results = []
    for convolve in (convolution_2d, functions.convolution_2d):
        inputs = [Variable(array) for array in normal((2, 2, 5, 5), (3, 2, 3, 3), (3,))]
        y = functions.sum(functions.sigmoid(convolve(*inputs, pad=1)))
        gradients = chainer.grad([y], inputs[1:], enable_double_backprop=True)
        sum(functions.sum(functions.square(gradients[i])) for i in used).backward()
        results.append([variable.grad for variable in inputs])
    for gradient, expected in zip(*results):
        numpy.testing.assert_allclose(gradient, expected, rtol=1e-8)


@pytest.mark.parametrize(('stride', 'pad', 'kernel', 'outsize'),
                         [(2, 1, 4, None), (1, 1, 3, None), (2, 2, 5, (9, 8)), (2, 2, 5, (10, 7))])
def test_deconvolution(stride, pad, kernel, outsize):
    x, W, b, ggx, ggW, ggb = normal(*2 * [(2, 3, 5, 4), (3, 2, kernel, kernel), (2,)])

    def function(x, W, b):
        return deconvolution_2d(x, W, b, stride, pad, outsize)

    expected = functions.deconvolution_2d(x, W, b, stride, pad, outsize)
    numpy.testing.assert_allclose(function(x, W, b).array, expected.array, atol=1e-10)
    gy, = normal(expected.shape)
    gradient_check.check_backward(function, (x, W, b), gy, **TOLERANCE)
    gradient_check.check_double_backward(function, (x, W, b), gy, (ggx, ggW, ggb), **TOLERANCE)


def test_deconvolution_refuses_an_impossible_size():
    x, W = normal((1, 1, 4, 4), (1, 1, 4, 4))
    with pytest.raises(ValueError, match=r'outsize \(11, 8\) belongs to inputs of size \(5, 4\)'):
        deconvolution_2d(x, W, None, 2, 1, (11, 8))


@pytest.mark.parametrize(('function', 'wanted', 'unwanted'), [
    (convolution_2d, 'x', 'weight_gradient'), (convolution_2d, 'W', 'input_gradient'),
    (deconvolution_2d, 'x', 'weight_gradient'), (deconvolution_2d, 'W', 'convolve')])
def test_unwanted_gradients_are_not_computed(monkeypatch, function, wanted, unwanted):
    arrays = dict(zip('xW', normal((1, 2, 4, 4), (2, 2, 3, 3))))
    arrays[wanted] = Variable(arrays[wanted])
    y = function(arrays['x'], arrays['W'], pad=1)
    monkeypatch.setattr(kernels, unwanted, None)
    functions.sum(y).backward()
    assert arrays[wanted].grad is not None


class TestShared:
    x, W1, W2, b1, b2, gy1, gy2 = normal((2, 3, 6, 5), (4, 3, 3, 3), (2, 3, 3, 3), (4,), (2,), (2, 4, 6, 5),
                                         (2, 2, 6, 5))

    def outputs(self, x, W1, W2, b1, b2):
        return convolution_2d_shared(x, [W1, W2], [b1, b2])

    def test_outputs(self):
        ys = self.outputs(self.x, self.W1, self.W2, self.b1, self.b2)
        for y, W, b in zip(ys, (self.W1, self.W2), (self.b1, self.b2)):
            numpy.testing.assert_allclose(y.array, functions.convolution_2d(self.x, W, b, pad=1).array)
            assert y.array.flags.c_contiguous

    @pytest.mark.parametrize('given', [(0, 1), (0,), (1,)])
    @pytest.mark.parametrize('constant', [(), (0,), (1, 3), (1, 2, 3, 4)])
    def test_gradients(self, given, constant):
        """With some outputs unused, and some inputs that want no gradient."""
        results = []
        for function in (self.outputs, self.by_chainer):
            arrays = self.x, self.W1, self.W2, self.b1, self.b2
            inputs = [Variable(array, requires_grad=i not in constant) for i, array in enumerate(arrays)]
            ys, gys = function(*inputs), (self.gy1, self.gy2)
            functions.sum(sum(functions.sum(ys[i] * gys[i]) for i in given)).backward()
            results.append([variable.grad for variable in inputs])
        for gradient, expected in zip(*results):
            assert (gradient is None) == (expected is None)
            if expected is not None:
                numpy.testing.assert_allclose(gradient, expected, atol=1e-10)

    def by_chainer(self, x, W1, W2, b1, b2):
        return functions.convolution_2d(x, W1, b1, pad=1), functions.convolution_2d(x, W2, b2, pad=1)

    def test_gradient_check(self):
        gradient_check.check_backward(self.outputs, (self.x, self.W1, self.W2, self.b1, self.b2),
                                      (self.gy1, self.gy2), **TOLERANCE)

    def test_second_order_is_refused(self):
        x = Variable(self.x)
        y, _ = self.outputs(x, self.W1, self.W2, self.b1, self.b2)
        gx, = chainer.grad([functions.sum(y)], [x], enable_double_backprop=True)
        with pytest.raises(NotImplementedError, match='convolution_2d_shared is differentiable once only'):
            functions.sum(gx).backward()

    def test_mismatches_are_named(self):
        with pytest.raises(ValueError, match='2 weights and 1 biases'):
            convolution_2d_shared(self.x, [self.W1, self.W2], [self.b1])
        with pytest.raises(ValueError, match=r'kernel sizes are \[\(1, 1\), \(3, 3\)\]'):
            convolution_2d_shared(self.x, [self.W1, self.W2[:, :, :1, :1]], [self.b1, self.b2])
