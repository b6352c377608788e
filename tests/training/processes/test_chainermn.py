"""What ChainerMN needs on CuPy 14: its kernels that pack gradients compile, for GPUs that are not there."""
import os

import chainer
import pytest

pytest.importorskip('mpi4py', reason='mpi4py is not installed')
pytest.importorskip('cupy', reason='CuPy is not installed')
pytest.importorskip('cupy_backends.cuda.libs.nvrtc', reason='CuPy has no NVRTC')

from kernels.runtime.launching import CompileError  # noqa: E402
from kernels.runtime.nvrtc import compile_text  # noqa: E402
from spade_anime._compat import import_chainermn  # noqa: E402

KERNELS = 'cupy_batched_pack_params', 'cupy_batched_unpack_params'


@pytest.fixture
def sources(monkeypatch):
    """Texts of the kernels as ChainerMN has them compiled."""
    import_chainermn()
    from chainermn.communicators import _memory_utility
    texts = {}
    monkeypatch.setattr(chainer.cuda, 'raw', lambda code, name, *_, **__: texts.update({name: code}))
    for name in KERNELS:
        getattr(_memory_utility, f'_{name}')()
    return texts


@pytest.mark.parametrize('name', KERNELS)
def test_packing_compiles(sources, name):
    assert compile_text(sources[name], f'{name}.cu', '90')


@pytest.mark.parametrize('name', KERNELS)
def test_packing_does_not_compile_as_it_comes(sources, name):
    """Else the patch could go."""
    text = sources[name].removeprefix('#include <cuda_fp16.h>\n')
    assert text != sources[name]
    with pytest.raises(CompileError, match='half'):
        compile_text(text, f'{name}.cu', '90')


def test_mpi_says_nothing_of_its_own_when_it_aborts():
    import_chainermn()
    assert os.environ['MPIR_CVAR_SUPPRESS_ABORT_MESSAGE'] == '1'
