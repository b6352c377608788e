"""Probes that train: two trainings that have to leave the same weights."""
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy

from spade_anime.devices import cuda_devices

ROOT = Path(__file__).parents[2]
SMALL = ('--preset', 'tiny', '--ngf', '4', '--ndf', '8', '--spade_ch', '8', '--batch_size', '2', '--precision', 'fp32',
         '--lr_poly_train_period', '1', '--reuse_fake', 'false', '--snapshot_interval', '4', '--workers', '0',
         '--dataset_dir', str(ROOT / 'dataset' / 'example'))
ALLOWED = 0.1
"""Share of the distance trained by which weights may differ: sums in another order change the sign of tiny gradients,
and with it a whole step of Adam. A batch, a noise or a penalty that is not the same makes several times that."""


def captured_as_eager(iterations: int = 12) -> str:
    """A small SPADE trained by captured iterations and by eager ones."""
    with tempfile.TemporaryDirectory() as folder:
        captured, eager = Path(folder) / 'captured', Path(folder) / 'eager'
        wait(begin(captured, iterations, *SMALL), begin(eager, iterations, *SMALL, '--no_graph'))
        return differences(captured, eager, iterations)


def resumed_as_straight(first: int = 8, iterations: int = 16) -> str:
    """A training stopped after ``first`` iterations and resumed, whose next penalty is due after the warm-up.

    Only a process that has not seen a penalty shows whether the captured one finds what it needs.
    """
    flags = *SMALL, '--gp_interval', str(iterations - 2)
    with tempfile.TemporaryDirectory() as folder:
        straight, stopped = Path(folder) / 'straight', Path(folder) / 'stopped'
        wait(begin(straight, iterations, *flags), begin(stopped, first, *flags))
        wait(begin(stopped, iterations, '--resume'))
        return differences(straight, stopped, iterations)


def begin(out: Path, iterations: int, *flags: str) -> subprocess.Popen:
    """Start a training in a process of its own."""
    device = 'cuda' if cuda_devices() else 'cpu'
    return subprocess.Popen([sys.executable, str(ROOT / 'train.py'), *flags, '--device', device, '--max_iteration',
                             str(iterations), '--out_dir', str(out)])


def wait(*trainings: subprocess.Popen) -> None:
    """Wait for them; exit status 1 where one failed."""
    codes = [training.wait() for training in trainings]
    if any(codes):
        sys.exit('a training failed')


def differences(one: Path, other: Path, iterations: int) -> str:
    """By how much the networks of two runs differ, in words; exit status 1 where that is too much.

    The mean difference of all weights, as a share of the mean distance that they went since iteration 4.
    """
    lines = []
    for name in ('gen', 'dis'):
        begin, end, twin = (weights(run, name, iteration) for run, iteration in
                            ((one, 4), (one, iterations), (other, iterations)))
        share = float(abs(end - twin).mean() / abs(end - begin).mean())
        lines.append(f'{name} differs by {100 * share:.2g} % of the distance trained')
        if not share <= ALLOWED:
            sys.exit(f'{lines[-1]}; {100 * ALLOWED:.0f} % is allowed')
    return '; '.join(lines)


def weights(run: Path, name: str, iteration: int) -> numpy.ndarray:
    """All weights of a snapshot in one array."""
    with numpy.load(run / 'snapshots' / f'{name}_{iteration:08}.npz') as file:
        return numpy.concatenate([file[key].ravel() for key in sorted(file.files)])
