"""A long training takes no more memory and no more files than a short one."""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from from_systems import needs
from PIL import Image

ROOT = Path(__file__).parents[2]
ITERATIONS, SETTLED = 1000, 200
MAX_GROWTH = 1400
"""Kilobytes from iteration 200 on. It is some 100, of the log that is kept for the plots; an array of 2 kB kept in each
iteration would be 1600, and figures that nobody lets go of were 7000."""
TINY = ['--model', 'dcgan', '--use_cpu', '--preset', 'tiny', '--image_size', '8', '--gf', '2', '--gfc', '4',
        '--df', '2', '--dfc', '4', '--z_dim', '2', '--batch_size', '1', '--workers', '1', '--log_interval', '20',
        '--sample_interval', '200', '--snapshot_interval', '100', '--snapshot_keep', '2', '--gp_interval', '8']


@pytest.fixture(scope='module')
def lines(tmp_path_factory):
    """What was written every 100 iterations of a training."""
    place = tmp_path_factory.mktemp('soak')
    for name, color in (('pink', 'pink'), ('blue', 'navy')):
        (place / 'data' / name).mkdir(parents=True)
        for i in range(3):
            Image.new('RGB', (8, 8), color).save(place / 'data' / name / f'{i}.png')
    command = [sys.executable, str(Path(__file__).with_name('train_and_watch.py')), str(place / 'facts'), *TINY,
               '--max_iteration', str(ITERATIONS), '--dataset_dir', str(place / 'data'),
               '--out_dir', str(place / 'run')]
    environment = os.environ | {'PYTHONPATH': str(ROOT), 'OMP_NUM_THREADS': '1'}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ended.returncode == 0, ended.stderr[-2000:]
    lines = [json.loads(line) for line in (place / 'facts').read_text().splitlines()]
    assert [line['iteration'] for line in lines][-1] == ITERATIONS
    return [line for line in lines if line['iteration'] >= SETTLED]


pytestmark = [pytest.mark.slow, needs('dcgan'), pytest.mark.skipif(sys.platform != 'linux', reason='reads /proc')]


def test_resident_memory_stays(lines):
    resident = np.array([[line['own']['resident'], *(worker['resident'] for worker in line['workers'])]
                         for line in lines])
    assert resident.shape[1] == 2
    growth = resident.max(axis=0) - resident[0]
    assert (growth < MAX_GROWTH).all(), resident.tolist()


def test_open_files_stay(lines):
    files = [[line['own']['files'], *(worker['files'] for worker in line['workers'])] for line in lines]
    assert all(count == files[0] for count in files), files


def test_old_snapshots_go(lines, tmp_path_factory):
    """The disk fills no more than asked for."""
    run = next(Path(tmp_path_factory.getbasetemp()).glob('soak*/run'))
    assert len(list((run / 'snapshots').glob('gen_0*.npz'))) == 2
