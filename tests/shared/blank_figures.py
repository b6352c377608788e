"""Pictures in place of Matplotlib's, which take longer to draw than the short trainings of the tests to run."""
from pathlib import Path
from typing import Any

from PIL import Image


def save_blank(figure: Any, path: Path, dpi: float) -> None:
    """Takes the place of ``Figure.savefig``: a blank picture as large as the figure."""
    width, height = (figure.get_size_inches() * dpi).round().astype(int)
    Image.new('1', (width, height)).save(path)
