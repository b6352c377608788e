"""Convolutions to try, and what they come to by sums over taps in double precision."""
import numpy

from kernels import convolution
from kernels.runtime.arrays import pair

# batch, channels, outputs, (height, width), kernel, stride, pad, dilate
CASES = {
    'one_pixel': (1, 1, 1, (1, 1), 1, 1, 0, 1),
    'one_pixel_padded': (1, 1, 1, (1, 1), 3, 1, 1, 1),
    'odd_batch_3': (3, 3, 5, (9, 7), 3, 1, 1, 1),
    'stride_2_remainder': (1, 5, 4, (18, 13), 4, 2, 1, 1),
    'stride_2_batch_3': (3, 4, 2, (10, 11), 3, 2, 1, 1),
    'stride_3': (2, 2, 3, (11, 8), 2, 3, 0, 1),
    'dilate_4': (2, 3, 4, (12, 12), 3, 1, 4, 4),
    'pointwise': (3, 8, 6, (5, 5), 1, 1, 0, 1),
    'pointwise_stride_2': (2, 4, 3, (8, 7), 1, 2, 0, 1),
    'shrinking': (1, 2, 3, (31, 30), 4, 1, 1, 1),
    'no_padding': (2, 3, 3, (6, 8), 3, 1, 0, 1),
    'more_padding_than_kernel': (2, 3, 3, (4, 4), 3, 1, 7, 1),
    'five_rows': (1, 3, 4, (7, 8), 5, 1, 2, 1),
    'two_rows': (3, 2, 3, (8, 5), 2, 1, 0, 1),
    'many_to_one': (2, 12, 1, (9, 8), 3, 1, 1, 1),
    'one_to_many': (2, 1, 12, (9, 8), 3, 1, 1, 1),
    'pairs': (2, 2, 3, (9, 12), (3, 2), (2, 1), (1, 0), (1, 3)),
}


def unaligned(array):
    """The same, beginning at an address that is no multiple of 16."""
    room = numpy.empty(array.size + 16 // array.itemsize, array.dtype)
    offset = 1 if room.ctypes.data % 16 == 0 else 0
    room[offset:offset + array.size] = array.ravel()
    return room[offset:offset + array.size].reshape(array.shape)


LAYOUTS = {'first': lambda array: numpy.array(array, order='C'),
           'last': lambda array: numpy.array(array.transpose(0, 2, 3, 1), order='C').transpose(0, 3, 1, 2),
           'gaps': lambda array: numpy.repeat(array, 2, 3)[..., ::2],
           'unaligned': unaligned}


def arrays(case, dtype=numpy.float64):
    batch, channels, outputs, size, kernel, *geometry = case
    random = numpy.random.default_rng(0)
    y_size = convolution.output_size(size, kernel, *geometry)
    shapes = [(batch, channels, *size), (outputs, channels, *pair(kernel)), (outputs,),
              (batch, outputs, *y_size)]
    return [random.standard_normal(shape).astype(dtype) for shape in shapes]


def taps(kernel, y_size, stride=1, pad=0, dilate=1):
    """For each tap the padded image's positions that it reads."""
    (sy, sx), (dy, dx) = pair(stride), pair(dilate)
    for i, j in numpy.ndindex(pair(kernel)):
        yield (i, j), numpy.s_[:, :, i * dy:i * dy + sy * (y_size[0] - 1) + 1:sy,
                               j * dx:j * dx + sx * (y_size[1] - 1) + 1:sx]


def padded(x, pad):
    ph, pw = pair(pad)
    return numpy.pad(x.astype(numpy.float64), ((0, 0), (0, 0), (ph, ph), (pw, pw)))


def by_taps(x, W, b, gy, stride, pad, dilate):
    """Convolution, gradients by the image and by the weights, a tap at a time."""
    wide, gW = padded(x, pad), numpy.zeros(W.shape)
    y, gwide = numpy.zeros(gy.shape), numpy.zeros(wide.shape)
    for (i, j), place in taps(W.shape[2:], gy.shape[2:], stride, pad, dilate):
        y += numpy.einsum('nchw,oc->nohw', wide[place], W[:, :, i, j])
        gW[:, :, i, j] = numpy.einsum('nohw,nchw->oc', gy, wide[place])
        gwide[place] += numpy.einsum('nohw,oc->nchw', gy, W[:, :, i, j])
    (ph, pw), (h, w) = pair(pad), x.shape[2:]
    return y + b[:, None, None], gwide[:, :, ph:ph + h, pw:pw + w], gW


def three(x, W, b, gy, *geometry, impl='cudnn'):
    """Convolution and gradients."""
    return (convolution.convolve(x, W, b, *geometry, impl=impl),
            convolution.input_gradient(gy, W, x.shape[2:], *geometry, impl=impl),
            convolution.weight_gradient(x, gy, W.shape[2:], *geometry, impl=impl))
