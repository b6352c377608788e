"""A colour for every region: measured in pictures, named by the user, drawn from other portraits."""
import dataclasses

import numpy
import pytest
from PIL import Image

from spade_anime.conditions.label_color.colored import LabelColors
from spade_anime.conditions.label_color.naming import named_colors
from spade_anime.conditions.label_color.options import LabelColorsInputs
from spade_anime.conditions.label_color.reading import layer_of
from spade_anime.conditions.label_color.regions import colored_like, measured, with_map
from spade_anime.conditions.label_color.stored_colors import as_values, portraits_of_values
from spade_anime.data.errors import DataError
from spade_anime.data.palette import BACKGROUND, EYE, FACE, FIVE, HAIR, OTHER
from spade_anime.fields import OptionError

SIZE = 32


@pytest.fixture
def classes():
    """Hair above a face with one eye, a garment at the lower edge, a mouth, background around."""
    classes = numpy.full((SIZE, SIZE), BACKGROUND, numpy.uint8)
    classes[2:10, 4:28], classes[10:24, 6:26] = HAIR, FACE
    classes[12:16, 8:14], classes[20:22, 12:20], classes[26:, 4:28] = EYE, OTHER, OTHER
    return classes


@pytest.fixture
def image(classes):
    """Each region in a colour of its own, with specks that a median passes over; the eye is half white."""
    colors = {HAIR: (0.8, 0.2, 0.3), FACE: (0.9, 0.7, 0.6), EYE: (1, 1, 1), OTHER: (0.1, 0.2, 0.1),
              BACKGROUND: (0.9, 0.9, 1)}
    image = numpy.array([colors[k] for k in range(5)], numpy.float32)[classes].transpose(2, 0, 1).copy()
    image[:, 12:16, 8:11] = numpy.array([0.1, 0.2, 0.9])[:, None, None]
    image[:, 26:, 4:28] = numpy.array([0.4, 0.6, 0.2])[:, None, None]
    image[:, 4, 6], image[:, 28, 9] = 0, 1
    return image


def at(colors, y, x):
    return tuple(float(v) for v in colors[:, y, x].round(3))


def test_every_part_has_its_robust_colour(image, classes):
    colors, portrait = measured(image, classes, FIVE.names)
    assert at(colors, 4, 6) == pytest.approx((0.8, 0.2, 0.3), abs=1e-3)
    assert at(colors, 13, 13) == pytest.approx((0.1, 0.2, 0.9), abs=1e-3)  # the iris, not the white
    assert at(colors, 28, 9) == pytest.approx((0.4, 0.6, 0.2), abs=1e-3)
    assert at(colors, 20, 12) == pytest.approx((0.1, 0.2, 0.1), abs=1e-3)  # two parts of one class
    assert sorted(part.position for part in portrait) == [EYE, FACE, HAIR, OTHER, OTHER, BACKGROUND]
    assert portraits_of_values(as_values([portrait])) == (portrait,)


def test_another_portrait_lends_the_colours_of_its_nearest_parts(image, classes):
    colors, portrait = measured(image, classes, FIVE.names)
    bald = tuple(part for part in portrait if part.position != HAIR)
    numpy.testing.assert_allclose(colored_like(classes, portrait, []), colors, atol=1 / 255)
    numpy.testing.assert_allclose(colored_like(classes, bald, [portrait]), colors, atol=1 / 255)
    assert at(colored_like(classes, bald, []), 4, 6) == (0.5, 0.5, 0.5)


def test_the_background_is_not_that_of_a_gap_in_the_hair(image, classes):
    classes[5:7, 12:20] = BACKGROUND
    image[:, 5:7, 12:20] = 0
    portrait = measured(image, classes, FIVE.names)[1]
    whole = numpy.full_like(classes, BACKGROUND)
    whole[12:] = FACE
    assert at(colored_like(whole, portrait, []), 0, 0) == pytest.approx((0.9, 0.9, 1), abs=3e-3)


def test_a_map_names_what_is_not_black_in_it(image, classes):
    colors, _ = measured(image, classes, FIVE.names)
    given = numpy.zeros_like(colors)
    given[:, classes == HAIR] = numpy.linspace(0.2, 1, (classes == HAIR).sum())
    changed = with_map(colors, given, classes, HAIR)
    numpy.testing.assert_array_equal(changed[:, classes == HAIR], given[:, classes == HAIR])
    numpy.testing.assert_array_equal(changed[:, classes != HAIR], colors[:, classes != HAIR])
    uniform = with_map(colors, numpy.full_like(colors, 0.7), classes, HAIR)
    assert at(uniform, 4, 6) == at(numpy.full_like(colors, 0.7), 4, 6) and at(uniform, 18, 8) == at(colors, 18, 8)


def test_a_layer_covers_as_far_as_it_is_opaque(condition, classes):
    rgba = numpy.zeros((SIZE, SIZE, 4), numpy.uint8)
    rgba[classes == HAIR] = (255, 0, 0, 51)
    given = {'label': FIVE.array[classes], 'colors': 'hair=#0000ff'}
    (_, (_, below)), = condition.asked(given).named
    (_, (_, colors)), = condition.asked(given | {'color': Image.fromarray(rgba)}).named
    numpy.testing.assert_allclose(colors[:, classes == HAIR].T - (0.2, 0, 0.8), 0, atol=1e-6)
    numpy.testing.assert_array_equal(colors[:, classes != HAIR], below[:, classes != HAIR])


def test_what_is_transparent_mixes_no_colour_into_a_smaller_layer():
    rgba = numpy.zeros((4, 4, 4), numpy.uint8)
    rgba[::2] = (255, 0, 255, 255)
    layer = layer_of(Image.fromarray(rgba), 2, 'none')
    numpy.testing.assert_allclose(layer.transpose(1, 2, 0) - (1, 0, 1, 0.5), 0, atol=1e-6)
    assert layer_of(Image.fromarray(rgba[:1, :1]), 1, 'none') is None


@pytest.fixture
def condition(image, classes):
    first = measured(image, classes, FIVE.names)[1]
    second = measured(1 - image, classes, FIVE.names)[1]
    return LabelColors(SIZE, FIVE, (first, second))


def test_what_is_named_is_fixed_and_the_rest_is_drawn(condition, classes):
    picture = FIVE.array[classes]
    inputs = LabelColorsInputs(label=picture, color='#102030', clothes='255,0,0', colors='eye=1,2,3,face=#aabbcc')
    asked = condition.read(inputs, 0)
    random = numpy.random.default_rng(1)
    draws = [asked.named[0][1], *(asked.redrawn[0](random) for _ in range(16))]
    for _, color in draws:
        found = (255 * color).round().astype(int)
        assert at(found, 4, 6) == (16, 32, 48) and at(found, 28, 9) == (255, 0, 0)
        assert at(found, 13, 9) == (1, 2, 3) and at(found, 18, 8) == (170, 187, 204)
    assert len({at(color, 20, 13) for _, color in draws}) == 2  # the mouth is no garment
    assert len({at(color, 0, 0) for _, color in draws}) == 2


def test_draws_differ_until_every_portrait_was_taken(condition, classes):
    asked = condition.read(LabelColorsInputs(label=FIVE.array[classes]), seed=5)
    random = numpy.random.default_rng(5)
    first, second, third = (color for _, color in (asked.named[0][1], *(asked.redrawn[0](random) for _ in range(2))))
    assert abs(first - second).max() > 0.1 and numpy.array_equal(first, third)


@pytest.mark.parametrize('colors, flags, told', [
    ('hair', {}, "--colors 'hair': allowed is region=color"), ('tail=red', {}, "--colors 'tail': the label maps"),
    ('hair=rad', {}, '--colors hair: .*did you mean red'), ('eye=red', {'eye': 'blue'}, '--eye eye: named twice')])
def test_mistakes_are_told_in_one_line(colors, flags, told):
    with pytest.raises(DataError, match=told) as error:
        named_colors(colors, flags, FIVE)
    assert '\n' not in str(error.value)


def test_the_colour_of_the_hair_is_that_of_the_class_which_is_hair(condition, classes):
    palette = dataclasses.replace(FIVE, names=('iris', 'skin', 'mane', 'other', 'background'))
    condition = dataclasses.replace(condition, palette=palette)
    color = condition.read(LabelColorsInputs(label=palette.array[classes], color='#102030')).named[0][1][1]
    assert at((255 * color).round(), 4, 6) == (16, 32, 48)
    with pytest.raises(DataError, match='--color mane: named twice'):
        condition.read(LabelColorsInputs(label=palette.array[classes], color='pink', colors='mane=red'))


def test_without_hair_its_colour_is_refused(classes):
    palette = dataclasses.replace(FIVE, names=('iris', 'skin', 'mane', 'other', 'background'), hair=None)
    with pytest.raises(DataError, match='--color: .* have no hair; --colors takes a colour for iris, skin, mane'):
        LabelColors(SIZE, palette).read(LabelColorsInputs(label=palette.array[classes], color='pink'))


@pytest.mark.parametrize('values', [None, [], [[]], [[[0, 0.5, 0.5]]], [[[0, 2, 0.5, '#000000']]], [[[0, 0, 0, 'red']]],
                                    [[[True, 0, 0, '#000000']]], 'x'])
def test_damaged_colours_of_a_run(values):
    with pytest.raises(OptionError):
        portraits_of_values(values)
