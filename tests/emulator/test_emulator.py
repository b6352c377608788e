"""The emulator itself, and that it and the sanitizers find what is planted."""
from pathlib import Path

import numpy
import pytest
from cuda_emulator import Emulator, LaunchError
from sanitized_launch import SanitizerError

from kernels.runtime.launching import kernel, use

HERE = Path(__file__).parent
N = 64
pytestmark = pytest.mark.skipif(Emulator.missing() is not None, reason=Emulator.missing() or '')


def run(file, function, *args, sanitizer=None, grid=1, block=N, shared_mem=0):
    with use(Emulator(sanitizer)):
        kernel(HERE / f'{file}.cu', function)((grid,), (block,), args, shared_mem=shared_mem)
    return args[0]


def numbers(count=N):
    return numpy.arange(count, dtype='f')


@pytest.mark.parametrize('sanitizer', [None, 'address', 'thread'])
def test_what_is_right_passes(sanitizer):
    numpy.testing.assert_array_equal(run('race', 'reverse', numbers(), sanitizer=sanitizer), numbers()[::-1])
    result = run('bounds', 'increment', numbers(N - 1), numpy.int32(N - 1), sanitizer=sanitizer)
    numpy.testing.assert_array_equal(result, numbers(N - 1) + 1)


def test_the_planted_race_is_found():
    with pytest.raises(SanitizerError, match='data race.*race.cu:1[12]'):
        run('race', 'reverse_racing', numbers(), sanitizer='thread')


def test_the_planted_access_out_of_bounds_is_found():
    with pytest.raises(SanitizerError, match='heap-buffer-overflow.*bounds.cu:7'):
        run('bounds', 'increment_beyond', numbers(N - 1), numpy.int32(N - 1), sanitizer='address')


def test_a_view_is_bounded_by_itself():
    base = numbers(N + 8)
    with pytest.raises(SanitizerError, match='heap-buffer-overflow'):
        run('bounds', 'increment_beyond', base[4:4 + N - 1], numpy.int32(N - 1), sanitizer='address')


def test_a_pack_that_is_not_aligned_is_found():
    base = numbers(N + 4)
    base = base[-base.ctypes.data // 4 % 4:][:N]
    run('bounds', 'increment_pack', base, numpy.int32(N), sanitizer='address')
    with pytest.raises(SanitizerError, match='misaligned'):
        run('bounds', 'increment_pack', base[1:], numpy.int32(N - 4), sanitizer='address')


@pytest.mark.parametrize('function', ['half_a_block', 'half_a_warp'])
def test_barriers_are_for_all_threads(function):
    with pytest.raises(LaunchError, match='barrier that not every thread reaches'):
        run('barrier', function, numbers())


def test_arrays_that_overlap_stay_one_memory():
    base = numbers(2 * N)
    with use(Emulator('address')):
        kernel(HERE / 'common.cu', 'last_in_block')((1,), (N,), (base[N // 2:][:N], base[:N]), shared_mem=4 * N)
    numpy.testing.assert_array_equal(base[:N], [numbers(2 * N)[N // 2 + N - 1]] * N)
    numpy.testing.assert_array_equal(base[N:], numbers(2 * N)[N:])


def test_dynamic_shared_memory():
    y = numpy.empty(2 * N, 'f')
    run('common', 'last_in_block', numbers(2 * N), y, grid=2, shared_mem=4 * N)
    numpy.testing.assert_array_equal(y, numpy.repeat([N - 1, 2 * N - 1], N))


@pytest.mark.parametrize('args, message', [
    ((numbers(),), 'has 2 parameters; 1 arguments'),
    ((numbers(), numpy.int64(1)), 'parameter 1 is i4; the argument is i8'),
    ((numbers(), 1), 'parameter 1 is i4; the argument is i8'),
    ((numbers().astype('d'), numpy.int32(1)), r'parameter 0 is \*f4; the argument is \*f8'),
])
def test_arguments_have_the_parameters_types(args, message):
    with pytest.raises(LaunchError, match=message):
        run('bounds', 'increment', *args)


def test_blocks_are_whole_warps():
    with pytest.raises(LaunchError, match='whole warps'):
        run('race', 'reverse', numbers(), block=40)
