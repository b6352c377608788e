"""An animation of a training: its sample sheets, one after another."""
import io
from pathlib import Path

import cv2
import numpy
from PIL import Image, ImageDraw, ImageFont

from spade_anime.data.images import open_picture
from spade_anime.data.pictures import INK
from spade_anime.errors import InputError
from spade_anime.runs.directory import RunDirectory

FRAME_SECONDS, LAST_SECONDS = 0.25, 2.0
KINDS = '.gif', '.mp4'
MAX_FRAMES = 60
MAX_GIF_BYTES, MAX_EDGE = 4_000_000, 1080
SHRINKING = 0.8
PALETTE_FRAMES = 4


def animate(run: RunDirectory, out: str = '') -> Path:
    """Write the sample sheets of a run as a GIF or MP4 and return its path; ``out`` empty: animation.gif in the run.

    At most ``MAX_FRAMES`` sheets are shown, evenly spaced, the first and the last among them. A GIF that would be
    larger than ``MAX_GIF_BYTES`` is made smaller in width and height.

    Raises InputError if the run has no samples, or one that cannot be read, or if ``out`` ends in none of ``KINDS``.
    """
    path = Path(out) if out else run.path / 'animation.gif'
    if path.suffix.lower() not in KINDS:
        raise InputError(f'--out {path}: an animation ends in {" or ".join(KINDS)}')
    sheets = sorted(run.folder('samples').glob('iteration_*.png'))
    if not sheets:
        raise InputError(f'--animate {run.path}: no sample sheets in {run.folder("samples")}')
    shown = numpy.unique(numpy.linspace(0, len(sheets) - 1, MAX_FRAMES).round().astype(int))
    size = open_picture(sheets[-1]).size
    frames = [_frame(sheets[i], size) for i in shown]
    path.parent.mkdir(parents=True, exist_ok=True)
    (_write_gif if path.suffix.lower() == '.gif' else _write_mp4)(frames, path)
    return path


def _frame(sheet: Path, size: tuple[int, int]) -> Image.Image:
    """The sheet, with its iteration in the corner that captions and names leave free."""
    frame = open_picture(sheet).convert('RGB')
    if frame.size != size:
        frame = frame.resize(size)
    ImageDraw.Draw(frame).text((2, 2), sheet.stem.split('_')[-1].lstrip('0'), fill=INK, font=ImageFont.load_default())
    return _scaled(frame, min(1, MAX_EDGE / max(size)))


def _scaled(frame: Image.Image, scale: float) -> Image.Image:
    if scale == 1:
        return frame
    width, height = (max(1, round(edge * scale)) for edge in frame.size)
    return frame.resize((width, height), Image.Resampling.LANCZOS)


def _write_gif(frames: list[Image.Image], path: Path) -> None:
    scale, data = 1.0, _gif(frames)
    while len(data) > MAX_GIF_BYTES:
        scale *= SHRINKING
        data = _gif([_scaled(frame, scale) for frame in frames])
    path.write_bytes(data)


def _gif(frames: list[Image.Image]) -> bytes:
    """A GIF with one palette and without dithering, so that unchanged pixels cost nothing."""
    chosen = numpy.linspace(0, len(frames) - 1, PALETTE_FRAMES).round().astype(int)
    together = numpy.concatenate([numpy.asarray(frames[i]) for i in chosen])
    palette = Image.fromarray(together).quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    first, *others = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    times = [round(1000 * FRAME_SECONDS)] * len(others) + [round(1000 * LAST_SECONDS)]
    stream = io.BytesIO()
    first.save(stream, 'GIF', save_all=True, append_images=others, duration=times, loop=0)
    return stream.getvalue()


def _write_mp4(frames: list[Image.Image], path: Path) -> None:
    # The codec takes only even sizes.
    width, height = (size // 2 * 2 for size in frames[0].size)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'mp4v'), 1 / FRAME_SECONDS, (width, height))
    if not writer.isOpened():
        raise InputError(f'--out {path}: OpenCV cannot write a video there')
    for frame in frames + frames[-1:] * round(LAST_SECONDS / FRAME_SECONDS - 1):
        writer.write(numpy.asarray(frame)[:height, :width, ::-1])
    writer.release()
