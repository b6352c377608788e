"""Arrays to pictures: rounding, and sheets of captioned tiles."""
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy
from PIL import Image, ImageDraw, ImageFont

from spade_anime.errors import WriteError, writing
from spade_anime.files import file_fault

GRID_WIDTH = 4
BACKGROUND, INK = (255, 255, 255), (60, 60, 60)
GAP, CAPTION_HEIGHT, PREVIEW_SIZE = 4, 16, 128
LINE_HEIGHT, LETTERS_A_LINE = 13, 20


def to_pixels(image: numpy.ndarray) -> numpy.ndarray:
    """(3, H, W) in [-1, 1] to (H, W, 3) uint8, rounded to the nearest value."""
    return numpy.rint((image.transpose(1, 2, 0) + 1) * 127.5).clip(0, 255).astype(numpy.uint8)


def preview_size(size: int) -> int:
    """``size`` px times the whole factor that comes nearest to ``PREVIEW_SIZE`` without passing it, at least 1."""
    return size * max(1, PREVIEW_SIZE // size)


def text_tile(text: str) -> numpy.ndarray:
    """Draw wrapped text on a tile (``PREVIEW_SIZE``, ``PREVIEW_SIZE``, 3) uint8; what does not fit is cut off."""
    canvas = Image.new('RGB', (PREVIEW_SIZE, PREVIEW_SIZE), BACKGROUND)
    lines = textwrap.wrap(text, LETTERS_A_LINE)[:PREVIEW_SIZE // LINE_HEIGHT]
    ImageDraw.Draw(canvas).multiline_text((3, 2), '\n'.join(lines), fill=INK, font=ImageFont.load_default())
    return numpy.asarray(canvas)


def sheet(rows: Sequence[Sequence[numpy.ndarray]], captions: Sequence[str] = (), names: Sequence[str] = (),
          size: int | None = None) -> Image.Image:
    """Lay out rows of (H, W, 3) uint8 tiles; ``captions`` stand above columns, ``names`` left of rows.

    Every tile is shown ``size`` px wide and high, pixels kept sharp; None: as large as the first one is.
    """
    height, width = (size, size) if size else rows[0][0].shape[:2]
    font = ImageFont.load_default()
    left = max((round(font.getlength(name)) + 8 for name in names), default=0)
    top = CAPTION_HEIGHT if captions else 0
    columns = max(len(row) for row in rows)
    canvas = Image.new('RGB', (left + columns * (width + GAP) - GAP, top + len(rows) * (height + GAP) - GAP),
                       BACKGROUND)
    draw = ImageDraw.Draw(canvas)
    for column, caption in enumerate(captions):
        draw.text((left + column * (width + GAP) + 2, 2), caption, fill=INK, font=font)
    for y, name in enumerate(names):
        draw.text((2, top + y * (height + GAP) + 2), name, fill=INK, font=font)
    for y, row in enumerate(rows):
        for x, tile in enumerate(row):
            picture = Image.fromarray(tile).resize((width, height), Image.Resampling.NEAREST)
            canvas.paste(picture, (left + x * (width + GAP), top + y * (height + GAP)))
    return canvas


def save_grid(path: Path, pictures: Sequence[numpy.ndarray]) -> None:
    """Write one picture (H, W, 3) uint8 as it is, several as a grid; missing directories are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if len(pictures) == 1:
        save_picture(Image.fromarray(pictures[0]), path)
    else:
        save_picture(sheet([pictures[i:i + GRID_WIDTH] for i in range(0, len(pictures), GRID_WIDTH)]), path)


def save_sheet(path: Path, names: Sequence[str], rows: Sequence[Sequence[numpy.ndarray]], layout: str) -> None:
    """Write lists of pictures, one list per name, as the 'rows' or 'columns' of a sheet, by ``layout``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = preview_size(rows[0][0].shape[0])
    picture = sheet(rows, names=names, size=size) if layout == 'rows' else sheet(list(zip(*rows)), names, size=size)
    save_picture(picture, path)


def save_picture(picture: Image.Image, path: Path) -> None:
    """Save a picture. Raises WriteError if the disk refuses it, or the format does not allow its size."""
    if not path.parent.is_dir() or file_fault(path):
        raise WriteError(f'{path}: cannot be written: {file_fault(path) or "its directory is not one"}')
    with writing(path):
        try:
            picture.save(path)
        except ValueError as error:
            raise WriteError(f'{path}: cannot be written: {error}') from None
