import copy
from types import SimpleNamespace

import chainer
import numpy
import pytest
from feature_models import random_model
from from_systems import of_system

from spade_anime.data.splitting import Mirrored
from spade_anime.errors import InputError
from spade_anime.evaluation.distances import VALIDATION, Gaussian, frechet_distance, kernel_distance
from spade_anime.evaluation.features import Features
from spade_anime.evaluation.fid_kid import Originals
from spade_anime.evaluation.scores import Wanted, scores_for

DCGANGenerator = of_system('dcgan.networks.DCGANGenerator')

CLASSES, SIZE = 3, 8


def error_to_real(samples, images):
    return {'error': float(numpy.abs(images - numpy.stack([image for image, _ in samples])).mean())}


SYSTEM = SimpleNamespace(options=SimpleNamespace(dataset_dir='portraits', seed=0), evaluation_draws=0)


class Condition:
    """What ``scores_for`` asks of a condition, with a judge that draws from NumPy's global state."""

    def score(self, training, seed):
        return error_to_real

    def drawn_again(self, arrays, random):
        return arrays

    def judges(self, training, directory=None):
        return [lambda samples, images: {'judge': float(numpy.random.uniform()), 'trained on': len(training)}]


def data(count, seed):
    random = numpy.random.default_rng(seed)
    return [(random.uniform(-1, 1, (3, SIZE, SIZE)).astype(numpy.float32), numpy.eye(CLASSES, dtype='f')[i % CLASSES])
            for i in range(count)]


@pytest.fixture
def gen():
    """A generator whose noise is seen: fresh weights paint next to nothing but grey."""
    gen = DCGANGenerator(CLASSES, SIZE, 8, 4, 8)
    for param in gen.params():
        if param.ndim > 1:
            param.array *= 10
    return gen


@pytest.fixture
def wanted(tmp_path):
    return Wanted(features=str(random_model(tmp_path / 'random.onnx')), diversity_draws=2)


def scores_of(wanted, training=9, validation=5, **parts):
    opened = SimpleNamespace(sets=[SimpleNamespace(dataset=Mirrored(data(training, 1)))],
                             validation=data(validation, 2), condition=Condition())
    return scores_for(SYSTEM, opened, wanted, **parts)


def test_scores_are_those_of_metrics_judges_distances_and_diversity(gen, wanted):
    scores = scores_of(wanted)
    found = scores.of(gen)
    assert list(found) == ['error', 'judge', 'trained on', 'kid', 'kid_error', 'diversity_pixels', 'diversity_features']
    features = Features(wanted.features)
    painted, real = scores.paint(gen), numpy.stack([image for image, _ in data(9, 1)])
    distance = kernel_distance(features.of(painted), features.of(real))
    assert (found['kid'], found['kid_error']) == pytest.approx(distance)
    assert found['error'] == error_to_real(data(5, 2), painted)['error']
    assert found['diversity_pixels'] > 0 < found['diversity_features']


def test_same_paintings_each_time_and_nothing_drawn_from_anybody_else(gen, wanted):
    """Neither from the generator's own noise nor from NumPy's state, from which a training may draw."""
    scores, untouched = scores_of(wanted), copy.deepcopy(gen)
    numpy.random.seed(3)
    first = scores.of(gen)
    after = numpy.random.uniform()
    numpy.random.seed(3)
    assert after == numpy.random.uniform()
    numpy.random.seed(3)
    assert scores.of(gen) == first
    numpy.testing.assert_array_equal(gen.draw_noise(2), untouched.draw_noise(2))
    assert scores_of(wanted, seed=1).of(gen)['error'] != first['error']


def test_weights_and_statistics_of_the_generator_are_left_alone(gen, wanted):
    before = {name: array.copy() for name, array in arrays(gen).items()}
    scores_of(wanted).of(gen)
    assert chainer.config.train
    for name, array in arrays(gen).items():
        numpy.testing.assert_array_equal(array, before[name])


def arrays(link):
    serializer = chainer.serializers.DictionarySerializer()
    serializer.save(link)
    return {name: numpy.asarray(value) for name, value in serializer.target.items() if value is not None}


def test_real_images_are_compared_with_others(wanted):
    """With the training images: identical sets would be nearer than anything that is painted can be."""
    real = scores_of(wanted).real()
    features = Features(wanted.features)
    distance = kernel_distance(*(features.of([image for image, _ in data(*part)]) for part in ((5, 2), (9, 1))))
    assert (real['kid'], real['kid_error']) == pytest.approx(distance)
    assert real['error'] == 0
    assert abs(real['kid']) < 3 * real['kid_error']


def test_validation_can_be_the_real_distribution(gen, wanted):
    scores = scores_of(Wanted(features=wanted.features, reference=VALIDATION))
    assert len(scores.distances.reference) == 5
    assert 'kid' in scores.of(gen) and 'kid' not in scores.real()


def test_real_features_are_computed_once(gen, wanted, monkeypatch):
    counts = []
    of = Features.of
    monkeypatch.setattr(Features, 'of', lambda self, images: counts.append(len(images)) or of(self, images))
    scores = scores_of(Wanted(features=wanted.features, diversity_draws=0))
    scores.of(gen)
    scores.of(gen)
    assert counts == [9, 5, 5]


def test_fid_of_few_images_only_where_it_is_asked_for(gen, wanted, monkeypatch):
    assert any(line.startswith('no fid (--fid') for line in scores_of(wanted).remarks())
    asked = scores_of(Wanted(features=wanted.features, fid=True, diversity_draws=0))
    assert any(line.startswith('fid: 5 paintings and 9 real') for line in asked.remarks())
    features = Features(wanted.features)
    fitted = [Gaussian.of_features(features.of(images)) for images in (asked.paint(gen), [x for x, _ in data(9, 1)])]
    assert asked.of(gen)['fid'] == pytest.approx(frechet_distance(*fitted))
    monkeypatch.setattr('spade_anime.evaluation.fid_kid.ENOUGH_FOR_FRECHET', 5)
    enough = scores_of(wanted)
    assert 'fid' in enough.of(gen) and len(enough.remarks()) == 1


def test_an_fid_of_identical_sets_is_0_and_kid_below_0(wanted):
    scores = scores_of(Wanted(features=wanted.features, fid=True))
    same = scores.distances.of(numpy.stack([image for image, _ in data(9, 1)]))
    assert abs(same['fid']) < 1e-9 and same['kid'] < 0


def test_samples_come_again_until_there_are_enough_paintings(gen):
    scores = scores_of(Wanted(draws=12))
    images = scores.paint(gen)
    assert images.shape == (12, 3, SIZE, SIZE)
    assert numpy.abs(images[0] - images[5]).max() > 0  # the same condition, other noise
    numpy.testing.assert_array_equal(scores.samples[0][0], scores.samples[5][0])


def test_one_image_and_no_image_are_told(gen, wanted):
    with pytest.raises(InputError, match='1 paintings and 9 real images; KID and FID need at least 3'):
        scores_of(wanted, validation=1)
    with pytest.raises(InputError, match='4 paintings and 2 real images'):
        scores_of(wanted, training=2, validation=4)
    with pytest.raises(InputError, match='portraits: one sample leaves none for validation'):
        scores_of(wanted, validation=0)
    few = scores_of(Wanted(features=wanted.features, draws=4), validation=2)
    assert 'kid' in few.of(gen) and 'kid' not in few.real()


def test_originals_are_each_image_once():
    mirrored = Mirrored(data(4, 0))
    originals = Originals(mirrored, 100)
    assert len(mirrored) == 8 and len(originals) == 4
    for image, (expected, _) in zip(originals, data(4, 0), strict=True):
        numpy.testing.assert_array_equal(image, expected)
    assert len(Originals(mirrored, 3)) == len(list(Originals(mirrored, 3))) == 3
