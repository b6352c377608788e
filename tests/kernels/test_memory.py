"""Keeping freed memory must be harmless wherever it is asked for."""
import ctypes
import platform

import pytest

from kernels import _memory


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='another C library')
def test_glibc_keeps_it():
    assert _memory.keep_freed_memory()


@pytest.mark.parametrize('error', [AttributeError, OSError, TypeError])
def test_other_systems_go_without(monkeypatch, error):
    def fail(_):
        raise error

    monkeypatch.setattr(ctypes, 'CDLL', fail)
    assert not _memory.keep_freed_memory()
