"""Convolutions by oneDNN against sums over taps in double precision."""
import functools
import sys
import threading
from importlib import metadata

import chainer
import convolution_cases
import numpy
import pytest
from chainer import Variable, functions
from convolution_cases import CASES, LAYOUTS, arrays, by_taps

from kernels import convolution
from kernels.convolution.onednn import plan
from kernels.convolution.onednn.constants import is_constant
from kernels.runtime.onednn import engine, primitive
from spade_anime.functions.convolution import convolution_2d

three = functools.partial(convolution_cases.three, impl='onednn')
pytestmark = pytest.mark.skipif(sys.platform == 'darwin', reason='oneDNN has no package for macOS')
# The networks' shapes, where oneDNN takes its fast implementations.
SHAPES = {'dilated': (1, 32, 40, (33, 20), 3, 1, 2, 2), 'from_colors': (2, 3, 16, (32, 32), 3, 1, 1, 1),
          'to_colors': (1, 64, 3, (40, 24), 3, 1, 1, 1), 'stride_2': (3, 64, 48, (33, 18), 4, 2, 1, 1)}


@pytest.fixture
def forgetful():
    """Plans and the library are made anew, before and after the test."""
    for cached in (engine.library, plan.plan_of):
        cached.cache_clear()
    yield
    for cached in (engine.library, plan.plan_of):
        cached.cache_clear()


@pytest.mark.parametrize('layout', LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize('case', (CASES | SHAPES).values(), ids=CASES | SHAPES)
def test_convolution_and_gradients(case, layout):
    x, W, b, gy = arrays(case, 'f')
    expected = by_taps(*(array.astype('d') for array in (x, W, b, gy)), *case[5:])
    y, gx, gW = results = three(layout(x), layout(W), b, layout(gy), *case[5:])
    for result, desired in zip(results, expected):
        assert (result.shape, result.dtype) == (desired.shape, numpy.float32)
        numpy.testing.assert_allclose(result, desired, atol=1e-5 * max(abs(desired).max(), 1))
    assert all(image.transpose(0, 2, 3, 1).flags.c_contiguous for image in (y, gx))
    assert gW.flags.c_contiguous


def test_shared_convolution():
    x, W, b, gy = arrays(CASES['odd_batch_3'], 'f')
    Ws, bs, gys = (W, -W[:1]), (b, b[:1]), (gy, 2 * gy[:, :1])
    each = [by_taps(x, W, b, gy, 1, 1, 1) for W, b, gy in zip(Ws, bs, gys)]
    ys = convolution.convolve_shared(x, Ws, bs, impl='onednn')
    gx = convolution.input_gradient_shared(gys, Ws, x.shape[2:], impl='onednn')
    gWs, gbs = convolution.weight_gradient_shared(x, gys, (3, 3), impl='onednn')
    numpy.testing.assert_allclose(gx, sum(one[1] for one in each), atol=1e-4)
    assert gx.transpose(0, 2, 3, 1).flags.c_contiguous
    for y, gW, gb, gy, (desired, _, gW_desired) in zip(ys, gWs, gbs, gys, each):
        numpy.testing.assert_allclose(y, desired, atol=1e-5)
        numpy.testing.assert_allclose(gW, gW_desired, atol=1e-4)
        numpy.testing.assert_allclose(gb, gy.sum((0, 2, 3)), atol=1e-4)


def test_second_order():
    """The gradient of the gradient's size, as the penalty takes it, in single and in double precision."""
    results = []
    for dtype in 'fd':
        x, W, b, _ = arrays((2, 3, 5, (9, 7), 4, 2, 1, 1), dtype)
        inputs = [Variable(array) for array in (x, W, b)]
        h = functions.sigmoid(convolution_2d(*inputs, 2, 1))
        gx, = chainer.grad([functions.sum(h)], inputs[:1], enable_double_backprop=True)
        functions.sum(functions.square(gx)).backward()
        results.append([variable.grad for variable in inputs])
    for single, double in zip(*results):
        numpy.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-4)


def test_what_lies_well_is_not_copied(monkeypatch):
    x, W, b, gy = (LAYOUTS['last'](array) if name in 'xy' else array
                   for name, array in zip('xwby', arrays((2, 16, 8, (9, 7), 3, 1, 1, 1), 'f')))
    seen, compute = [], plan.Plan.__call__
    monkeypatch.setattr(plan.Plan, '__call__', lambda self, given: (
        seen.append({name: array.ctypes.data for name, array in given.items()}), compute(self, given)))
    y, gx, gW = three(x, W, b, gy, 1, 1, 1)
    address = {name: array.ctypes.data for name, array in {'x': x, 'w': W, 'b': b, 'y': gy}.items()}
    assert seen == [address | {'y': y.ctypes.data}, {name: address[name] for name in 'wy'} | {'x': gx.ctypes.data},
                    {name: address[name] for name in 'xy'} | {'w': gW.ctypes.data}]


def test_weights_changed_in_place_are_seen():
    x, W, b, gy = arrays((1, 32, 32, (16, 16), 3, 1, 1, 1), 'f')
    before = three(x, W, b, gy, 1, 1, 1)
    W *= 2
    after = three(x, W, None, gy, 1, 1, 1)
    numpy.testing.assert_allclose(after[0], 2 * (before[0] - b[:, None, None]), atol=1e-4)
    numpy.testing.assert_array_equal(after[1], 2 * before[1])


def test_plans_are_made_once_a_problem(forgetful):
    x, W, b, gy = arrays(CASES['odd_batch_3'], 'f')
    for _ in range(2):
        three(x, W, b, gy, 1, 1, 1)
    assert plan.plan_of.cache_info().misses == 3
    convolution.convolve(x, W, None, 1, 1, impl='onednn')
    convolution.convolve(x[:2], W, b, 1, 1, impl='onednn')
    convolution.convolve(x, W, b, 1, 2, 2, impl='onednn')
    assert plan.plan_of.cache_info().misses == 6


def test_working_memory_that_grows_is_found_by_older_plans(forgetful):
    (x, W, *_), large = (arrays((1, channels, channels, (8, 8), 3, 1, 1, 1), 'f') for channels in (16, 64))
    before = convolution.convolve(x, W, None, 1, 1)
    first = plan.plan_of('y', 1, 16, 16, convolution.window_of((8, 8), (3, 3), 1, 1, 1), False)
    start, _ = first.places
    three(*large, 1, 1, 1)
    assert engine.library().room(0) != start
    numpy.testing.assert_array_equal(convolution.convolve(x, W, None, 1, 1), before)
    assert first.places[0] == engine.library().room(0)


def test_constant_weights_are_rearranged_once(forgetful):
    x, W, b, gy = arrays((1, 64, 64, (16, 16), 3, 1, 1, 1), 'f')
    desired = [three(x, W, b, gy, 1, 1, 1)[:2], three(x, W + 1, b, gy, 1, 1, 1)[:2]]
    made = plan.plan_of('y', 1, 64, 64, convolution.window_of((16, 16), (3, 3), 1, 1, 1), True)
    other = W + 1
    for weights in (W, other):
        weights.setflags(write=False)
    for _ in range(2):
        for weights, results in zip((W, other), desired):
            for found, result in zip(three(x, weights, b, gy, 1, 1, 1), results):
                numpy.testing.assert_array_equal(found, result)
    assert made.takes_arranged and len(made.arranged) == 2
    del weights, other
    assert len(made.arranged) == 1, 'what is kept goes with its array'


def test_views_of_what_can_be_written_are_no_constants():
    array = numpy.zeros(3, 'f')
    view = array[:2]
    view.setflags(write=False)
    assert not is_constant(view)
    array.setflags(write=False)
    assert is_constant(view)


@pytest.mark.parametrize(('size', 'expected'), [(4, 1), (64, 3)])
def test_plans_are_made_for_the_threads_that_run_them(forgetful, monkeypatch, size, expected):
    counts, library = [], engine.Library
    use_threads, make = library.use_threads, library.make
    monkeypatch.setattr(primitive, 'threads', lambda: 3)
    monkeypatch.setattr(library, 'use_threads', lambda self, count: (counts.append(count), use_threads(self, count)))
    monkeypatch.setattr(library, 'make', lambda self, name, *a: (counts.append(name), make(self, name, *a))[1])
    x, W, b, _ = arrays((1, 32, 32, (size, size), 3, 1, 1, 1), 'f')
    convolution.convolve(x, W, b, 1, 1, impl='onednn')
    # Behind the engine and the stream: before anything is made, and again for the call.
    assert counts[2] == counts[-1] == expected and counts.count(expected) == 2


def test_every_run_gives_the_same_bits(forgetful):
    """Resuming is exact only if a new process computes what the old one would have."""
    case = arrays((2, 32, 48, (33, 17), 3, 1, 1, 1), 'f')
    results = three(*case, 1, 1, 1)
    for _ in range(3):
        plan.plan_of.cache_clear()
        for first, again in zip(results, three(*case, 1, 1, 1)):
            numpy.testing.assert_array_equal(first, again)


def test_threads_that_convolve_at_once():
    cases = [arrays((1, 16, 8 * size, (size, size), 3, 1, 1, 1), 'f') for size in (8, 16, 24, 32)]
    alone, wrong = [three(*case, 1, 1, 1) for case in cases], []

    def work(case, expected):
        for _ in range(20):
            wrong.extend(not numpy.array_equal(*pair) for pair in zip(three(*case, 1, 1, 1), expected))

    workers = [threading.Thread(target=work, args=pair) for pair in zip(cases, alone)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(wrong) == 240 and not any(wrong)


@pytest.mark.parametrize('dtype', 'de')
def test_other_types_go_another_way(dtype):
    x, W, b, _ = arrays(CASES['odd_batch_3'], dtype)
    y = convolution.convolve(x, W, b, 1, 1)
    assert y.dtype == dtype and y.flags.c_contiguous
    with pytest.raises(TypeError, match=f'oneDNN convolves float32, not {y.dtype}'):
        convolution.convolve(x, W, b, 1, 1, impl='onednn')


def test_doubles_are_not_misread_where_single_precision_is_replaced(monkeypatch):
    """As a training in double precision does, which compares several processes with one."""
    x, W, b, gy = arrays(CASES['odd_batch_3'])
    monkeypatch.setattr(numpy, 'float32', numpy.float64)
    numpy.testing.assert_allclose(convolution.convolve(x, W, b, 1, 1), by_taps(x, W, b, gy, 1, 1, 1)[0], atol=1e-11)


def test_the_environment_asks_for_the_reference(monkeypatch):
    x, W, b, _ = arrays(CASES['odd_batch_3'], 'f')
    monkeypatch.setenv('SPADE_ANIME_KERNELS', 'reference')
    numpy.testing.assert_array_equal(convolution.convolve(x, W, b, 1, 1),
                                     convolution.convolve(x, W, b, 1, 1, impl='reference'))


def _not_installed(name):
    raise metadata.PackageNotFoundError(name)


def _not_loaded(path):
    raise OSError('libgomp.so.1: cannot open shared object file: No such file or directory')


@pytest.mark.parametrize(('where', 'failing', 'remedy'), [
    ((metadata, 'files'), _not_installed, 'pip install onednn-cpu-'),
    ((metadata, 'files'), lambda name: [], 'Install again: pip install onednn-cpu-'),
    ((engine.ctypes, 'CDLL'), _not_loaded, 'apt install libgomp1')])
def test_one_line_says_what_is_missing(forgetful, monkeypatch, capsys, where, failing, remedy):
    x, W, b, gy = arrays(CASES['odd_batch_3'], 'f')
    monkeypatch.setattr(*where, failing)
    for _ in range(2):
        y = convolution.convolve(x, W, b, 1, 1)
    assert y.flags.c_contiguous
    numpy.testing.assert_allclose(y, by_taps(x, W, b, gy, 1, 1, 1)[0], atol=1e-5)
    line, = capsys.readouterr().out.splitlines()
    assert remedy in line
    with pytest.raises(RuntimeError, match="impl='onednn' needs oneDNN: pip install"):
        convolution.convolve(x, W, b, 1, 1, impl='onednn')


def test_a_platform_without_a_package(forgetful, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'platform', 'darwin')
    assert not engine.is_available()
    line, = capsys.readouterr().out.splitlines()
    assert 'there is no package for darwin' in line


def test_errors_name_the_call_and_its_status():
    with pytest.raises(RuntimeError, match=r"oneDNN's dnnl_engine_create failed: invalid arguments \(status 2\)"):
        engine.library().make('dnnl_engine_create', 99, 0)


def test_settings_of_openmp_do_not_stay(monkeypatch):
    monkeypatch.setenv('TAKEN', 'own')
    monkeypatch.delenv('FREE', raising=False)
    with engine._environment({'TAKEN': '1', 'FREE': '2'}):
        assert (engine.os.environ['TAKEN'], engine.os.environ['FREE']) == ('own', '2')
    assert 'FREE' not in engine.os.environ
