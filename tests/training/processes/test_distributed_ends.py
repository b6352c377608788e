"""All processes end when one does, without hanging, and one line says why."""
import json

import numpy
import pytest
from mpi_launch import launch
from tiny_runs import copy_samples, flags

import train
from spade_anime.runs.weights import SnapshotError

pytestmark = pytest.mark.slow
TROUBLE = 'tests/training/train_with_trouble.py'


@pytest.fixture
def line(tmp_path):
    """Function that gives the command line of a run in ``tmp_path``; each process has images of its own."""
    for rank in range(2):
        copy_samples(tmp_path / f'few{rank}', 4)
    return lambda *more: [*flags('dcgan', tmp_path / 'few{rank}', tmp_path), '--communicator', 'naive', '--out_dir',
                          str(tmp_path / 'run'), *more]


def errors(result):
    """Lines that tell of an error; a traceback is none of them."""
    assert 'Traceback' not in result.stderr, result.stderr[-2000:]
    return [line for line in result.stderr.splitlines() if 'error' in line or 'Abort' in line]


def test_damaged_image_of_one_process(line):
    result = launch(TROUBLE, *line('--max_iteration', '5'), TROUBLE='damage')
    told, = errors(result)
    assert result.returncode == 2
    assert 'few1' in told and '.png' in told


def test_a_signal_to_one_process_stops_all_after_the_same_iteration(line, tmp_path):
    result = launch(TROUBLE, *line('--max_iteration', '1000'), TROUBLE='signal')
    assert (result.returncode, errors(result)) == (0, [])
    assert result.stdout.count('Stopped by SIGTERM after iteration 3. To continue: mpiexec -n 2 python train.py') == 1
    with numpy.load(tmp_path / 'run' / 'snapshots' / 'state_00000003.npz') as state:
        assert state['batch_size'] == 4
    # Going on with fewer images an update is another training.
    with pytest.raises(SnapshotError, match='--batch_size 2 on 1 process contradicts --resume: the run takes 4 '
                                            'images an update; allowed: --batch_size 4'):
        train.main(['--resume', '--out_dir', str(tmp_path / 'run'), '--dataset_dir', str(tmp_path / 'few0'),
                    '--communicator', 'none'])
    assert json.loads((tmp_path / 'run' / 'options.json').read_text())['communicator'] == 'naive'
