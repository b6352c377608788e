"""DiffAugment: images and conditions stay together, hair keeps its colour, real and painted are treated alike."""
import json

import chainer
import numpy
import pytest
from from_systems import needs, of_system, skip_without

import train
from kernels.runtime.machine import using
from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.data.palette import HAIR
from spade_anime.fields import OptionError
from spade_anime.functions.parts import BatchPart
from spade_anime.systems import SYSTEMS as REGISTRY
from spade_anime.systems.augmentation import DiffAugment, unchanged
from spade_anime.systems.objectives import ConditionalObjective, MatchingAwareObjective

KINDS = of_system('pix2pix.system.KINDS')
SpadeObjective = of_system('spade.objective.SpadeObjective')
SpadeOptions = of_system('spade.options.SpadeOptions')

MOVED = LabelColor(64).moved

SIZE = 32
ALL = 'color', 'translation', 'cutout'


@pytest.fixture
def portraits(random):
    """Images (8, 3, S, S) in [-1, 1], one-hot labels, and maps of the mean colour of each one's hair."""
    image = random.uniform(-1, 1, (8, 3, SIZE, SIZE)).astype('f')
    label = (random.randint(0, 5, (8, 1, SIZE // 4, SIZE // 4)) == numpy.arange(4)[:, None, None]).astype('f')
    label = label.repeat(4, axis=2).repeat(4, axis=3)
    hair = label[:, HAIR:HAIR + 1]
    color = hair_mean((image + 1) / 2, hair)[:, :, None, None] * hair
    return image, label, color


def hair_mean(image, hair):
    return (image * hair).sum((2, 3)) / hair.sum((2, 3))


def arrays(seen):
    return [getattr(part, 'array', part) for part in seen]


def augmented(policies, image, condition, adapt=MOVED):
    return arrays(DiffAugment(policies, adapt).draw(image)(image, condition))


def test_hair_keeps_the_mean_colour_that_is_asked_for(portraits):
    """Mean colour under the hair of the image is that of the colour map, before and after."""
    image, label, color = portraits
    seen, shown, asked = augmented(('color',), image, (label, color))
    assert shown is label and abs(seen - image).max() > 0.1 and abs(asked - color).max() > 0.1
    hair = label[:, HAIR:HAIR + 1]
    numpy.testing.assert_allclose(hair_mean((seen + 1) / 2, hair), hair_mean(asked, hair), atol=1e-5)
    assert not (asked * (1 - hair)).any()


def test_every_pixel_of_hair_keeps_the_colour_that_is_asked_for(portraits):
    """The same where hair is all of one colour, which is then moved as well."""
    image, label, color = portraits
    hair = label[:, HAIR:HAIR + 1]
    image = image * (1 - hair) + (2 * color - 1) * hair
    seen, moved, asked = augmented(('translation', 'color'), image, (label, color))
    assert (moved != label).any() and abs(asked - color * moved[:, HAIR:HAIR + 1]).max() > 0.1
    numpy.testing.assert_allclose((seen + 1) / 2 * moved[:, HAIR:HAIR + 1], asked, atol=1e-5)


def test_hues_stay(portraits):
    """Differences between channels, whose ratios are the hue, grow alike, and never turn round."""
    image, label, color = portraits
    seen = augmented(('color',), image, (label, color))[0]
    before, after = (values - values.mean(axis=1, keepdims=True) for values in (image, seen))
    for i in range(len(image)):
        factor = (after[i] * before[i]).sum() / (before[i] ** 2).sum()
        assert 0 <= factor <= 3
        numpy.testing.assert_allclose(after[i], factor * before[i], atol=1e-5)


def test_maps_move_with_the_image(portraits):
    """An image that repeats its label still does, with zeros where something comes in."""
    _, label, color = portraits
    seen, moved, asked = augmented(('translation',), label[:, :3], (label, color))
    numpy.testing.assert_array_equal(seen, moved[:, :3])
    numpy.testing.assert_array_equal(asked > 0, (moved[:, HAIR:HAIR + 1] > 0) & (asked > 0))
    assert abs(moved - label).max(axis=(1, 2, 3)).sum() >= 6
    assert set(numpy.unique(moved)) == {0, 1}


def test_translations_are_all_within_an_eighth_and_as_frequent():
    corner = numpy.zeros((600, 3, SIZE, SIZE), 'f')
    corner[:, :, SIZE // 2, SIZE // 2] = 1
    seen, = augmented(('translation',), corner, (), unchanged)
    _, _, rows, columns = (seen[:, :1] > 0).nonzero()
    for places in (rows, columns):
        counts = numpy.bincount(places - SIZE // 2 + SIZE // 8)
        assert len(counts) == 2 * (SIZE // 8) + 1
        assert counts.min() > 600 / 9 / 2


def test_cutout_hides_the_image_and_leaves_the_condition(portraits):
    image, label, color = portraits
    seen, shown, asked = augmented(('cutout',), image, (label, color))
    assert shown is label and asked is color
    for before, after in zip(image, seen):
        rows, columns = (before != after).any(axis=0).nonzero()
        height, width = numpy.ptp(rows) + 1, numpy.ptp(columns) + 1
        assert 0 < height <= SIZE // 2 and 0 < width <= SIZE // 2
        assert (after == 0).all(axis=0).sum() == height * width == len(rows)


def test_every_sample_and_every_step_is_drawn_anew():
    ones = numpy.ones((4, 3, SIZE, SIZE), 'f')
    augment = DiffAugment(ALL)
    first, second = (arrays(augment.draw(ones)(ones, ()))[0] for _ in range(2))
    assert len({image.tobytes() for image in (*first, *second)}) == 8


def test_draws_repeat_with_the_generator_that_is_kept():
    ones = numpy.ones((4, 3, SIZE, SIZE), 'f')
    augment = DiffAugment(ALL)
    state = augment.noise.random.bit_generator.state
    first = arrays(augment.draw(ones)(ones, ()))[0]
    augment.noise.random.bit_generator.state = state
    numpy.testing.assert_array_equal(arrays(augment.draw(ones)(ones, ()))[0], first)


def test_processes_draw_their_parts_of_one_draw(portraits):
    """Two processes with half of a batch each change it as one process with the whole batch does."""
    image = portraits[0]
    augment = DiffAugment(ALL)
    state = augment.noise.random.bit_generator.state
    whole, parts = arrays(augment.draw(image)(image, ()))[0], []
    for rank, half in enumerate((image[:4], image[4:])):
        augment.noise.random.bit_generator.state = state
        with using(part=BatchPart(rank, 2)):
            parts.append(arrays(augment.draw(half)(half, ()))[0])
    numpy.testing.assert_array_equal(numpy.concatenate(parts), whole)


def test_without_policies_nothing_is_done_or_drawn(portraits):
    image, *condition = portraits
    before = numpy.random.get_state()[2]
    augment = DiffAugment((), MOVED)
    seen = augment.draw(image)(image, tuple(condition))
    assert numpy.random.get_state()[2] == before and augment.noise is None
    assert all(part is given for part, given in zip(seen, portraits))


class Networks:
    """A generator that always paints the same, and a discriminator that keeps what it is given."""

    def __init__(self, painted):
        self.painted = chainer.Parameter(painted)
        self.given = []

    def gen(self, *condition):
        return self.painted * 1

    def dis(self, image, *condition):
        self.given.append(arrays((image, *condition)))
        return chainer.functions.sum(chainer.as_variable(image), axis=1, keepdims=True), [chainer.as_variable(image)]


@pytest.fixture
def networks(portraits):
    return Networks(portraits[0])


def difference(first, second):
    return abs(first[0] - second[0]).max()


def test_both_steps_of_a_discriminator_see_augmented_images(portraits, networks):
    """Real and painted are the same here: each is changed, each by a draw of its own, and its condition as itself."""
    image, label, color = portraits
    objective = ConditionalObjective(networks.gen, networks.dis, SpadeOptions(), DiffAugment(ALL, MOVED))
    objective.discriminator_terms(image, label, color)
    objective.generator_terms(image, label, color)
    assert len(networks.given) == 3
    for i, given in enumerate(networks.given):
        assert difference(given, (image,)) > 0.1
        assert difference(given, networks.given[i - 1]) > 0.1
        assert abs(given[1] - label).max() == 1 and abs(given[2] - color).max() > 0.1


def test_the_generator_learns_through_the_augmentation(portraits, networks):
    """Where the square is cut out, and where a translation has moved the image out, no gradient comes back."""
    objective = ConditionalObjective(networks.gen, networks.dis, SpadeOptions(adv_loss_mode='wgan'),
                                     DiffAugment(('cutout',), MOVED))
    objective.generator_terms(*portraits)['adversarial'].backward()
    cut = (networks.given[0][0] == 0).all(axis=1, keepdims=True)
    gradient = abs(networks.painted.grad).sum(axis=1, keepdims=True)
    assert 0 < cut.sum() < cut.size
    numpy.testing.assert_array_equal(gradient == 0, cut)


def test_features_that_are_compared_are_changed_alike(portraits, networks):
    options = SpadeOptions(fm_coef=1.0)
    objective = SpadeObjective(networks.gen, networks.dis, options, augment=DiffAugment(ALL, MOVED))
    terms = objective.generator_terms(*portraits)
    assert float(terms['feature_matching'].array) == 0
    assert difference(networks.given[0], (portraits[0],)) > 0.1


def test_wrong_pairs_show_the_image_that_the_right_ones_show(portraits, networks):
    image, vector = portraits[0], numpy.ones((8, 2), 'f')
    objective = MatchingAwareObjective(networks.gen, networks.dis, SpadeOptions(), lambda condition: -condition,
                                       DiffAugment(('translation', 'cutout')))
    objective.discriminator_terms(image, vector)
    right, wrong, fake = networks.given
    assert difference(right, wrong) == 0 < difference(right, fake)
    assert (right[1] == 1).all() and (wrong[1] == -1).all() and (fake[1] == 1).all()


def test_the_penalty_keeps_its_strength(portraits, networks):
    """The logit is the sum of the channels: the gradient of what the discriminator sees is 1 whatever was drawn."""
    found = []
    for policies in ((), ALL):
        objective = ConditionalObjective(networks.gen, networks.dis, SpadeOptions(gp_coef=1.0),
                                         DiffAugment(policies, MOVED))
        found.append(float(objective.discriminator_terms(*portraits)['penalty'].array))
    assert found[0] == pytest.approx(found[1]) and found[0] > 0


@pytest.mark.parametrize('name, channels', [('label_color', (4, 3)), ('label', (4,))])
def test_pix2pix_moves_its_maps(portraits, name, channels):
    condition = KINDS[name](64)
    moved = augmented(('translation',), portraits[1][:, :3], portraits[1:][:len(channels)], condition.moved)
    assert [part.shape[1] for part in moved[1:]] == list(channels)
    numpy.testing.assert_array_equal(moved[0], moved[1][:, :3])


SMALL = ['--use_cpu', '--preset', 'tiny', '--batch_size', '2', '--workers', '0', '--max_iteration', '2',
         '--gp_interval', '1', '--log_interval', '1']
SYSTEMS = {
    'spade': ['--ngf', '2', '--ndf', '2', '--division_ch', '4', '--spade_ch', '8', '--augment', ','.join(ALL)],
    'pix2pix': ['--ngf', '2', '--ndf', '2', '--augment', ','.join(ALL)],
    'dcgan': ['--label_key', 'hair', '--image_size', '32', '--gf', '2', '--gfc', '8', '--df', '2', '--dfc', '8'],
    'attribute': ['--image_size', '32', '--gf', '2', '--df', '2'],
    'stackgan': ['--image_size', '32', '--gf_dim', '4', '--df_dim', '2', '--condition_dim', '8', '--z_dim', '4'],
}


@pytest.mark.parametrize('model', SYSTEMS)
def test_systems_train_on_augmented_images(model, few, tmp_path):
    skip_without(model)
    arguments = ['--model', model, *SMALL, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'run'),
                 *(['--augment', 'translation,cutout'] if model not in ('spade', 'pix2pix') else []), *SYSTEMS[model]]
    train.main(arguments)
    lines = [json.loads(line) for line in (tmp_path / 'run' / 'log.jsonl').read_text().splitlines()]
    assert len(lines) == 2 and all(numpy.isfinite(line['dis/penalty']) for line in lines)
    assert json.loads((tmp_path / 'run' / 'options.json').read_text())['augment']


@pytest.mark.parametrize('model, value, told', [
    ('spade', 'colour', "'colour' is none of color, translation, cutout"), ('spade', 'cutout,cutout', 'once'),
    ('dcgan', 'color', 'may name a colour'), ('attribute', 'cutout,color', 'may name a colour'),
    ('stackgan', 'color', 'may name a colour'), ('pix2pix', 'flip', "'flip' is none of")])
def test_policies_that_do_not_suit_are_refused(model, value, told):
    skip_without(model)
    system = REGISTRY[model]
    with pytest.raises(OptionError, match=f'--augment {value}: .*{told}'):
        system.check(system.Options(augment=tuple(value.split(','))))


@needs('pix2pix')
def test_colours_suit_pix2pix_unless_it_paints_from_tags():
    system = REGISTRY['pix2pix']
    system.check(system.Options(augment=ALL))
    with pytest.raises(OptionError, match='may name a colour'):
        system.check(system.Options(augment=ALL, condition='tags'))
