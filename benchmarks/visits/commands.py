"""Command lines of a visit's steps: on a card, or small ones for a rehearsal without one."""
import importlib.util
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.visits.steps import Step

ROOT = Path(__file__).parents[2]
TESTS, STEPS, KERNELS = 'tests.csv', 'train_step.csv', 'kernels.csv'
"""Rows that steps add to, in the visit's folder."""

REAL_SIZES = 'tests/kernels/test_real_sizes.py'
SMALL_TESTS = 'tests/kernels/leaky_relu/test_cuda.py', 'tests/kernels/matmul/test_cublas.py'
SANITIZERS = {'memcheck': ('--padding', '512'), 'racecheck': ()}
"""Options of each tool: memcheck sees an overrun into a gap alone."""

ENOUGH = '1000000'
"""Iterations of a training that its time box ends."""


@dataclass(frozen=True)
class Visit:
    """What a visit's steps are made from.

    Args:
        out: where rows and logs go.
        scratch: for what is large or many files: it is gone after the visit.
        gpu: whether there is a card; else the steps are small and rehearse it.
        before: report of the first visit, for the second one.
        portraits: images to train on.
    """

    out: Path
    scratch: Path
    gpu: bool
    before: Path | None = None
    portraits: Path = ROOT / 'dataset' / 'example'

    @property
    def run(self) -> Path:
        """Folder of the training."""
        return self.scratch / 'trained'

    def python(self, *arguments: str) -> tuple[str, ...]:
        """A command of this Python."""
        return sys.executable, *arguments

    def probe(self, name: str, seconds: float) -> Step:
        """One of benchmarks/visits/probes.py."""
        return Step(name, self.python('-m', 'benchmarks.visits.probes', name), seconds)

    def presence(self) -> Step:
        """What is there; nothing is worth its time without what has to be."""
        flags = [] if self.gpu else ['--rehearse']
        return Step('presence', self.python('-m', 'benchmarks.visits.presence', *flags), 30, required=True)

    def tests(self, name: str, paths: tuple, seconds: float, workers: int = 0, ignore: tuple = (),
              small: tuple = ()) -> Step:
        """Tests that need a card; a rehearsal has them skip, or runs all of the files ``small`` instead."""
        rehearsed = bool(small) and not self.gpu
        paths = small if rehearsed else paths
        if absent := [path for path in paths if not (ROOT / path).exists()]:
            return Step(name, (), seconds, missing=f'no {", ".join(absent)}')
        flags = [f'--ignore={path}' for path in ignore]
        if workers and importlib.util.find_spec('xdist'):
            flags += ['-n', str(workers if self.gpu else 2)]
        if importlib.util.find_spec('pytest_timeout'):
            # A kernel that never ends holds its process beyond a signal's reach.
            flags += ['--timeout', '60', '--timeout-method', 'thread']
        if self.before:
            flags += ['--not_passed_in', str(self.before)]
        return Step(name, self.python(
            '-m', 'pytest', '-q', *([] if rehearsed else ['-m', 'gpu']), '-p', 'no:cacheprovider',
            '-p', 'benchmarks.visits.recorder', '--record', str(self.out / TESTS), '--step', name, *flags,
            *paths), seconds)

    def sanitized(self, tool: str, op: str, seconds: float) -> Step:
        """Tests of an op's kernels under compute-sanitizer; for memcheck each array is an allocation of its own."""
        name = f'{tool}_{op}'
        step = replace(self, before=None).tests(name, (f'tests/kernels/{op}/test_cuda.py',), seconds,
                                                small=SMALL_TESTS[:1])
        found = shutil.which('compute-sanitizer')
        prefix = (found, '--tool', tool, *SANITIZERS[tool], '--error-exitcode', '1') if found and self.gpu else ()
        missing = 'compute-sanitizer is not installed' if self.gpu and not found else step.missing
        return replace(step, command=(*prefix, *step.command), missing=missing,
                       environment={'SPADE_ANIME_UNPOOLED': '1'} if tool == 'memcheck' else {})

    def train_step(self, name: str, sides: tuple, batch: int, precision: str, seconds: float, least: float = 20,
                   repeats: int = 3) -> Step:
        """Whole steps; in a rehearsal those of small networks on the CPU."""
        flags = ['--sides', *sides, '--batch_size', str(batch), '--precision', precision, '--repeats', str(repeats)]
        if not self.gpu:
            flags = ['--sides', *dict.fromkeys('pytorch' if side == 'pytorch' else 'chainer' for side in sides),
                     '--batch_size', str(min(batch, 2)), '--precision', 'fp32', '--repeats', '1', '--image_size', '64',
                     '--ngf', '4']
        return Step(name, self.python('benchmarks/train_step.py', *flags, '--out', str(self.out / STEPS)), seconds,
                    least, shows=rf'iteration +{sides[0] if self.gpu else "chainer"} ')

    def kernel_benchmark(self, seconds: float) -> Step:
        """Every kernel beside its composed form and PyTorch, nothing compiled by torch.compile."""
        flags = ['--batch', '8', '--repeats', '10']
        if not self.gpu:
            flags = ['--batch', '1', '--repeats', '1', '--only', 'leaky']
        return Step('kernel_benchmark', self.python('kernels/benchmark.py', *flags, '--sides', 'kernel', 'composed',
                                                    'pytorch', '--out', str(self.out / KERNELS)), seconds, least=20)

    def training(self, least: float) -> Step:
        """The full preset until the time is over; the signal at its end has the training save what it has learnt."""
        size = ['--device', 'cuda', '--preset', 'full', '--batch_size', '8', '--workers', '8',
                '--sample_interval', '100', '--max_iteration', ENOUGH]
        if not self.gpu:
            size = ['--device', 'cpu', '--preset', 'tiny', '--ngf', '4', '--ndf', '4', '--workers', '0',
                    '--sample_interval', '2', '--max_iteration', '3']
        folders = ['--dataset_dir', str(self.portraits), '--out_dir', str(self.run)]
        rules = ['--snapshot_interval', ENOUGH, '--snap_interval_epoch', '0', '--lr_poly_train_period', '1']
        return Step('training', self.python('train.py', *size, *folders, *rules), seconds=3600, least=least, grace=20)
