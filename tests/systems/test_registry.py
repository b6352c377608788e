"""Systems are found by their folders, and removed with them."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from from_systems import needs
from samples_made import encoded, write_dataset
from tiny import SYSTEMS as TINY

from spade_anime.systems import SYSTEMS

ROOT = Path(__file__).parents[2]
HELPERS = [ROOT / 'tests' / name for name in ('fuzz', 'shared')]
TRAIN_AND_PAINT = '''
import sys
from pathlib import Path
import matplotlib.figure
import generate, train
from blank_figures import save_blank
from tiny import INPUTS, flags, training

matplotlib.figure.Figure.savefig = save_blank
for system in sys.argv[1:]:
    train.main(training(system, Path('dataset'), out_dir=system))
    inputs = {name: value.format(case='.') for name, value in INPUTS[system].items()}
    generate.main(flags({'run': system, 'device': 'cpu', 'out': f'{system}.png'} | inputs))
'''


def run(place, *arguments):
    return subprocess.run([sys.executable, *arguments], cwd=place, capture_output=True, text=True,
                          env=os.environ | {'PYTHONPATH': os.pathsep.join(map(str, (place, *HELPERS)))})


several = pytest.mark.skipif(len(SYSTEMS) == 1, reason='one system is here')


@pytest.fixture
def without(checkout):
    """Gives a checkout without the folder of a system."""
    def removed(system):
        shutil.rmtree(checkout / 'spade_anime' / 'systems' / system)
        return checkout
    return removed


def test_every_folder_is_found():
    folders = {path.parent.name for path in (ROOT / 'spade_anime' / 'systems').glob('*/__init__.py')}
    assert set(SYSTEMS) == set(TINY) == folders
    assert list(SYSTEMS) == sorted(SYSTEMS, key=lambda name: (name != 'spade', name))


@several
@pytest.mark.parametrize('system', [pytest.param(name, marks=needs(name)) for name in ('spade', 'attribute')])
def test_the_others_work_without_one(system, without):
    place = without(system)
    (place / 'dataset').mkdir()
    write_dataset(place / 'dataset')
    (place / 'label.png').write_bytes(encoded('label', 'PNG'))
    others = [name for name in TINY if name != system]
    done = run(place, '-c', TRAIN_AND_PAINT, *others)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all((place / f'{name}.png').exists() for name in others)


@several
@needs('spade')
def test_without_the_default_system_the_first_is_trained(without):
    place = without('spade')
    done = run(place, 'train.py', '--help')
    first, *others = (name for name in SYSTEMS if name != 'spade')
    assert done.returncode == 0 and f'{{{",".join([first, *others])}}}' in done.stdout
    assert f'({first})' in done.stdout


@several
@needs('spade')
def test_runs_of_a_system_that_is_not_there_say_so(without):
    """The generator that comes with the project is one of SPADE."""
    done = run(without('spade'), 'generate.py', '--label', 'examples/seg.png')
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    others = ', '.join(name for name in SYSTEMS if name != 'spade')
    assert f"its system is 'spade'; there are {others}" in done.stderr
