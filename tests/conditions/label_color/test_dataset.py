import multiprocessing
import pickle
import warnings

import numpy as np
import pytest
from chainer.iterators import MultiprocessIterator
from PIL import Image

from spade_anime.conditions.label_color.dataset import Mirrored, check_dataset, open_dataset, split
from spade_anime.data.errors import DataError
from spade_anime.data.palette import FIVE, HAIR


def check_quietly(dataset, **options):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        check_dataset(dataset, **options)


def make_folders(save, image_rgb, label_rgb, color_rgb=None, names=('a', 'b')):
    for name in names:
        save(f'set/image/{name}.jpg', image_rgb, quality=95)
        path = save(f'set/label/{name}.png', label_rgb)
        if color_rgb is not None:
            save(f'set/color/{name}.png', color_rgb)
    return path.parent.parent


def test_strips(strips, classes, image_rgb):
    (strips / 'metadata.jsonl').write_text('{}')
    dataset = open_dataset(strips, 40)
    assert len(dataset) == 5 and dataset.names == [f'{i}.png' for i in range(5)]
    image, label, color = dataset[0]
    assert all(a.dtype == np.float32 for a in (image, label, color))
    np.testing.assert_allclose(image, image_rgb.transpose(2, 0, 1) / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(label, FIVE.one_hot(classes))
    hair = label[HAIR] > 0
    np.testing.assert_allclose(color[:, hair], np.tile([[.8], [.2], [.4]], hair.sum()), atol=1e-6)
    assert (color[:, ~hair] == 0).all()
    check_quietly(dataset)


@pytest.mark.parametrize('size', [16, 64])
def test_any_size(strips, size):
    image, label, color = open_dataset(strips, size)[2]
    assert image.shape == color.shape == (3, size, size) and label.shape == (4, size, size)
    assert image.min() >= -1 and image.max() <= 1 and set(np.unique(label)) == {0, 1}


def test_folders_join_by_stem_whatever_the_size(save, image_rgb, label_rgb, color_rgb, classes):
    directory = make_folders(save, image_rgb, label_rgb, np.tile(color_rgb, (2, 2, 1)))
    dataset = open_dataset(directory, 40)
    assert dataset.names == ['a', 'b']
    image, label, color = dataset[1]
    assert np.abs(image - (image_rgb.transpose(2, 0, 1) / 127.5 - 1)).mean() < 0.04
    np.testing.assert_array_equal(label, FIVE.one_hot(classes))
    assert color[0].max() == pytest.approx(0.8)
    check_quietly(dataset)


@pytest.mark.parametrize('layout', ['strips', 'folders'])
def test_without_a_colour_map_the_images_hair_gives_its_mean(save, layout, image_rgb, label_rgb, classes):
    if layout == 'strips':
        directory = save('set/a.png', np.hstack([image_rgb, label_rgb])).parent
    else:
        save('set/image/a.png', image_rgb)
        directory = save('set/label/a.png', label_rgb).parent.parent
    _, label, color = open_dataset(directory, 40)[0]
    mean = image_rgb[classes == HAIR].mean(axis=0) / 255
    np.testing.assert_allclose(color[:, label[HAIR] > 0], np.tile(mean[:, None], (classes == HAIR).sum()), atol=1e-5)
    assert (color[:, label[HAIR] == 0] == 0).all()


def test_no_hair_no_colour(save, image_rgb):
    bald = np.full_like(image_rgb, FIVE.array[1])
    _, _, color = open_dataset(save('set/a.png', np.hstack([image_rgb, bald])).parent, 16)[0]
    assert (color == 0).all()


def test_directories_without_samples(tmp_path):
    with pytest.raises(DataError, match='none: no such directory'):
        open_dataset(tmp_path / 'none', 16)
    with pytest.raises(DataError, match='no samples; expected strips'):
        open_dataset(tmp_path, 16)
    (tmp_path / 'image').mkdir()
    with pytest.raises(DataError, match='label: no such directory'):
        open_dataset(tmp_path, 16)
    (tmp_path / 'label').mkdir()
    with pytest.raises(DataError, match='no pictures in the folders image/, label/$'):
        open_dataset(tmp_path, 16)


def test_all_faults_are_told_at_once(save, image_rgb, label_rgb, color_rgb):
    names = ('bad', 'cut', 'fine', 'grey', 'lonely', 'twice', 'wide')
    directory = make_folders(save, image_rgb, label_rgb, color_rgb, names)
    cut, bad = directory / 'image' / 'cut.jpg', directory / 'label' / 'bad.png'
    cut.write_bytes(cut.read_bytes()[:400])
    (directory / 'color' / 'cut.png').write_bytes(b'')
    bad.write_text('no picture')
    save('set/label/grey.png', np.full((40, 40, 3), 128, np.uint8))
    save('set/label/twice.bmp', label_rgb)
    save('set/image/wide.jpg', image_rgb[:30])
    (directory / 'color' / 'lonely.png').unlink()
    save('set/label/extra.png', label_rgb)
    with pytest.raises(DataError) as error:
        check_dataset(open_dataset(directory, 16))
    lines = str(error.value).splitlines()
    for told in ('image/cut.jpg: cannot be read', 'color/cut.png: empty', 'label/bad.png: not a picture',
                 'label/grey.png: 100 %', 'label/twice.*: 2 files',
                 'image/wide.jpg: the image has to be square', 'image/extra.*'):
        assert sum(told in line for line in lines) == 1, (told, lines)
    assert len(lines) == 7


def test_many_faults_are_cut_short(tmp_path):
    for i in range(30):
        (tmp_path / f'{i:02d}.png').write_bytes(b'')
    with pytest.raises(DataError) as error:
        check_dataset(open_dataset(tmp_path, 16))
    lines = str(error.value).splitlines()
    assert len(lines) == 21 and lines[-1] == 'and 10 more' and '00.png' in lines[0]


def test_a_strip_of_wrong_shape_is_told(strips, save):
    save('strips/square.png', Image.new('RGB', (40, 40)))
    with pytest.raises(DataError, match='square.png: a strip has to be 3 x'):
        check_dataset(open_dataset(strips, 16))


def test_repairs_warn_once_for_the_whole_set(strips, save, image_rgb, label_rgb, color_rgb):
    for name, count in (('few', 1), ('most', 3)):
        label_rgb[0, :count] = 0
        save(f'strips/{name}.png', np.hstack([image_rgb, label_rgb, color_rgb]))
    with pytest.warns(UserWarning, match='2 of 7 labels: soft or lossy edges.*most.png: 0.19 %') as told:
        check_dataset(open_dataset(strips, 16))
    assert len(told) == 1


def test_large_sets_are_checked_in_worker_processes(tmp_path, monkeypatch, strips, capfd):
    import spade_anime.data.checking as checking
    monkeypatch.setattr(checking, '_WORTH_WORKERS', 3)
    (strips / '3.png').write_bytes(b'')
    with pytest.raises(DataError, match='3.png: empty file'):
        check_dataset(open_dataset(strips, 16), workers=2)
    assert '5/5' in capfd.readouterr().err


def test_only_paths_are_held(strips):
    dataset = open_dataset(strips, 40)
    before = len(pickle.dumps(dataset))
    first = dataset[0]
    assert len(pickle.dumps(dataset)) == before < 2000
    again = dataset[0]
    assert all(a is not b for a, b in zip(first, again))
    Image.new('RGB', (120, 40), (255, 0, 0)).save(strips / '0.png')
    assert not np.array_equal(dataset[0][0], first[0])


def test_worker_processes_read_the_same(strips):
    dataset, others = Mirrored(split(open_dataset(strips, 16))[0]), set(multiprocessing.active_children())
    iterator = MultiprocessIterator(dataset, 4, repeat=False, shuffle=False, n_processes=2)
    try:
        read = [sample for batch in iterator for sample in batch]
    finally:
        iterator.finalize()
        for child in set(multiprocessing.active_children()) - others:
            child.join()
    assert len(read) == 8
    for got, expected in zip(read, (dataset[i] for i in range(8))):
        for a, b in zip(got, expected):
            np.testing.assert_array_equal(a, b)


@pytest.fixture
def tall(save, image_rgb, label_rgb, color_rgb):
    """A set whose pictures are cut to 24 x 40, its labels twice as large."""
    for name in 'ab':
        save(f'set/image/{name}.png', image_rgb[:, 8:32])
        save(f'set/color/{name}.png', color_rgb[:, 8:32])
        path = save(f'set/label/{name}.png', label_rgb[:, 8:32].repeat(2, 0).repeat(2, 1))
    return path.parent.parent


def test_pictures_that_are_not_square_name_what_makes_them_so(tall):
    with pytest.raises(DataError, match='image/a.png: the image has to be square, found 24 x 40.*--fit crop'):
        check_dataset(open_dataset(tall, 40))


def test_cropped_samples_are_the_squares_in_the_middle(tall, image_rgb, classes):
    dataset = open_dataset(tall, 24, fit='crop')
    check_quietly(dataset)
    image, label, _ = dataset[0]
    np.testing.assert_allclose(image, image_rgb[8:32, 8:32].transpose(2, 0, 1) / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(label, FIVE.one_hot(classes[8:32, 8:32]))


def test_padded_samples_have_background_beside_them(tall, image_rgb, classes):
    dataset = open_dataset(tall, 40, fit='pad')
    check_quietly(dataset)
    image, label, color = dataset[0]
    np.testing.assert_allclose(image[:, :, 8:32], image_rgb[:, 8:32].transpose(2, 0, 1) / 127.5 - 1, atol=1e-6)
    np.testing.assert_array_equal(image[:, :, :8], image[:, :, 8:9].repeat(8, 2))
    np.testing.assert_array_equal(label[:, :, 8:32], FIVE.one_hot(classes[:, 8:32]))
    assert (label[:, :, :8] == 0).all() and (label[:, :, 32:] == 0).all() and (color[:, :, :8] == 0).all()
    assert len(pickle.dumps(dataset)) < 2000


def test_parts_of_other_shapes_are_refused(tall, save, label_rgb):
    save('set/label/b.png', label_rgb)
    with pytest.raises(DataError, match='label/b.png: 40 x 40, of another shape than .*image/b.png .24 x 40.; allowed'):
        check_dataset(open_dataset(tall, 40, fit='crop'))
