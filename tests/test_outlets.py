"""Scripts whose reader goes away: a pipe to head, a terminal that is closed."""
import os
import subprocess
import sys
from pathlib import Path

import pytest
from from_systems import needs

ROOT = Path(__file__).parents[1]
CHATTY = """
import sys
from pathlib import Path
from spade_anime.commands import run_script

def main():
    for number in range(20000):
        print(f'line {number}', flush=number % 2)
        print(f'error {number}', file=sys.stderr)
    Path(sys.argv[1]).write_text('done')

run_script(main)
"""


@pytest.mark.parametrize('unbuffered', ['', '1'])
@pytest.mark.parametrize('lost', ['stdout', 'stderr'])
def test_a_pipe_without_a_reader_ends_nothing(tmp_path, unbuffered, lost):
    other = {'stdout': 'stderr', 'stderr': 'stdout'}[lost]
    done = tmp_path / 'done'
    with open(tmp_path / 'other', 'w') as file:
        process = subprocess.Popen([sys.executable, '-c', CHATTY, str(done)], cwd=ROOT, text=True, env={
            **os.environ, 'PYTHONUNBUFFERED': unbuffered}, **{lost: subprocess.PIPE, other: file})
        getattr(process, lost).readline()
        getattr(process, lost).close()
        assert process.wait(60) == 0
    assert done.read_text() == 'done' and 'Traceback' not in (tmp_path / 'other').read_text()
    assert len((tmp_path / 'other').read_text().splitlines()) == 20000


def test_a_full_disk_is_still_an_error(tmp_path):
    if not Path('/dev/full').exists():
        pytest.skip('no /dev/full')
    with open('/dev/full', 'w') as full:
        run = subprocess.run([sys.executable, '-c', CHATTY, str(tmp_path / 'done')], cwd=ROOT, stdout=full,
                             stderr=subprocess.DEVNULL)
    assert run.returncode and not (tmp_path / 'done').exists()


@needs('spade')
def test_painting_goes_on_when_head_has_ended(tmp_path):
    labels = tmp_path / 'labels'
    labels.mkdir()
    for number in range(3):
        (labels / f'{number}.png').write_bytes((ROOT / 'examples' / 'seg.png').read_bytes())
    command = (f'{sys.executable} generate.py --snapshot pretrained/spade/gen.npz --label {labels} '
               f'--out {tmp_path}/painted | head -n 1')
    run = subprocess.run(['bash', '-c', f'set -o pipefail; {command}'], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0 and not run.stderr
    assert len(list((tmp_path / 'painted').iterdir())) == 3
