"""Bytecode of one run of the tests, where Python is asked to write none beside its sources."""
import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

NONE_WANTED = 'PYTHONDONTWRITEBYTECODE'


def keep_for_this_run() -> None:
    """Keep it in a temporary folder, of this process and of those that it starts.

    Each process would compile NumPy, Chainer and the package anew, which takes seconds.
    """
    del os.environ[NONE_WANTED]
    # A cache by its name: an import may write there.
    folder = tempfile.mkdtemp(suffix='__pycache__')
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ['PYTHONPYCACHEPREFIX'] = sys.pycache_prefix = folder
    sys.dont_write_bytecode = False


def copy_packages(source: Path, target: Path) -> None:
    """Copy a folder with sources, and what Python has compiled of them."""
    shutil.copytree(source, target)
    if sys.pycache_prefix:
        kept, copied = (Path(sys.pycache_prefix, *path.resolve().parts[1:]) for path in (source, target))
        if kept.exists():
            shutil.copytree(kept, copied)
