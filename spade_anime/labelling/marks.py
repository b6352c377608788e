"""Which pictures a machine made: a note in their metadata, which no longer fits once somebody has changed them."""
import hashlib
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from spade_anime.data.errors import DataError
from spade_anime.data.images import open_picture

MARK, MAKER = 'labelled_by', 'spade_anime'
"""Key of the note, a tEXt chunk, and how its text begins; what follows is a digest of the pixels."""


def save_marked(picture: Image.Image, path: Path) -> None:
    """Write a picture as PNG, with the note."""
    info = PngInfo()
    info.add_text(MARK, _note(picture))
    picture.save(path, 'PNG', pnginfo=info)


def made_by_machine(path: Path) -> bool:
    """Whether ``save_marked`` wrote a file and its pixels are still those.

    What cannot be read counts as made by hand: it is nobody's to overwrite.
    """
    try:
        picture = open_picture(path)
    except DataError:
        return False
    return picture.info.get(MARK) == _note(picture)


def _note(picture: Image.Image) -> str:
    digest = hashlib.sha256(f'{picture.mode} {picture.size} '.encode() + picture.tobytes())
    return f'{MAKER} {digest.hexdigest()[:32]}'
