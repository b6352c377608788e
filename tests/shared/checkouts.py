"""Copies of the scripts and packages, to add folders to and to remove them from."""
import shutil
from pathlib import Path

from bytecode import copy_packages

ROOT = Path(__file__).parents[2]


def copy_checkout(place: Path) -> Path:
    """Copy them to a new directory, with what Python has compiled; what is only read is linked."""
    for package in ('spade_anime', 'kernels'):
        copy_packages(ROOT / package, place / package)
    for script in ROOT.glob('*.py'):
        shutil.copy(script, place)
    for name in ('pyproject.toml', 'pretrained', 'examples'):
        (place / name).symlink_to(ROOT / name)
    return place
