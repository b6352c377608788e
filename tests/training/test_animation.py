import cv2
import pytest
from PIL import Image

from spade_anime.errors import InputError
from spade_anime.training.animation import animate
from spade_anime.training.run_directory import RunDirectory


@pytest.fixture
def run(tmp_path):
    directory = RunDirectory(tmp_path / 'run')
    directory.create()
    for n, color in enumerate(['red', 'green', 'blue']):
        Image.new('RGB', (21, 11), color).save(directory.folder('samples') / f'iteration_{n:08}.png')
    return directory


def test_gif_has_every_sheet_in_order(run):
    path = animate(run)
    assert path == run.path / 'animation.gif'
    with Image.open(path) as gif:
        colors = []
        for n in range(gif.n_frames):
            gif.seek(n)
            colors.append(max(range(3), key=gif.convert('RGB').getpixel((5, 5)).__getitem__))
    assert colors == [0, 1, 2]


def test_mp4_is_written_in_even_sizes(run, tmp_path):
    video = cv2.VideoCapture(str(animate(run, str(tmp_path / 'out' / 'a.mp4'))))
    frames = 0
    while (found := video.read())[0]:
        frames += 1
        assert found[1].shape == (10, 20, 3)
    assert frames >= 3


def test_wrong_endings_and_empty_runs_are_told(run, tmp_path):
    with pytest.raises(InputError, match=r'a\.webm.*gif'):
        animate(run, str(tmp_path / 'a.webm'))
    with pytest.raises(InputError, match='no sample sheets'):
        animate(RunDirectory(tmp_path / 'none'))
