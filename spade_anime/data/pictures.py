"""Arrays to pictures: rounding, and sheets of captioned tiles."""
import numpy
from PIL import Image, ImageDraw, ImageFont

BACKGROUND, INK = (255, 255, 255), (60, 60, 60)
GAP, CAPTION_HEIGHT, NAME_WIDTH, PREVIEW_SIZE = 4, 16, 64, 128


def to_pixels(image: numpy.ndarray) -> numpy.ndarray:
    """(3, H, W) in [-1, 1] to (H, W, 3) uint8, rounded to the nearest value."""
    return numpy.rint((image.transpose(1, 2, 0) + 1) * 127.5).clip(0, 255).astype(numpy.uint8)


def preview_scale(size: int) -> int:
    """Whole factor that enlarges tiles of ``size`` px to about ``PREVIEW_SIZE``."""
    return max(1, PREVIEW_SIZE // size)


def sheet(rows: list, captions: list = (), names: list = (), scale: int = 1) -> Image.Image:
    """Lay out rows of (H, W, 3) uint8 tiles of one size; ``captions`` stand above columns, ``names`` left of rows.

    ``scale`` enlarges each tile by a whole factor, pixels kept sharp.
    """
    height, width = (scale * n for n in rows[0][0].shape[:2])
    left, top = (NAME_WIDTH if names else 0), (CAPTION_HEIGHT if captions else 0)
    columns = max(len(row) for row in rows)
    canvas = Image.new('RGB', (left + columns * (width + GAP) - GAP, top + len(rows) * (height + GAP) - GAP),
                       BACKGROUND)
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default()
    for column, caption in enumerate(captions):
        draw.text((left + column * (width + GAP) + 2, 2), caption, fill=INK, font=font)
    for row, name in enumerate(names):
        draw.text((2, top + row * (height + GAP) + 2), name, fill=INK, font=font)
    for y, row in enumerate(rows):
        for x, tile in enumerate(row):
            picture = Image.fromarray(tile).resize((width, height), Image.Resampling.NEAREST)
            canvas.paste(picture, (left + x * (width + GAP), top + y * (height + GAP)))
    return canvas
