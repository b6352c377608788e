"""Convolutions by cuDNN on a card, against double precision."""
import pytest
from convolution_cases import arrays, by_taps, three

from kernels import convolution
from kernels.convolution.case import OTHERS, SHAPES
from kernels.convolution.cudnn import engine
from kernels.runtime.machine import using

# TF32 has 10 bits of fraction as half has.
TOLERANCE = {'fp32': 5e-5, 'tf32': 2e-3, 'fp16': 2e-3}
pytestmark = pytest.mark.gpu


@pytest.fixture
def card():
    cupy = pytest.importorskip('cupy')
    if engine.missing():
        pytest.skip(engine.missing())
    return cupy


@pytest.mark.parametrize('shape', SHAPES + OTHERS, ids=str)
@pytest.mark.parametrize('name', ['fp32', 'tf32', 'fp16'])
def test_shapes_of_the_networks_on_a_card(card, shape, name):
    """Some gradients were reported wrong on Hopper: each is compared, in both layouts, with double precision."""
    batch = 2
    case = batch, shape.channels, shape.outputs, (shape.size, shape.size), shape.kernel, *shape.geometry
    x, W, b, gy = (card.asarray(array) for array in arrays(case, 'e' if name == 'fp16' else 'f'))
    wide = [array.astype('d') for array in (x, W, gy)]
    expected = (convolution.convolve(*wide[:2], None, *shape.geometry, impl='reference'),
                convolution.input_gradient(wide[2], wide[1], x.shape[2:], *shape.geometry, impl='reference'),
                convolution.weight_gradient(wide[0], wide[2], W.shape[2:], *shape.geometry, impl='reference'))

    with using(precision=name):
        for lay in (lambda array: array, lambda array: channels_last(card, array)):
            results = three(lay(x), lay(W), None, lay(gy), *shape.geometry)
            assert all(image.transpose(0, 2, 3, 1).flags.c_contiguous for image in results[:2])
            for result, desired in zip(results, expected):
                assert error(result, desired) < TOLERANCE[name]


def channels_last(card, array):
    return card.array(array.transpose(0, 2, 3, 1), order='C').transpose(0, 3, 1, 2)


def error(result, desired) -> float:
    """Largest difference, as a share of the largest value."""
    return float(abs(result.astype('d') - desired).max() / abs(desired).max())


def test_autotuning_on_a_card(card, monkeypatch):
    monkeypatch.setenv(engine.AUTOTUNE, '1')
    x, W, b, gy = (card.asarray(array) for array in arrays((3, 24, 40, (17, 19), 3, 1, 1, 1), 'f'))
    expected = by_taps(*(array.get().astype('d') for array in (x, W, 0 * b, gy)), 1, 1, 1)
    for _ in range(2):
        for result, desired in zip(three(x, W, None, gy, 1, 1, 1), expected):
            assert error(result, card.asarray(desired)) < TOLERANCE['tf32']


def test_a_captured_graph_computes_anew(card):
    stream, pool = card.cuda.Stream(non_blocking=True), card.cuda.MemoryPool()
    # A pool, whatever SPADE_ANIME_UNPOOLED says: the graph keeps using memory that was freed during its capture.
    with stream, card.cuda.using_allocator(pool.malloc):
        x, W, b, gy = (card.asarray(array) for array in arrays((2, 16, 8, (9, 7), 3, 1, 1, 1), 'f'))
        # The memory of these is what the capture takes, as it must not ask for more.
        for _ in range(2):
            del (results := list(three(x, W, b, gy, 1, 1, 1)))[:]
        stream.begin_capture()
        results = three(x, W, b, gy, 1, 1, 1)
        graph = stream.end_capture()
        x *= 2
        graph.launch(stream)
        expected = three(x, W, b, gy, 1, 1, 1)
        stream.synchronize()
        for result, desired in zip(results, expected):
            assert error(result, desired) < 1e-6
