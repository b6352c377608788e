"""An animation of a training: its sample sheets, one after the other."""
from pathlib import Path

import cv2
import numpy
from PIL import Image

from spade_anime.errors import InputError
from spade_anime.training.run_directory import RunDirectory

FRAME_SECONDS, LAST_SECONDS = 0.25, 2.0
KINDS = '.gif', '.mp4'


def animate(run: RunDirectory, out: str = '') -> Path:
    """Write the sample sheets of a run as a GIF or MP4 and return its path; ``out`` empty: animation.gif in the run.

    Raises InputError where the run has no samples, or the ending of ``out`` is none of ``KINDS``.
    """
    path = Path(out) if out else run.path / 'animation.gif'
    if path.suffix.lower() not in KINDS:
        raise InputError(f'--out {path}: an animation ends in {" or ".join(KINDS)}')
    sheets = sorted(run.folder('samples').glob('iteration_*.png'))
    if not sheets:
        raise InputError(f'--animate {run.path}: no sample sheets in {run.folder("samples")}')
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = [Image.open(sheet).convert('RGB') for sheet in sheets]
    frames = [frame.resize(frames[-1].size) if frame.size != frames[-1].size else frame for frame in frames]
    (_write_gif if path.suffix.lower() == '.gif' else _write_mp4)(frames, path)
    return path


def _write_gif(frames, path):
    times = [round(1000 * FRAME_SECONDS)] * (len(frames) - 1) + [round(1000 * LAST_SECONDS)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=times, loop=0)


def _write_mp4(frames, path):
    # The codec takes even sizes alone.
    width, height = (size // 2 * 2 for size in frames[0].size)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 1 / FRAME_SECONDS, (width, height))
    if not writer.isOpened():
        raise InputError(f'--out {path}: OpenCV cannot write a video there')
    for frame in frames + frames[-1:] * round(LAST_SECONDS / FRAME_SECONDS - 1):
        writer.write(numpy.asarray(frame)[:height, :width, ::-1])
    writer.release()
