import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from spade_anime import commands, devices
from spade_anime.devices import cuda_devices


def test_what_the_memory_cannot_hold_is_told_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(devices, 'limit_memory', lambda: None)
    monkeypatch.setattr('sys.argv', ['train.py'])
    with pytest.raises(SystemExit) as ended:
        commands.run_script(lambda: numpy.zeros(10 ** 15))
    told = capsys.readouterr().err
    assert ended.value.code == 2 and told.count('\n') == 1 and 'not enough memory' in told and '--batch_size' in told


@pytest.mark.skipif(cuda_devices() > 0 or sys.platform != 'linux', reason='no limit with a GPU, and none but on Linux')
def test_a_script_gets_no_more_memory_than_there_is():
    code = ('import resource; from spade_anime.commands import run_script; '
            'run_script(lambda: print(resource.getrlimit(resource.RLIMIT_DATA)[0]))')
    told = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert int(told.stdout) == os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')
