"""Keeping freed memory must be harmless wherever it is asked for; on a GPU each array may have an allocation."""
import ctypes
import platform
import sys
from types import SimpleNamespace

import pytest

from kernels.runtime import memory
from spade_anime.devices import choose_device
from spade_anime.errors import InputError


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='another C library')
def test_glibc_keeps_it():
    assert memory.keep_freed_memory()


@pytest.mark.parametrize('error', [AttributeError, OSError, TypeError])
def test_other_systems_go_without(monkeypatch, error):
    def fail(_):
        raise error

    monkeypatch.setattr(ctypes, 'CDLL', fail)
    assert not memory.keep_freed_memory()


@pytest.fixture
def allocators(monkeypatch):
    """What CuPy's stand-in is given as allocators."""
    chosen = {}
    cuda = SimpleNamespace(set_allocator=lambda allocator: chosen.update(device=allocator),
                           set_pinned_memory_allocator=lambda allocator: chosen.update(pinned=allocator))
    monkeypatch.setitem(sys.modules, 'cupy', SimpleNamespace(cuda=cuda))
    memory.choose_gpu_memory.cache_clear()
    yield chosen
    memory.choose_gpu_memory.cache_clear()


def test_arrays_are_pooled_unless_asked_otherwise(allocators, monkeypatch, capsys):
    monkeypatch.delenv(memory.UNPOOLED, raising=False)
    memory.choose_gpu_memory()
    assert allocators == {} and capsys.readouterr().out == ''


def test_each_array_may_be_an_allocation_of_its_own(allocators, monkeypatch, capsys):
    monkeypatch.setenv(memory.UNPOOLED, '1')
    memory.choose_gpu_memory()
    memory.choose_gpu_memory()
    assert allocators == {'device': None, 'pinned': None}
    line, = capsys.readouterr().out.splitlines()
    assert memory.UNPOOLED in line


def test_another_value_is_refused(allocators, monkeypatch):
    monkeypatch.setenv(memory.UNPOOLED, 'yes')
    with pytest.raises(ValueError, match="SPADE_ANIME_UNPOOLED is 'yes'; it may be '1' or empty"):
        memory.choose_gpu_memory()


def test_a_wrong_value_is_an_error_in_one_line(allocators, monkeypatch):
    monkeypatch.setattr('spade_anime.devices.cuda_devices', lambda: 1)
    monkeypatch.setenv(memory.UNPOOLED, 'yes')
    with pytest.raises(InputError, match=memory.UNPOOLED):
        choose_device('cuda')


@pytest.mark.parametrize('wanted, devices, asked', [('auto', 1, 1), ('cuda', 1, 1), ('cpu', 1, 0), ('auto', 0, 0)])
def test_it_is_chosen_with_the_device(monkeypatch, wanted, devices, asked):
    calls = []
    monkeypatch.setattr('spade_anime.devices.cuda_devices', lambda: devices)
    monkeypatch.setattr('spade_anime.devices.choose_gpu_memory', lambda: calls.append(1))
    monkeypatch.setattr('spade_anime.devices.chainer', SimpleNamespace(
        get_device=lambda name: SimpleNamespace(name=name, use=lambda: None)))
    assert choose_device(wanted, 0).name == ('@cupy:0' if asked else '@numpy')
    assert len(calls) == asked
