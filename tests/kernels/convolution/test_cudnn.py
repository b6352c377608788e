"""Convolutions by cuDNN's stand-in, against sums over taps in double precision."""
import contextlib

import numpy
import pytest
from convolution_cases import CASES, LAYOUTS, arrays, by_taps, three
from cudnn_stand_in import FrontEnd, Runtime

from kernels import convolution
from kernels.convolution.cudnn import engine
from kernels.runtime.machine import using

# Halves are drawn as such, so what is left is the rounding of the result.
TOLERANCE = {'f': 2e-6, 'e': 2e-3}


@pytest.fixture
def front():
    runtime = Runtime()
    front = FrontEnd(runtime)
    with engine.use(front, runtime):
        yield front
    runtime.check()


@pytest.mark.parametrize('case', CASES.values(), ids=CASES)
@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('layout', LAYOUTS.values(), ids=LAYOUTS)
def test_convolution_and_gradients(front, case, dtype, layout):
    x, W, b, gy = arrays(case, dtype)
    expected = by_taps(*(array.astype('d') for array in (x, W, b, gy)), *case[5:])
    results = three(layout(x), layout(W), b, layout(gy), *case[5:])
    for result, desired in zip(results, expected):
        assert (result.shape, result.dtype) == (desired.shape, dtype)
        tolerance = TOLERANCE[dtype] * max(abs(desired).max(), 1)
        numpy.testing.assert_allclose(result.astype('d'), desired, atol=tolerance)
    y, gx, gW = results
    assert all(image.transpose(0, 2, 3, 1).flags.c_contiguous for image in (y, gx))
    assert gW.flags.c_contiguous


@pytest.mark.parametrize('layout', ['first', 'last'])
def test_what_lies_well_is_not_copied(front, layout, monkeypatch):
    x, W, b, gy = (LAYOUTS[layout](array) if array.ndim == 4 else array
                   for array in arrays((2, 16, 8, (9, 7), 3, 1, 1, 1), 'e'))
    seen = []
    execute = engine.Device.execute
    monkeypatch.setattr(engine.Device, 'execute', lambda self, problem, addresses: (
        seen.append(addresses), execute(self, problem, addresses)))
    three(x, W, b, gy, 1, 1, 1)
    own = {'x': x.ctypes.data, 'w': W.ctypes.data, 'y': gy.ctypes.data}
    for addresses, made in zip(seen, 'yxw'):
        assert {name: addresses[name] for name in own if name != made} == {
            name: own[name] for name in own if name != made}


def test_shared_convolution(front):
    x, W, b, gy = arrays(CASES['odd_batch_3'], 'f')
    Ws, bs, gys = (W, -W[:1]), (b, b[:1]), (gy, 2 * gy[:, :1])
    each = [by_taps(x, W, b, gy, 1, 1, 1) for W, b, gy in zip(Ws, bs, gys)]
    ys = convolution.convolve_shared(x, Ws, bs, impl='cudnn')
    gx = convolution.input_gradient_shared(gys, Ws, x.shape[2:], impl='cudnn')
    gWs, gbs = convolution.weight_gradient_shared(x, gys, (3, 3), impl='cudnn')
    numpy.testing.assert_allclose(gx, sum(one[1] for one in each), atol=1e-4)
    for y, gW, gb, gy, (desired, _, gW_desired) in zip(ys, gWs, gbs, gys, each):
        numpy.testing.assert_allclose(y, desired, atol=1e-5)
        numpy.testing.assert_allclose(gW, gW_desired, atol=1e-4)
        numpy.testing.assert_allclose(gb, gy.sum((0, 2, 3)), atol=1e-4)


def test_plans_are_made_once_a_problem(front):
    x, W, b, gy = arrays(CASES['odd_batch_3'], 'f')
    for _ in range(2):
        three(x, W, b, gy, 1, 1, 1)
        assert len(front.graphs) == 3
    convolution.convolve(LAYOUTS['last'](x), W, None, 1, 1, 1, impl='cudnn')
    convolution.convolve(x[:2], W, None, 1, 1, 1, impl='cudnn')
    convolution.convolve(x, W, None, 1, 2, 2, impl='cudnn')
    assert len(front.graphs) == 6
    with using(precision='fp32'):
        convolution.convolve(x, W, None, 1, 1, 1, impl='cudnn')
        convolution.convolve(x.astype('e'), W.astype('e'), None, 1, 1, 1, impl='cudnn')
    assert [graph.notes for graph in front.graphs] == [[]] * 6 + [['TENSOR_CORE'], []]
    assert len(front.executed) == 11


def test_the_current_stream_is_used(front):
    x, W, _, _ = arrays(CASES['odd_batch_3'], 'f')
    for stream in (7, 11, 7):
        front.runtime.current = stream
        convolution.convolve(x, W, impl='cudnn')
        assert front.stream == stream


def test_a_capture_takes_what_ran_before_it(front):
    x, W, b, gy = arrays(CASES['odd_batch_3'], 'f')
    with pytest.raises(RuntimeError, match='no plan yet; inside a capture'), capturing(front):
        convolution.convolve(x, W, impl='cudnn')
    three(x, W, b, gy, 1, 1, 1)
    with capturing(front):
        three(x, W, b, gy, 1, 1, 1)
    captured = front.executed[-1][2]
    with pytest.raises(RuntimeError, match='bytes, .* are needed; inside a capture'), capturing(front):
        engine.device().reserve(engine.device().size + 1)
    # The workspace that the capture used stays as it is, and belongs to nobody else.
    for outputs in (50, 90):
        three(*arrays((1, 6, outputs, (5, 5), 3, 1, 1, 1), 'f'), 1, 1, 1)
        assert front.executed[-1][2] != captured
        assert [memory.ctypes.data for memory in engine.device()._kept] == [captured]


@contextlib.contextmanager
def capturing(front):
    front.runtime.capturing = True
    try:
        yield
    finally:
        front.runtime.capturing = False


def test_autotuning_takes_the_fastest_that_fits(front, monkeypatch):
    monkeypatch.setenv(engine.AUTOTUNE, '1')
    x, W, b, gy = arrays(CASES['odd_batch_3'], 'f')
    for _ in range(2):
        result = convolution.convolve(x, W, None, 1, 1, 1, impl='cudnn')
        numpy.testing.assert_allclose(result, by_taps(x, W, 0 * b, gy, 1, 1, 1)[0], atol=1e-5)
        assert front.executed[-1][1] == 3
    # Four turns of each that could be built and wanted little room, and the two results.
    assert [index for _, index, _ in front.executed] == [0] * 4 + [3] * 6


def test_errors_name_what_was_found(front):
    x, W, b, _ = arrays(CASES['odd_batch_3'], 'f')
    front.largest = 5
    with pytest.raises(RuntimeError, match='cuDNN has no plan for .*too large for any engine'):
        convolution.convolve(x, W, impl='cudnn')
    with pytest.raises(TypeError, match='one type, not float32 and float16'):
        convolution.convolve(x, W.astype('e'), impl='cudnn')
    with pytest.raises(TypeError, match="impl='cudnn' takes float32 or float16, not float64"):
        convolution.convolve(x.astype('d'), W.astype('d'), impl='cudnn')


def test_one_line_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(__import__('sys').modules, 'cudnn', None)
    engine._front_end.cache_clear()
    try:
        assert not engine.is_available()
        assert not engine.is_available()
        reason = engine.missing()
    finally:
        engine._front_end.cache_clear()
    line, = capsys.readouterr().out.splitlines()
    assert "pip install '.[cuda13,cudnn]'" in line and 'ModuleNotFoundError' in line
    # The GPU tests skip with it.
    assert line == reason
