import numpy
import pytest
from feature_models import FLOAT, UINT8, map_model, means_model, random_model, saved
from onnx import helper

from spade_anime.errors import InputError
from spade_anime.evaluation.features import Features


@pytest.fixture
def images():
    """Twenty images of one colour each: (N, 3, 6, 6) in [-1, 1], and the colours in 0..255."""
    colors = numpy.random.default_rng(0).integers(0, 256, (20, 3))
    flat = (colors / 127.5 - 1).astype(numpy.float32)
    return numpy.broadcast_to(flat[:, :, None, None], (20, 3, 6, 6)), colors


@pytest.mark.parametrize('shape', [('N', 3, 'H', 'W'), ('N', 'H', 'W', 3), (None, 'C', 'H', 'W'), ('N', 3, 9, 12),
                                   (1, 3, 6, 6), (8, 6, 6, 3), (32, 3, 6, 6)], ids=str)
@pytest.mark.parametrize('kind', [FLOAT, UINT8], ids=['float', 'uint8'])
def test_layouts_sizes_and_batches_give_the_same_features(tmp_path, images, shape, kind):
    """Twenty images, of which a batch of 16 and one of 4 are made; of a fixed batch the rest is filled up."""
    features = Features(means_model(tmp_path / 'means.onnx', shape, kind), 'bytes')
    numpy.testing.assert_allclose(features.of(images[0]), images[1], atol=1e-4)
    assert features.of(images[0]).dtype == numpy.float64


@pytest.mark.parametrize('value_range, expected', [
    ('auto', lambda x: (x - 128) / 128), ('signed', lambda x: (x - 128) / 128), ('unit', lambda x: x / 255),
    ('bytes', lambda x: x),
    ('imagenet', lambda x: (x / 255 - numpy.array([0.485, 0.456, 0.406])) / numpy.array([0.229, 0.224, 0.225]))])
def test_ranges_of_pixels(tmp_path, images, value_range, expected):
    features = Features(means_model(tmp_path / 'means.onnx'), value_range)
    numpy.testing.assert_allclose(features.of(images[0]), expected(images[1]), rtol=1e-5, atol=1e-5)


def test_whole_bytes_are_taken_as_such_unasked(tmp_path, images):
    features = Features(means_model(tmp_path / 'means.onnx', kind=UINT8))
    numpy.testing.assert_array_equal(features.of(images[0]), images[1])
    assert 'uint8, range bytes' in features.describe()


def test_paintings_are_rounded_as_if_they_had_been_saved(tmp_path):
    features = Features(means_model(tmp_path / 'means.onnx'), 'bytes')
    given = numpy.full((1, 3, 4, 4), 100.3 / 127.5 - 1, numpy.float32)
    numpy.testing.assert_array_equal(features.of(given), numpy.full((1, 3), 100))


def test_images_are_resized_to_what_the_network_takes(tmp_path):
    """The left half black, the right half white: still so at another size, and never beyond black and white."""
    image = numpy.full((1, 3, 16, 16), -1, numpy.float32)
    image[..., 8:] = 1
    pixels = Features(map_model(tmp_path / 'map.onnx'), 'bytes').input.batch([(image[0] > 0).transpose(1, 2, 0) * 255])
    assert pixels.shape == (1, 3, 8, 8)
    assert pixels.min() >= 0 and pixels.max() <= 255
    assert (pixels[..., :3] < 20).all() and (pixels[..., 5:] > 235).all()


def test_free_size_is_the_images_own_or_the_one_asked_for(tmp_path):
    path = means_model(tmp_path / 'means.onnx')
    picture = numpy.zeros((6, 6, 3), numpy.uint8)
    assert Features(path).input.batch([picture]).shape == (1, 3, 6, 6)
    assert Features(path, size=10).input.batch([picture]).shape == (1, 3, 10, 10)


def test_maps_of_features_are_averaged(tmp_path, images):
    features = Features(map_model(tmp_path / 'map.onnx'), 'bytes')
    numpy.testing.assert_allclose(features.of(images[0]), 2 * images[1], rtol=1e-5)


def test_distance_is_euclidean_and_0_between_equal_images(tmp_path):
    features = Features(random_model(tmp_path / 'random.onnx'))
    images = numpy.random.default_rng(0).uniform(-1, 1, (3, 3, 8, 8))
    images[2] = images[0]
    distances, vectors = features.distance(images), features.of(images)
    assert distances[0, 2] == 0
    assert distances[0, 1] == pytest.approx(((vectors[0] - vectors[1]) ** 2).sum() ** 0.5)


def test_images_that_are_read_one_by_one_are_read_once(tmp_path, images):
    class Read:
        count = 0

        def __len__(self):
            return len(images[0])

        def __getitem__(self, i):
            self.count += 1
            return images[0][i]

    read = Read()
    numpy.testing.assert_allclose(Features(means_model(tmp_path / 'm.onnx'), 'bytes').of(read), images[1], atol=1e-4)
    assert read.count == 20


def one_line(error, *words):
    text = str(error.value)
    assert '\n' not in text and all(word in text for word in words), text


def test_missing_file_folder_and_other_files_are_one_line(tmp_path):
    (tmp_path / 'text.onnx').write_text('features')
    (tmp_path / 'empty.onnx').touch()
    good = means_model(tmp_path / 'good.onnx').read_bytes()
    (tmp_path / 'cut.onnx').write_bytes(good[:len(good) // 2])
    for name in ('none.onnx', '.', 'text.onnx', 'empty.onnx', 'cut.onnx'):
        with pytest.raises(InputError) as error:
            Features(tmp_path / name)
        one_line(error, '--features', str(tmp_path / name), 'ONNX')


@pytest.mark.parametrize('shape, words', [(('N', 1, 8, 8), ['3 channels']), ((3, 8, 8), ['arrays [3, 8, 8]']),
                                          (('N', 192), ['images'])], ids=str)
def test_inputs_that_are_no_colour_images_are_one_line(tmp_path, shape, words):
    path = saved(tmp_path / 'odd.onnx', [helper.make_node('Identity', ['images'], ['features'])],
                 [helper.make_tensor_value_info('images', FLOAT, shape)], rank=len(shape))
    with pytest.raises(InputError) as error:
        Features(path)
    one_line(error, str(path), *words)


def test_several_inputs_and_other_types_are_one_line(tmp_path):
    given = [helper.make_tensor_value_info(name, FLOAT, ('N', 3)) for name in ('images', 'size')]
    several = saved(tmp_path / 'two.onnx', [helper.make_node('Add', ['images', 'size'], ['features'])], given)
    whole = saved(tmp_path / 'int.onnx', [helper.make_node('Cast', ['images'], ['features'], to=FLOAT)],
                  [helper.make_tensor_value_info('images', 7, ('N', 3))])
    for path, words in ((several, ['2 inputs', 'images, size']), (whole, ['tensor(int64)', 'tensor(float)'])):
        with pytest.raises(InputError) as error:
            Features(path)
        one_line(error, str(path), *words)


def test_what_contradicts_the_network_is_one_line(tmp_path):
    fixed = means_model(tmp_path / 'fixed.onnx', ('N', 3, 8, 8), UINT8)
    with pytest.raises(InputError) as error:
        Features(fixed, size=16)
    one_line(error, '--features_size 16', '8 x 8')
    with pytest.raises(InputError) as error:
        Features(fixed, 'unit')
    one_line(error, '--features_range unit', 'uint8')


def test_a_size_that_the_network_does_not_take_is_one_line_and_nothing_else(tmp_path, capfd):
    path = random_model(tmp_path / 'random.onnx', size='any')
    with pytest.raises(InputError) as error:
        Features(path, size=5).of(numpy.zeros((2, 3, 8, 8)))
    one_line(error, str(path), '(2, 3, 5, 5)', '--features_size')
    assert capfd.readouterr() == ('', '')


def test_outputs_that_are_no_vectors_are_one_line(tmp_path):
    path = saved(tmp_path / 'total.onnx', [helper.make_node('ReduceSum', ['images'], ['features'], keepdims=0)],
                 [helper.make_tensor_value_info('images', FLOAT, ('N', 3, 8, 8))], rank=0)
    with pytest.raises(InputError) as error:
        Features(path).of(numpy.zeros((2, 3, 8, 8)))
    one_line(error, str(path), "'features'", '()')


def test_features_that_are_no_numbers_name_the_image(tmp_path):
    """Logarithm of the mean colour: of an image darker than grey there is none."""
    path = saved(tmp_path / 'log.onnx', [helper.make_node('ReduceMean', ['images'], ['means'], axes=[2, 3], keepdims=0),
                                         helper.make_node('Log', ['means'], ['features'])],
                 [helper.make_tensor_value_info('images', FLOAT, ('N', 3, 8, 8))])
    images = numpy.ones((20, 3, 8, 8), numpy.float32)
    images[17] = -1
    with pytest.raises(InputError) as error:
        Features(path).of(images)
    one_line(error, str(path), 'image 18 of 20', 'finite')


def test_without_images_and_without_the_extra(tmp_path, monkeypatch):
    path = means_model(tmp_path / 'means.onnx')
    with pytest.raises(InputError, match='no image'):
        Features(path).of([])
    monkeypatch.setitem(__import__('sys').modules, 'onnxruntime', None)
    with pytest.raises(InputError) as error:
        Features(path)
    one_line(error, 'onnxruntime', 'extra "onnx"')
