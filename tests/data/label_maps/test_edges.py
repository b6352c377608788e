"""Soft and lossy edges: whose pixels are whose, and which colours are no edge."""
import io
import multiprocessing
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageFilter

from spade_anime.data.errors import DataError
from spade_anime.data.label_maps.by_color import FRINGE, OFF
from spade_anime.data.label_maps.reading import read_classes
from spade_anime.data.palette import BACKGROUND, EYE, FACE, FIVE, HAIR, OTHER

EXAMPLE = Path(__file__).parents[3] / 'dataset' / 'example'


def portrait(size, number=3):
    """Classes of an example portrait with smooth outlines at any size."""
    strip = Image.open(EXAMPLE / f'{number:05}.png')
    rgb = np.asarray(strip.crop((strip.height, 0, 2 * strip.height, strip.height)).convert('RGB')).astype(int)
    drawn = abs(rgb[:, :, None] - FIVE.array.astype(int)).sum(3).argmin(2)
    parts = [np.asarray(Image.fromarray(np.uint8(255 * (drawn == k))).resize((size, size), Image.Resampling.BICUBIC))
             for k in range(5)]
    return np.argmax(parts, axis=0).astype(np.uint8)


def painted(classes):
    return Image.fromarray(FIVE.array[classes])


def stored(picture, kind, **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return Image.open(stream)


def read(picture):
    found = read_classes(picture, 'label.png', FIVE)
    return found.classes, {note.text: note.share for note in found.notes}


def halved_and_back(picture):
    half = picture.resize([side // 2 for side in picture.size], Image.Resampling.LANCZOS)
    return half.resize(picture.size, Image.Resampling.BICUBIC)


SOFT = {
    'box': lambda picture: picture.filter(ImageFilter.BoxBlur(0.7)),
    'blur': lambda picture: picture.filter(ImageFilter.GaussianBlur(1)),
    'resized': halved_and_back,
    'JPEG 30': lambda picture: stored(picture, 'JPEG', quality=30),
    'JPEG 95': lambda picture: stored(picture, 'JPEG', quality=95),
    'WebP': lambda picture: stored(picture, 'WEBP', quality=50),
    'GIF': lambda picture: stored(picture.filter(ImageFilter.GaussianBlur(1)), 'GIF'),
    'dithered': lambda picture: picture.filter(ImageFilter.GaussianBlur(1)).convert(
        'P', palette=Image.Palette.WEB, dither=Image.Dither.FLOYDSTEINBERG)}


@pytest.mark.parametrize('size, right', [(64, 0.95), (128, 0.975), (256, 0.99), (1024, 0.998)])
@pytest.mark.parametrize('kind', SOFT)
def test_soft_edges_keep_their_classes(kind, size, right):
    classes = portrait(size)
    found, notes = read(SOFT[kind](painted(classes)))
    assert (found == classes).mean() > right and set(notes) == {FRINGE}
    near = cv2.dilate(np.uint8(classes == BACKGROUND), np.ones((7, 7)))
    assert ((found == BACKGROUND) & (near == 0)).mean() < 1e-4
    both = (found == EYE) & (classes == EYE)
    assert both.sum() > 0.55 * ((found == EYE) | (classes == EYE)).sum()


@pytest.mark.parametrize('one, other', [(EYE, FACE), (EYE, HAIR), (FACE, HAIR), (FACE, OTHER), (HAIR, BACKGROUND)])
def test_a_blend_is_one_of_its_two_and_not_a_third(one, other):
    ramp = np.linspace(0, 1, 12)[:, None]
    row = np.concatenate([[FIVE.array[one]] * 26, FIVE.array[one] * (1 - ramp) + FIVE.array[other] * ramp,
                          [FIVE.array[other]] * 26])
    found, _ = read(Image.fromarray(np.broadcast_to(np.rint(row), (64, 64, 3)).astype(np.uint8)))
    np.testing.assert_array_equal(found, np.repeat([one, other], 32)[None].repeat(64, axis=0))


def test_an_eye_that_is_nowhere_pure_is_found():
    rgb = np.full((64, 64, 3), FIVE.colors[FACE], np.uint8)
    rgb[:6] = FIVE.colors[BACKGROUND]
    rgb[30:33, 20:24] = (155, 100, 0)
    found, _ = read(Image.fromarray(rgb))
    assert (found[30:33, 20:24] == EYE).all() and (found == EYE).sum() == 12


def test_strays_take_the_class_around_them(classes, label_rgb):
    label_rgb = label_rgb.copy()
    for x in (14, 18, 22):
        label_rgb[25, x] = label_rgb[5, x] = 0
    found, notes = read(Image.fromarray(label_rgb))
    np.testing.assert_array_equal(found, classes)
    assert notes == {FRINGE: pytest.approx(6 / 1600)}


@pytest.mark.parametrize('kind', ['flat', 'JPEG'])
@pytest.mark.parametrize('color', [(255, 128, 0), (128, 0, 0), (128, 128, 128), (0, 255, 255), (117, 251, 76)])
def test_a_region_of_a_foreign_colour_is_refused(color, kind):
    classes = portrait(128)
    rgb = np.where((classes == FACE)[:, :, None], color, FIVE.array[classes]).astype(np.uint8)
    picture = Image.fromarray(rgb) if kind == 'flat' else stored(Image.fromarray(rgb), 'JPEG', quality=85)
    with pytest.raises(DataError) as error:
        read(picture)
    message = str(error.value)
    x, y = (int(message.split(f'{axis}=')[1].split(',')[0].split(';')[0]) for axis in 'xy')
    assert message.startswith('label.png: ') and 'hair (0, 0, 255)' in message and '\n' not in message
    assert np.abs(np.array(eval(message.split(', as ')[1].split(' at ')[0])) - color).max() < 16  # noqa: S307
    assert classes[y, x] == FACE
    assert float(message.split()[1]) == pytest.approx(100 * (classes == FACE).mean(), rel=0.35)


@pytest.mark.parametrize('size, side', [(64, 5), (640, 12), (2048, 40)])
def test_how_thick_a_foreign_region_is(size, side):
    """Thicker than a 64th of the side, and 5 pixels, it is refused; half as thick it is a speck, and repaired."""
    rgb = np.full((size, size, 3), FIVE.colors[HAIR], np.uint8)
    rgb[10:10 + side // 2, 10:10 + side // 2] = 200
    found, notes = read(Image.fromarray(rgb))
    assert (found == HAIR).all() and set(notes) == {FRINGE}
    rgb[10:10 + side, 10:10 + side] = 200
    with pytest.raises(DataError, match='200, 200, 200'):
        read(Image.fromarray(rgb))


def test_colours_that_are_somewhat_off_are_read_and_noted(classes):
    off = np.array([(230, 30, 20), (0, 160, 20), (40, 20, 230), (235, 20, 250), (250, 240, 60)], np.uint8)
    found, notes = read(Image.fromarray(off[classes]))
    np.testing.assert_array_equal(found, classes)
    assert notes == {OFF: pytest.approx((classes == FACE).mean())}


def test_a_picture_is_no_label():
    random = np.random.default_rng(0)
    with pytest.raises(DataError, match='label.png: 8.* % of the label has colours of no class'):
        read(Image.fromarray(random.integers(0, 256, (64, 64, 3), np.uint8)))


@pytest.mark.parametrize('color', [(255, 255, 255), (0, 0, 0), (248, 250, 246), (9, 6, 12)])
@pytest.mark.parametrize('kind', ['flat', 'blur', 'JPEG'])
def test_white_or_black_all_round_is_background(color, kind):
    classes = portrait(128)
    rgb = np.where((classes == BACKGROUND)[:, :, None], color, FIVE.array[classes])
    picture = Image.fromarray(rgb.astype(np.uint8))
    soft = {'flat': lambda: picture, 'blur': lambda: picture.filter(ImageFilter.GaussianBlur(1)),
            'JPEG': lambda: stored(picture, 'JPEG', quality=80)}
    found, notes = read(soft[kind]())
    assert (found == classes).mean() > (0.97 if kind != 'flat' else 0.9999)
    assert any('white' in text or 'black' in text for text in notes) and OFF not in notes


@pytest.mark.parametrize('part', [EYE, OTHER, FACE])
def test_white_inside_is_foreign(part):
    classes = portrait(128)
    with pytest.raises(DataError, match='255, 255, 255'):
        read(Image.fromarray(np.where((classes == part)[:, :, None], 255, FIVE.array[classes]).astype(np.uint8)))


def test_a_process_that_has_read_a_label_may_fork_workers():
    """Threads of OpenCV do not survive a fork, and a worker waits for them for ever."""
    read(painted(portrait(1024)).filter(ImageFilter.GaussianBlur(1)))
    worker = multiprocessing.get_context('fork').Process(target=cv2.setNumThreads, args=(1,), daemon=True)
    worker.start()
    worker.join(60)
    assert worker.exitcode == 0


def test_a_blank_canvas_is_no_label():
    with pytest.raises(DataError, match='100 % of the label .*255, 255, 255'):
        read(Image.new('RGB', (64, 64), 'white'))
