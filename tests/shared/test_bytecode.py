"""Bytecode is kept for a run of the tests where Python would write none, and goes with copies of the sources."""
import os
import subprocess
import sys
from pathlib import Path

from bytecode import copy_packages

HERE = Path(__file__).parent
IMPORT = 'import empty; print(empty.__cached__)'
KEEP = f"""
import subprocess, sys
from pathlib import Path
from bytecode import keep_for_this_run
keep_for_this_run()
{IMPORT}
print(Path(empty.__cached__).exists(), flush=True)
subprocess.run([sys.executable, '-c', {IMPORT!r}], check=True)
"""


def test_processes_of_a_run_share_it_and_it_goes_with_the_run(tmp_path):
    (tmp_path / 'empty.py').write_text('')
    environment = os.environ | {'PYTHONDONTWRITEBYTECODE': '1', 'PYTHONPATH': f'{tmp_path}{os.pathsep}{HERE}'}
    environment.pop('PYTHONPYCACHEPREFIX', None)
    run = subprocess.run([sys.executable, '-c', KEEP], env=environment, capture_output=True, text=True, check=True)
    own, kept, of_child = run.stdout.splitlines()
    assert kept == 'True' and of_child == own and not Path(own).exists()
    assert [path.name for path in tmp_path.iterdir()] == ['empty.py']


def test_it_goes_with_a_copy(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, 'pycache_prefix', str(tmp_path / 'kept'))
    source, copied = tmp_path / 'source', tmp_path / 'copied'
    for folder in (source, tmp_path / 'kept' / source.relative_to('/')):
        folder.mkdir(parents=True)
        (folder / 'file').write_text('')
    copy_packages(source, copied)
    assert (copied / 'file').exists() and (tmp_path / 'kept' / copied.relative_to('/') / 'file').exists()
