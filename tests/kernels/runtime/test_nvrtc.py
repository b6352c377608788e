"""Every kernel compiles for every architecture and type it is made for, on a machine without a GPU."""
import re
from pathlib import Path

import pytest

from kernels.runtime import nvrtc, report, sources
from kernels.runtime.launching import CompileError

cupy = pytest.importorskip('cupy', reason='NVRTC comes with the extra test')
from cupy_elementwise import elementwise_source  # noqa: E402

VARIANTS = nvrtc.all_variants()
SHARED_TEXTS = Path(__file__).parents[2] / 'emulator'
# Static shared memory that every architecture gives a block.
MAX_SHARED = 48 << 10


# sm_86 and sm_89 have the same instructions for what these kernels do: all variants are compiled for one of them.
ALIKE = '86', '89'
ARCHITECTURES = [architecture for architecture in nvrtc.ARCHITECTURES if architecture != ALIKE[1]]
ONE_OF_EACH_FILE = list({variant.path: variant for variant in VARIANTS}.values())


@pytest.fixture(scope='module')
def usages():
    return nvrtc.usage_table(VARIANTS, ARCHITECTURES)


@pytest.mark.parametrize('variant', VARIANTS, ids=lambda variant: variant.name)
def test_compiles_without_spills(usages, variant):
    for architecture in ARCHITECTURES:
        found = usages[variant, architecture]
        assert set(found) == set(variant.functions)
        for function, usage in found.items():
            assert usage.spills == usage.stack == 0, (function, architecture, usage)
            assert usage.registers <= 255 and usage.shared <= MAX_SHARED


@pytest.mark.parametrize('variant', ONE_OF_EACH_FILE, ids=lambda variant: variant.name)
def test_a_kernel_takes_the_same_on_both_that_are_alike(usages, variant):
    text = sources.source(*variant)
    assert '__CUDA_ARCH__' not in text and nvrtc.usages(text, variant.name, ALIKE[1]) == usages[variant, ALIKE[0]]


def test_the_shared_parts_compile():
    variant = nvrtc.Variant(SHARED_TEXTS / 'common.cu', ())
    for found in nvrtc.usage_table([variant]).values():
        assert set(found) == set(variant.functions)
        assert all(usage.spills == 0 for usage in found.values())
        assert found['reductions'].shared > 0 == found['random_normals'].shared


def test_packs_move_16_bytes():
    text = sources.source(sources.files()['leaky_relu'], (('T', 'float16'),))
    ptx = bytes(nvrtc.compile_text(text, 'leaky_relu.cu', '90', ptx=True)[0]).decode()
    assert re.search(r'ld\.global\.(nc\.)?v4\.(b|u)32', ptx) and re.search(r'st\.global\.v4\.(b|u)32', ptx)


def test_nvrtc_gets_the_options_that_cupy_passes(monkeypatch):
    """Without --device-as-default-execution-space NVRTC 13.0.88 refuses batch_norm_act.cu, which CuPy compiles."""
    passed = []
    monkeypatch.setattr('cupy_backends.cuda.libs.nvrtc.compileProgram', lambda _, options: passed.extend(options))
    monkeypatch.setattr('cupy_backends.cuda.libs.nvrtc.getPTX', lambda _: b'')
    monkeypatch.setattr('cupy_backends.cuda.libs.nvrtc.getProgramLog', lambda _: '')
    nvrtc.compile_text('', 'empty.cu', '90', ptx=True)
    assert {'--std=c++17', '-ftz=true', '--device-as-default-execution-space'} <= set(passed)
    assert [option for option in passed if option.startswith('-arch')] == ['-arch=compute_90']
    assert sum('/cupy/_core/include' in option for option in passed) > 1


def test_a_text_that_does_not_compile_is_an_error():
    with pytest.raises(CompileError, match=r'bad.cu for sm_90 does not compile: bad.cu\(1\): error: .*"nothing"'):
        nvrtc.compile_text('__global__ void bad(int* y) { y[0] = nothing; }', 'bad.cu', '90')


def test_the_table_in_the_docs_has_every_kernel():
    assert report.written_rows(report.PAGE.read_text()) == report.rows(VARIANTS), 'run python -m kernels.runtime.report'


@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('ndim', [1, 4])
def test_cupys_elementwise_kernels_compile(dtype, ndim):
    kernel = cupy.ElementwiseKernel('T x, float32 slope', 'T y', 'y = x > T(0) ? x : T(x * slope)', 'leaky')
    text = elementwise_source(kernel, {'x': dtype, 'slope': 'f', 'y': dtype}, scalars=['slope'], ndim=ndim)
    assert 'leaky' in nvrtc.usages(text, 'leaky', '90')


def test_all_elementwise_kernels_are_known_here():
    """Own kernels are .cu files so far; one made by CuPy's generator belongs into the test above."""
    for path in sources.KERNELS.rglob('*.py'):
        assert 'ElementwiseKernel(' not in path.read_text()
