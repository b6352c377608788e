"""Every kind of picture file that is read."""
import numpy as np
import pytest
from PIL import Image

from spade_anime.conditions.label_color.labels import classes_from
from spade_anime.data.errors import DataError
from spade_anime.data.images import FORMATS, color_from, image_from, list_images, open_picture
from spade_anime.data.palette import BACKGROUND, FIVE, HAIR
from spade_anime.data.squares import open_square


def read_classes(path, size=40):
    return classes_from(*open_square(path, 'label')[:2], size, FIVE)[0]


def read_image(path, size=40):
    return image_from(*open_square(path, 'image')[:2], size)


def palette_png(classes, palette):
    picture = Image.fromarray(classes)
    picture.putpalette(palette)
    return picture


def test_rgb_and_palette_labels(save, classes, label_rgb):
    indexed = palette_png(classes, FIVE.array.ravel().tolist())
    assert indexed.mode == 'P'
    for path in (save('rgb.png', label_rgb), save('p.png', indexed),
                 save('quantised.png', Image.fromarray(label_rgb).quantize(8)),
                 save('a.webp', label_rgb, lossless=True), save('b.bmp', label_rgb)):
        np.testing.assert_array_equal(read_classes(path), classes)


def test_index_labels_of_8_and_16_bits(save, classes):
    grey_palette = [v for i in range(256) for v in (i, i, i)]
    for path in (save('l.png', classes), save('wide.png', classes.astype(np.uint16)),
                 save('p.png', palette_png(classes, grey_palette))):
        np.testing.assert_array_equal(read_classes(path), classes)


def test_a_palette_decides_over_the_index(save, classes):
    shifted = (classes + 1) % 5
    path = save('p.png', palette_png(shifted, np.roll(FIVE.array, 1, axis=0).ravel().tolist()))
    np.testing.assert_array_equal(read_classes(path), classes)


@pytest.mark.parametrize('value, found', [(5, 'found 5'), (200, 'found 200')])
def test_other_values_in_an_index_label(save, classes, value, found):
    classes[3, 7] = value
    with pytest.raises(DataError, match=f'l.png: .*2 hair.*{found} at x=7, y=3'):
        read_classes(save('l.png', classes))


def test_a_blank_index_label(save):
    with pytest.raises(DataError, match='found 0 everywhere'):
        read_classes(save('l.png', np.zeros((40, 40), np.uint8)))


def test_a_one_bit_label(save):
    picture = Image.new('1', (40, 40), 1)
    with pytest.raises(DataError, match='found 255'):
        read_classes(save('bit.png', picture))


def test_below_half_opacity_a_label_is_background(save, classes, label_rgb):
    alpha = np.full((40, 40), 255, np.uint8)
    alpha[:10], alpha[10:20] = 127, 128
    label = np.dstack([label_rgb, alpha])
    classes[:10] = BACKGROUND
    np.testing.assert_array_equal(read_classes(save('rgba.png', label)), classes)


def test_palette_with_a_transparent_index(save, classes):
    picture = palette_png(classes, FIVE.array.ravel().tolist())
    path = save('p.png', picture, transparency=HAIR)
    np.testing.assert_array_equal(read_classes(path), np.where(classes == HAIR, BACKGROUND, classes))


def test_labels_scale_to_the_nearest_pixel(save, classes):
    path = save('large.png', FIVE.array[classes.repeat(6, 0).repeat(6, 1)])
    np.testing.assert_array_equal(read_classes(path, 40), classes)
    small = read_classes(save('small.png', FIVE.array[classes]), 80)
    np.testing.assert_array_equal(small, classes.repeat(2, 0).repeat(2, 1))


def test_image_modes_agree(save, image_rgb):
    expected = image_rgb.transpose(2, 0, 1) / 255
    opaque = np.dstack([image_rgb, np.full((40, 40), 255, np.uint8)])
    for name, picture in (('rgb.png', image_rgb), ('rgba.png', opaque)):
        image = read_image(save(name, picture))
        assert image.dtype == np.float32 and image.flags.c_contiguous
        np.testing.assert_allclose(image, expected, atol=1e-6)
    jpeg = read_image(save('a.jpg', image_rgb, quality=95))
    assert np.abs(jpeg - expected).mean() < 0.02


@pytest.mark.parametrize('dtype, top', [(np.uint8, 255), (np.uint16, 65535)])
def test_grey_images(save, dtype, top):
    ramp = np.tile(np.linspace(0, top, 40), (40, 1)).astype(dtype)
    image = read_image(save('grey.png', ramp))
    assert image.shape == (3, 40, 40)
    np.testing.assert_allclose(image[1], ramp / top, atol=1 / 255)


def test_floating_point_is_refused(save):
    with pytest.raises(DataError, match='f.tif: not a picture of a kind that is read .*TIFF.* of 8 or 16 bits'):
        open_picture(save('f.tif', np.ones((4, 4), np.float32)))


@pytest.mark.parametrize('ending', ['gif', 'tif', 'avif'])
def test_further_formats(save, image_rgb, ending):
    if ending == 'avif' and 'AVIF' not in FORMATS:
        pytest.skip('Pillow was built without AVIF')
    more = {'append_images': [Image.new('RGB', (40, 40))], 'save_all': True}  # the first of several counts
    image = read_image(save(f'a.{ending}', Image.fromarray(image_rgb), **more))
    assert np.abs(image - image_rgb.transpose(2, 0, 1) / 255).mean() < 0.03


def test_cmyk_jpeg(save, image_rgb):
    image = read_image(save('cmyk.jpg', Image.fromarray(image_rgb).convert('CMYK'), quality=95))
    assert np.abs(image - image_rgb.transpose(2, 0, 1) / 255).mean() < 0.03


def test_transparent_image_shows_white(save):
    rgba = np.zeros((8, 8, 4), np.uint8)
    rgba[:, 4:, 3] = 51
    image = read_image(save('rgba.png', rgba), 8)
    np.testing.assert_allclose(image[:, :, :4], 1)
    np.testing.assert_allclose(image[:, :, 4:], 0.8, atol=1e-6)


def test_transparent_colour_map_takes_the_mean_of_the_rest(save):
    rgba = np.zeros((8, 8, 4), np.uint8)
    rgba[:, 4:] = (51, 102, 204, 255)
    path = save('cut.png', rgba)
    color = color_from(open_picture(path), path, 4)
    np.testing.assert_allclose(color, np.broadcast_to(np.array([.2, .4, .8])[:, None, None], (3, 4, 4)), atol=1e-6)


def test_images_shrink_by_area(save):
    checks = np.kron([[0, 1], [1, 0]], np.ones((1, 1))).astype(np.uint8) * 255
    path = save('checks.png', np.dstack([np.tile(checks, (16, 16))] * 3))
    np.testing.assert_allclose(read_image(path, 8), 0.5, atol=1e-6)
    assert read_image(path, 50).shape == (3, 50, 50)


def test_a_cameras_rotation_is_applied(save, image_rgb):
    exif = Image.Exif()
    exif[0x0112] = 3
    turned = read_image(save('turned.jpg', image_rgb, quality=95, exif=exif))
    assert np.abs(turned - image_rgb[::-1, ::-1].transpose(2, 0, 1) / 255).mean() < 0.02


def test_listing_ignores_what_is_no_picture(tmp_path, save, image_rgb):
    for name in ('b.PNG', 'a.jpeg', '10.png', '9.png', '.hidden.png', '._a.png'):
        save(name, image_rgb)
    (tmp_path / 'metadata.jsonl').write_text('{}')
    (tmp_path / 'folder.png').mkdir()
    assert [path.name for path in list_images(tmp_path)] == ['10.png', '9.png', 'a.jpeg', 'b.PNG']
    with pytest.raises(DataError, match='none: no such directory'):
        list_images(tmp_path / 'none')
    with pytest.raises(DataError, match='9.png: cannot be read as a directory'):
        list_images(tmp_path / '9.png')
