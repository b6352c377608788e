"""pix2pix as a user runs it, on a dozen portraits, and its objective."""
import json
from pathlib import Path

import chainer
import numpy
import pytest
from PIL import Image

import evaluate
import generate
import train
from spade_anime import finding, generator
from spade_anime.data.splitting import image_count
from spade_anime.errors import InputError
from spade_anime.evaluation import segmentation
from spade_anime.painting import paint
from spade_anime.systems.pix2pix.objective import Pix2PixObjective
from spade_anime.systems.pix2pix.options import Pix2PixOptions
from spade_anime.systems.pix2pix.system import Pix2PixSystem

ROOT = Path(__file__).parents[3]
LABEL, COLOR = ROOT / 'examples' / 'seg.png', ROOT / 'examples' / 'color.png'
SMALL = ['--model', 'pix2pix', '--use_cpu', '--preset', 'tiny', '--ngf', '2', '--ndf', '2', '--batch_size', '2',
         '--workers', '0', '--max_iteration', '4', '--sample_interval', '4', '--snapshot_interval', '4']
FLAGS = {'label_color': [], 'label': ['--condition', 'label'],
         'tags': ['--condition', 'tags', '--label_key', 'hair', '--attribute_names', 'glasses,beard,blue']}
ASKED = {'label_color': ['--label', str(LABEL), '--color', str(COLOR)], 'label': ['--label', str(LABEL)],
         'tags': ['--attributes', 'blue,glasses']}


@pytest.fixture(scope='module')
def runs(few, tmp_path_factory):
    """A finished run of each condition."""
    directory = tmp_path_factory.mktemp('runs')
    for name, flags in FLAGS.items():
        train.main([*SMALL, *flags, '--dataset_dir', str(few), '--out_dir', str(directory / name)])
    return directory


@pytest.mark.parametrize('condition, tiles', [('label_color', 4), ('label', 3), ('tags', 3)])
def test_sample_sheet_shows_condition_image_and_painting(runs, condition, tiles):
    width, _ = Image.open(runs / condition / 'samples' / 'iteration_00000004.png').size
    assert tiles * 132 < width < (tiles + 1) * 132


@pytest.mark.parametrize('condition', FLAGS)
def test_painting_repeats_itself_and_varies_with_the_noise(runs, elsewhere, condition):
    arguments = ['--run', str(runs / condition), *ASKED[condition]]
    for out, more in (('a.png', []), ('b.png', []), ('grid.png', ['--samples', '2'])):
        generate.main([*arguments, '--out', out, *more])
    a, b = (numpy.asarray(Image.open(f'{name}.png')) for name in 'ab')
    assert a.shape == (64, 64, 3)
    assert numpy.array_equal(a, b)
    # After four iterations the noise may change less than one level of a pixel: numbers are compared.
    made = generator.load(runs / condition, device='cpu')
    flags = ASKED[condition]
    (_, arrays), = made.condition.asked({flag[2:]: value for flag, value in zip(flags[::2], flags[1::2])}).named
    batch = tuple(array[None] for array in arrays)
    noises = (made.network.draw_noise(1, numpy.random.default_rng(seed)) for seed in (0, 1))
    first, second = (paint(made.network, batch, z) for z in noises)
    assert not numpy.array_equal(first, second)
    assert Image.open('grid.png').size == (2 * 68 - 4, 64)


def test_a_sheet_of_all_tags(runs, elsewhere):
    generate.main(['--run', str(runs / 'tags'), '--attributes', 'all', '--samples', '2', '--out', 'all.png'])
    assert Image.open('all.png').size[1] == 4 * 132 - 4  # none, and three tags


@pytest.mark.parametrize('condition, names', [
    ('label_color', {'hair_color_error', 'mean_absolute_error', 'label_miou'}),
    ('label', {'mean_absolute_error', 'label_miou'}), ('tags', {'mean_absolute_error'})])
def test_evaluation(runs, condition, names, monkeypatch):
    monkeypatch.setattr(segmentation, 'ITERATIONS', 2)
    monkeypatch.setattr(segmentation, 'MOST_IMAGES', 8)
    evaluate.main(['--run', str(runs / condition)])
    scores = json.loads((runs / condition / 'metrics.jsonl').read_text().splitlines()[-1])
    of_labels = {name for name in scores['trained'] if name.startswith(('label_accuracy', 'label_iou'))}
    assert set(scores['trained']) == names | {'diversity_pixels'} | of_labels
    assert bool(of_labels) == (runs / condition / 'judge.npz').exists() == ('label_miou' in names)
    assert scores['real']['mean_absolute_error'] == 0
    assert (runs / condition / 'evaluation.png').exists()


def test_a_run_remembers_its_tags(runs):
    options = json.loads((runs / 'tags' / 'options.json').read_text())
    assert options['attribute_names'] == ['glasses', 'beard', 'blue']


def test_the_suggestion_is_a_command_that_paints(runs, few, elsewhere):
    for name in FLAGS:
        suggestion = finding.find(runs / name).condition.suggestion
        flags = [str(ROOT / word) if word.startswith('examples/') else word for word in suggestion.split()]
        generate.main(['--run', str(runs / name), *flags])
        assert Path('painted.png').exists()


@pytest.mark.parametrize('condition, channels', [('label_color', [3, 4, 3]), ('label', [3, 4])])
def test_jitter_crops_the_training_images_alone(few, condition, channels):
    read = {}
    for jitter in (0, 4):
        options = Pix2PixOptions(dataset_dir=str(few), image_size=32, jitter=jitter, condition=condition, workers=0)
        ((_, training, _),), validation = Pix2PixSystem(options).open_data()[:2]
        read[jitter] = training[0], validation[0]
        assert image_count(training) == 11 and len(validation) == 1
        assert [array.shape for array in training[0]] == [(n, 32, 32) for n in channels]
    assert not numpy.array_equal(read[0][0][0], read[4][0][0])
    assert numpy.array_equal(read[0][1][0], read[4][1][0])


class Constant:
    """A network that answers the same whatever it is asked."""

    def __init__(self, answer):
        self.answer = answer

    def __call__(self, *_):
        return self.answer


def test_objective_by_hand():
    image = numpy.zeros((1, 3, 2, 2), 'f')
    fake = numpy.full((1, 3, 2, 2), 0.25, 'f')
    fake[0, 0] = -1
    logits = numpy.array([0.0, numpy.log(3)], 'f').reshape(1, 1, 1, 2)  # sigmoid 1/2 and 3/4
    options = Pix2PixOptions(l1_coef=8.0)
    objective = Pix2PixObjective(Constant(chainer.Variable(fake)), Constant((chainer.Variable(logits), [])), options)
    terms = objective.generator_terms(image, numpy.zeros((1, 2), 'f'))
    assert set(terms) == {'adversarial', 'l1'}
    assert float(terms['l1'].array) == pytest.approx(8 * (1 + 0.25 + 0.25) / 3)
    assert float(terms['adversarial'].array) == pytest.approx((numpy.log(2) + numpy.log(4 / 3)) / 2)
    terms = objective.discriminator_terms(image, numpy.zeros((1, 2), 'f'))
    assert float(terms['real'].array) == pytest.approx((numpy.log(2) + numpy.log(4 / 3)) / 4)
    assert float(terms['fake'].array) == pytest.approx((numpy.log(2) + numpy.log(4)) / 4)


def test_without_l1_the_objective_is_adversarial_alone():
    logits = chainer.Variable(numpy.zeros((1, 1, 1, 1), 'f'))
    objective = Pix2PixObjective(Constant(logits), Constant((logits, [])), Pix2PixOptions(l1_coef=0.0))
    assert set(objective.generator_terms(logits.array)) == {'adversarial'}



def test_defaults_are_the_papers():
    options = Pix2PixOptions()
    assert (options.adv_loss_mode, options.l1_coef, options.batch_size, options.image_size) == ('bce', 100, 1, 256)
    assert (options.g_lr, options.g_beta1, options.d_lr, options.d_beta1) == (2e-4, 0.5, 2e-4, 0.5)


@pytest.mark.parametrize('flags, named', [
    (['--image_size', '96'], ['--image_size', '96', 'power of two']),
    (['--condition', 'sketch'], ['sketch', 'label_color', 'tags']),
    (['--attribute_names', 'glasses'], ['--attribute_names', 'label_color', 'tags']),
    (['--condition', 'tags', '--attribute_names', 'glases'], ['glases', 'glasses']),
    (['--condition', 'tags', '--label_key', 'hat'], ['hat', 'hair']),
    (['--condition', 'tags', '--attribute_table', 'none.csv'], ['none.csv']),
])
def test_mistakes_in_training(few, tmp_path, capsys, flags, named):
    with pytest.raises((InputError, SystemExit)) as error:
        train.main([*SMALL, *flags, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'run')])
    message = str(error.value) + capsys.readouterr().err
    assert all(word in message for word in named)


@pytest.mark.parametrize('condition, flags, named', [
    ('label', ['--label', str(LABEL), '--color', 'pink'], ['--color pink', 'label map', '--label']),
    ('label_color', [], ['--label']),
    ('tags', [], ['--attributes', 'glasses, beard, blue']),
    ('tags', ['--attributes', 'glases'], ['glases', 'glasses']),
    ('tags', ['--label', str(LABEL)], ['--label', 'tags', '--attributes']),
])
def test_mistakes_in_painting(runs, elsewhere, condition, flags, named):
    with pytest.raises(InputError) as error:
        generate.main(['--run', str(runs / condition), *flags])
    assert all(word in str(error.value) for word in named)
    assert '\n' not in str(error.value)


def test_tags_have_no_fit():
    with pytest.raises(InputError, match='--fit pad contradicts --condition tags: .*the square in the middle'):
        Pix2PixSystem.check(Pix2PixOptions(condition='tags', fit='pad'))
