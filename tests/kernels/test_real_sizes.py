"""Every kernel at the sizes that training launches, with its real grids, against the composed form in double precision.

The other tests cap a launch at two blocks. Here nothing is capped: in the emulator at batch 1, on a card at the batches
of the benchmark.
"""
import numpy
import pytest

from kernels.benchmark import all_cases, timed_ops
from kernels.convolution.cudnn import engine
from kernels.runtime import launching
from kernels.runtime.machine import choose

# Share of a result's largest value: sums of up to 5 * 10^5 terms in float32; rounding to half, on the way too.
TOLERANCE = {'f': 5e-5, 'e': 4e-3}
# Images are what comes in two layouts; cuDNN's, which lie channels-last here, do in convolution/test_cudnn_gpu.py.
WITHOUT_IMAGES = {'adam', 'attention', 'convolution', 'matmul', 'noise', 'spectral_norm'}
# A half parameter is a copy that Adam writes (adam/test_cuda.py); noise is float32.
WITHOUT_HALF = {'adam', 'noise'}
COMBINATIONS = [(name, dtype, channels_last) for name in timed_ops()
                for dtype in 'fe' if dtype == 'f' or name not in WITHOUT_HALF
                for channels_last in (False, True) if not channels_last or name not in WITHOUT_IMAGES]
# The emulator takes seconds for each: every line of these tests, but not both types in both layouts. NumPy's
# convolution is none that training runs in half.
IN_EMULATOR = [(name, dtype, channels_last) for name, dtype, channels_last in COMBINATIONS
               if (name in WITHOUT_IMAGES or channels_last == (dtype == 'e')) and (name, dtype) != ('convolution', 'e')]
CASES = [*(('emulator', *combination) for combination in IN_EMULATOR),
         *(pytest.param('gpu', *combination, marks=pytest.mark.gpu) for combination in COMBINATIONS)]


def is_vector(array) -> bool:
    """Whether it has one number a channel, or one in all: such arrays are float32 whatever the images are."""
    return array.ndim != 2 and array.size == max(array.shape, default=1)


def typed(array, dtype):
    """An array of a case as it is with images of this type."""
    return array.astype(dtype) if array.dtype == 'f' and not is_vector(array) else array


def laid(device, array, channels_last):
    """On the device, images in this layout; a copy, as some cases update in place."""
    if channels_last and array.ndim == 4 and not is_vector(array):
        return device.array(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    return device.array(array)


def flattened(results) -> list:
    """The arrays in nested tuples and lists, without None."""
    if isinstance(results, tuple | list):
        return [array for result in results for array in flattened(result)]
    return [] if results is None else [results]


def errors(actual, desired) -> list[float]:
    """Largest difference of each pair of arrays as a share of the largest value; integers have to be equal."""
    found = []
    assert len(actual) == len(desired)
    for array, expected in zip(actual, desired):
        assert array.shape == expected.shape
        difference = abs(array.astype('d') - expected)
        scale = float(abs(expected).max()) if expected.dtype.kind == 'f' else 1e-9
        found.append(float(difference.max()) / max(scale, 1e-9))
    return found


@pytest.mark.parametrize('uncapped_device, name, dtype, channels_last', CASES, indirect=['uncapped_device'])
def test_agrees_with_the_composed_form(uncapped_device, name, dtype, channels_last):
    device = uncapped_device
    if device.on_gpu and name == 'convolution' and engine.missing():
        pytest.skip(engine.missing())
    # Factors rounded to TF32 have tests of their own.
    choose(precision='fp32')
    # On a card what training calls; a convolution of NumPy arrays runs in its CPU form.
    impl = None if device.on_gpu or name == 'convolution' else 'cuda'
    for batch, case in all_cases([1, 8] if device.on_gpu else [1], name):
        given = [typed(array, dtype) for array in case.arrays]
        arrays = [laid(device, array, channels_last) for array in given]
        wide = [device.array(array.astype('d') if array.dtype.kind == 'f' else array) for array in given]
        actual = flattened([case.run(arrays, impl), arrays])
        desired = flattened([case.run(wide, 'reference'), wide])
        worst = max(errors(actual, desired))
        assert worst <= TOLERANCE[dtype], f'batch {batch}, {case.op} {case.size}: {worst:.1e}'


def test_nothing_is_capped(uncapped_device):
    assert launching.blocks(1 << 40) == launching.MAX_BLOCKS


def test_a_wrong_number_is_found():
    right = [numpy.ones(3), numpy.arange(3)]
    assert max(errors([numpy.ones(3, 'f'), numpy.arange(3)], right)) == 0
    assert errors([numpy.array([1, 1, 1.001], 'f'), numpy.array([0, 1, 3])], right)[0] > TOLERANCE['f']
    assert errors([numpy.ones(3, 'f'), numpy.array([0, 1, 3])], right)[1] > TOLERANCE['e']
    assert not errors([numpy.array([1, 1, numpy.nan], 'f')], right[:1])[0] <= TOLERANCE['e']
