import cv2
import numpy
import pytest
from PIL import Image

from spade_anime.errors import InputError
from spade_anime.runs.directory import RunDirectory
from spade_anime.training.telling import animation
from spade_anime.training.telling.animation import animate


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
            colors.append(max(range(3), key=gif.convert('RGB').getpixel((20, 10)).__getitem__))
    assert colors == [0, 1, 2]


def test_long_trainings_keep_their_first_and_last_sheet(run, monkeypatch):
    monkeypatch.setattr(animation, 'MAX_FRAMES', 2)
    with Image.open(animate(run)) as gif:
        assert gif.n_frames == 2
        assert gif.convert('RGB').getpixel((20, 10))[0] > 200  # red
        gif.seek(1)
        assert gif.convert('RGB').getpixel((20, 10))[2] > 200  # blue


def test_gif_shrinks_until_it_is_small_enough(run, random, monkeypatch):
    for n in range(3):
        noise = random.randint(0, 256, (100, 200, 3)).astype(numpy.uint8)
        Image.fromarray(noise).save(run.folder('samples') / f'iteration_{n:08}.png')
    assert Image.open(animate(run)).size == (200, 100)
    monkeypatch.setattr(animation, 'MAX_GIF_BYTES', 20_000)
    path = animate(run)
    assert path.stat().st_size <= 20_000
    with Image.open(path) as gif:
        assert gif.n_frames == 3
        assert 50 < gif.size[0] < 200
        assert gif.size[0] == pytest.approx(2 * gif.size[1], abs=2)


def test_iteration_is_written_in_the_corner(run):
    for n in (1, 2):
        Image.new('RGB', (60, 30), 'white').save(run.folder('samples') / f'iteration_{n:08}.png')
    (run.folder('samples') / 'iteration_00000000.png').unlink()
    with Image.open(animate(run)) as gif:
        first = numpy.asarray(gif.convert('L'))
        gif.seek(1)
        second = numpy.asarray(gif.convert('L'))
    assert first[:16, :16].min() < 128 and first[16:].min() > 250
    assert not numpy.array_equal(first, second)


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
