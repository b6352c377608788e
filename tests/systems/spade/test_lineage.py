"""The lineage's weights give the lineage's numbers."""
from pathlib import Path

import chainer
import numpy
import pytest

from spade_anime import losses
from spade_anime.choices import PENALTY_FORMS
from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.runs.weights import load_arrays, load_network, read_arrays
from spade_anime.systems.spade import lineage
from spade_anime.systems.spade.networks import PatchDiscriminator, SpadeGenerator
from spade_anime.systems.spade.system import SpadeSystem

DATA = Path(__file__).parents[2] / 'data'
TOLERANCE = 1e-4


@pytest.fixture(scope='module')
def expected():
    with numpy.load(DATA / 'lineage_io.npz') as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope='module')
def judged(expected):
    """Logits and features of the real and the fake image, and the real image as a variable."""
    dis = PatchDiscriminator(8, double_activation=True)
    load_network(DATA / 'lineage_dis.npz', dis, lineage.discriminator_path)
    image = chainer.Variable(expected['image'])
    with chainer.using_config('train', False):
        return image, *(dis(x, expected['label'], expected['color']) for x in (image, expected['fake']))


def close(actual, desired):
    numpy.testing.assert_allclose(getattr(actual, 'array', actual), desired, rtol=TOLERANCE, atol=TOLERANCE)


def test_image(expected):
    arrays = read_arrays(DATA / 'lineage_gen.npz', lineage.generator_path)
    gen = SpadeSystem(SpadeSystem.options_from_arrays(arrays, 128)).generator(LabelColor(128))
    assert isinstance(gen, SpadeGenerator)
    load_arrays(arrays, gen, 'lineage_gen.npz')
    with chainer.using_config('train', False):
        close(gen(expected['label'], expected['color']), expected['fake'])


def test_logits_and_features(expected, judged):
    _, (real_logits, real_features), (fake_logits, fake_features) = judged
    close(real_logits, expected['real_logits'])
    close(fake_logits, expected['fake_logits'])
    for i, feature in enumerate(real_features):
        close(feature, expected[f'real_feature_{i}'])
    close(10 * losses.feature_matching(real_features, fake_features), expected['feature_matching'])


def test_hinge(expected, judged):
    _, (real_logits, _), (fake_logits, _) = judged
    close(sum(losses.discriminator_loss('hinge', real_logits, fake_logits)), expected['d_hinge'])
    close(losses.generator_loss('hinge', fake_logits), expected['g_hinge'])


def test_image_gradient_and_both_penalties(expected, judged):
    image, (logits, _), _ = judged
    gradient, = chainer.grad([chainer.functions.mean(logits, axis=(1, 2, 3))], [image])
    scale = abs(expected['grad_image']).max()
    close(gradient.array / scale, expected['grad_image'] / scale)
    for form in PENALTY_FORMS:
        desired = expected[f'gp_{form}'].mean()
        close(losses.gradient_penalty(logits, image, form).array / desired, 1)


@pytest.mark.parametrize('theirs, ours', [
    ('r7/reshape_conv/c/W_u', 'blocks/6/conv0/W_u'), ('r7/reshape_noise/gamma', 'blocks/6/norm0/noise_weight'),
    ('r2/norm1/norm/avg_mean', 'blocks/1/norm1/avg_mean'), ('w1/conv3/b', 'label_mapping/conv3/b'),
    ('up3/c/c/W', 'upsamplings/2/conv/W'), ('to_img/W', 'to_image/W'), ('head/W', 'head/W')])
def test_generator_paths(theirs, ours):
    assert lineage.generator_path(theirs) == ours
    assert lineage.generator_path(ours) == ours
