"""Starting scripts by mpiexec, as a user does."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip('mpi4py', reason='mpi4py is not installed: several processes are not tested')

ROOT = Path(__file__).parents[3]
PATH = os.pathsep.join(map(str, (ROOT, ROOT / 'tests' / 'shared')))
MPIEXEC = Path(sys.executable).parent / 'mpiexec'
SECONDS = 120
"""After which a run counts as hanging."""


def launch(*command: str, processes: int = 2, **environment: str) -> subprocess.CompletedProcess:
    """Run a Python script with its arguments in so many processes, 0: without mpiexec; what it says is kept apart."""
    start = [str(MPIEXEC), '-n', str(processes)] if processes else []
    return subprocess.run([*start, sys.executable, *command], cwd=ROOT, timeout=SECONDS, text=True,
                          capture_output=True, env=os.environ | {'PYTHONPATH': PATH} | environment)


def assert_well(result: subprocess.CompletedProcess) -> None:
    """The script ended without an error."""
    assert result.returncode == 0, result.stderr[-2000:]
