"""Labels whose colours are those of another colour space, with its profile embedded."""
import io
import struct

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from spade_anime.data.images import image_from
from spade_anime.data.label_maps.reading import GAMMA, PROFILE, read_classes
from spade_anime.data.palette import FIVE

TO_XYZ = {
    'Display P3': [[.5151, .2919, .1572], [.2412, .6922, .0666], [-.0011, .0419, .7841]],
    'Adobe RGB': [[.6097, .2053, .1492], [.3111, .6257, .0632], [.0195, .0609, .7446]],
    'ProPhoto': [[.7977, .1352, .0313], [.2880, .7119, .0001], [0, 0, .8249]],
    'sRGB': [[.4360, .3851, .1431], [.2225, .7169, .0606], [.0139, .0971, .7139]]}


def profile(space, gamma):
    """A matrix profile of ICC version 2."""
    def fixed(value):
        return struct.pack('>i', round(value * 65536))
    description = space.encode() + b'\0'
    tags = {b'desc': b'desc\0\0\0\0' + struct.pack('>I', len(description)) + description + bytes(78),
            b'cprt': b'text\0\0\0\0' + b'public domain\0',
            b'wtpt': b'XYZ \0\0\0\0' + fixed(.9642) + fixed(1) + fixed(.8249)}
    for i, channel in enumerate(b'rgb'):
        name = bytes([channel])
        tags[name + b'XYZ'] = b'XYZ \0\0\0\0' + b''.join(fixed(row[i]) for row in TO_XYZ[space])
        tags[name + b'TRC'] = b'curv\0\0\0\0' + struct.pack('>IH', 1, round(gamma * 256))
    table, data, offset = b'', b'', 132 + 12 * len(tags)
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name + struct.pack('>II', offset + len(data), len(content))
        data += content
    body = struct.pack('>I', len(tags)) + table + data
    head = struct.pack('>I', 128 + len(body)) + bytes(4) + b'\x02\x20\0\0mntrRGB XYZ ' + bytes(12) + b'acsp' + bytes(28)
    return (head + fixed(.9642) + fixed(1) + fixed(.8249)).ljust(128, b'\0') + body


def shown_in(space, rgb, gamma):
    """sRGB colours uint8 (..., 3) as the numbers of another space."""
    c = np.asarray(rgb) / 255
    linear = np.where(c <= .04045, c / 12.92, ((c + .055) / 1.055) ** 2.4)
    mixed = linear @ np.array(TO_XYZ['sRGB']).T @ np.linalg.inv(np.array(TO_XYZ[space])).T
    return np.round(np.clip(mixed, 0, 1) ** (1 / gamma) * 255).astype(np.uint8)


def stored(picture, kind='PNG', **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return Image.open(stream)


@pytest.mark.parametrize('gamma', [1.8, 2.2])
@pytest.mark.parametrize('space', TO_XYZ)
def test_a_profile_is_applied(classes, space, gamma):
    colors, icc = shown_in(space, FIVE.array, gamma), profile(space, gamma)
    rgb = Image.fromarray(colors[classes])
    indexed = Image.fromarray((classes + 7).astype(np.uint8))
    indexed.putpalette(bytes(21) + colors.tobytes())
    opacity = np.where(classes == FIVE.background, 0, 120).astype(np.uint8)
    for picture in (rgb, indexed, Image.fromarray(np.dstack([colors[classes], opacity]))):
        read = read_classes(stored(picture, icc_profile=icc), 'label.png', FIVE)
        np.testing.assert_array_equal(read.classes, classes)
        assert not read.notes


def test_indexes_have_no_colour_to_convert(classes):
    read = read_classes(stored(Image.fromarray(classes), icc_profile=profile('Display P3', 2.2)), 'label.png', FIVE)
    np.testing.assert_array_equal(read.classes, classes)


@pytest.mark.parametrize('icc', [b'no profile at all', profile('Display P3', 2.2)[:200]])
def test_a_damaged_profile_is_ignored_and_noted(classes, label_rgb, icc):
    read = read_classes(stored(Image.fromarray(label_rgb), icc_profile=icc), 'label.png', FIVE)
    np.testing.assert_array_equal(read.classes, classes)
    assert read.notes == (PROFILE,)


def with_chunks(picture, gamma=None, primaries=None, srgb=False):
    """Stored as PNG with the chunks gAMA, cHRM and sRGB."""
    chunks = PngImagePlugin.PngInfo()
    if gamma:
        chunks.add(b'gAMA', struct.pack('>I', round(gamma * 1e5)))
    if primaries:
        chunks.add(b'cHRM', struct.pack('>8I', *(round(value * 1e5) for value in primaries)))
    if srgb:
        chunks.add(b'sRGB', b'\0')
    return stored(picture, pnginfo=chunks)


ADOBE, SRGB = (.3127, .329, .64, .33, .21, .71, .15, .06), (.3127, .329, .64, .33, .3, .6, .15, .06)


@pytest.mark.parametrize('chunks, notes', [
    ({'gamma': .45455}, ()), ({'gamma': .45455, 'primaries': SRGB}, ()), ({'gamma': .55, 'srgb': True}, ()),
    ({'gamma': 1}, (GAMMA,)), ({'gamma': .55}, (GAMMA,)), ({'primaries': ADOBE}, (GAMMA,))])
def test_gamma_and_primaries_without_a_profile_are_ignored_and_noted(classes, label_rgb, chunks, notes):
    read = read_classes(with_chunks(Image.fromarray(label_rgb), **chunks), 'label.png', FIVE)
    np.testing.assert_array_equal(read.classes, classes)
    assert read.notes == notes
    assert not read_classes(with_chunks(Image.fromarray(classes), **chunks), 'label.png', FIVE).notes


def test_images_are_converted_as_labels_are(image_rgb):
    shown = stored(Image.fromarray(shown_in('Adobe RGB', image_rgb, 2.2)), icc_profile=profile('Adobe RGB', 2.2))
    read = image_from(shown, 'image.png', 40)
    assert np.abs(read - image_rgb.transpose(2, 0, 1) / 255).max() < 0.02
