"""Turn the few minutes for which a GPU machine is there into answers and rows.

    python benchmarks/visit.py first --out visit_1
    python benchmarks/visit.py second --out visit_2 --before visit_1 --cache visit_1/kernel_cache.tar.gz

The first visit asks whether everything is there and works, the second measures (docs/performance.md says what). Each
step has a time box and a process of its own, and leaves its results as it goes; none that fails stops the next. Without
a CUDA device the same steps run in small, on the CPU and on the tests' stand-ins: a rehearsal.
"""
import argparse
import ctypes
import datetime
import os
import signal
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.visits import first, keeping, second  # noqa: E402  (the checkout has to be on the path first)
from benchmarks.visits.commands import Visit  # noqa: E402
from benchmarks.visits.report import Report, any_failed  # noqa: E402
from benchmarks.visits.steps import run  # noqa: E402

VISITS = {'first': first, 'second': second}
EXAMPLE = ROOT / 'dataset' / 'example'


def parse(arguments: list | None) -> argparse.Namespace:
    """The command line; says in one line what of it cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('visit', choices=VISITS)
    parser.add_argument('--out', type=Path, required=True, help='directory of the reports, rows and archives')
    parser.add_argument('--seconds', type=float, help='for all steps together '
                        f'({", ".join(f"{name}: {visit.SECONDS}" for name, visit in VISITS.items())})')
    parser.add_argument('--cache', type=Path, help=f'{keeping.CACHE} of an earlier visit, which saves compiling')
    parser.add_argument('--before', type=Path, help='second: directory of the first visit, whose failures are repeated')
    parser.add_argument('--portraits', type=Path, default=EXAMPLE, help='second: images to train on, as '
                        'python -m spade_anime.data.portraits renders them (those of the example)')
    parser.add_argument('--rehearse', action='store_true', help='run in small, without the card')
    found = parser.parse_args(arguments)
    found.seconds = VISITS[found.visit].SECONDS if found.seconds is None else found.seconds
    found.before = found.before and found.before.resolve() / 'visit_first.json'
    try:
        found.before and keeping.report_of(found.before)
        found.cache and tarfile.open(found.cache).close()
    except (OSError, ValueError, tarfile.TarError) as error:
        parser.error(f'{error}')
    if not any(found.portraits.glob('*.png')):
        parser.error(f'--portraits {found.portraits}: no PNG files there')
    return found


def cuda_devices() -> int:
    """Number of CUDA devices by the driver alone: whether CuPy and Chainer are there is a step's question."""
    count = ctypes.c_int()
    try:
        driver = ctypes.CDLL('libcuda.so.1')
    except OSError:
        return 0
    return 0 if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)) else count.value


def visit(options: argparse.Namespace, scratch: Path) -> int:
    """Run the steps and leave what they found; the exit status is 1 where one failed."""
    gpu = not options.rehearse and cuda_devices() > 0
    if not gpu:
        print('Rehearsal without a card: small steps on the CPU and on stand-ins; their figures mean nothing.')
    if options.visit == 'second' and options.portraits == EXAMPLE:
        print("The training takes the example's portraits: --portraits names others.")
    plan = Visit(options.out.resolve(), scratch, gpu, options.before, options.portraits.resolve())
    cache = scratch / 'kernel_cache'
    cache.mkdir()
    if options.cache:
        keeping.open_cache(options.cache, cache)
    os.environ['CUPY_CACHE_DIR'] = str(cache)
    report = Report(plan, f'visit_{options.visit}', {'date': datetime.date.today().isoformat(), 'rehearsal': not gpu})
    try:
        run(VISITS[options.visit].groups(plan), options.seconds, plan.out, ROOT, report.add)
    finally:
        keeping.keep_cache(cache, plan.out)
        if options.visit == 'second':
            print(keeping.keep_run(plan.run, plan.out))
        report.close()
    return int(any_failed(report.results))


def main(arguments: list | None = None) -> int:
    """Make the visit; a signal ends it early, with all that was found."""
    options = parse(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('ended by SIGTERM'))
    with tempfile.TemporaryDirectory(prefix='visit_') as scratch:
        return visit(options, Path(scratch))


if __name__ == '__main__':
    sys.exit(main())
