"""The attribute GAN as a user runs it, on a dozen portraits, and its objective."""
import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import chainer
import numpy
import pytest
from PIL import Image

import evaluate
import generate
import spade_anime
import train
from spade_anime.conditions.attributes.condition import Attributes
from spade_anime.errors import InputError
from spade_anime.evaluation import classifier
from spade_anime.systems.attribute.options import AttributeOptions
from spade_anime.systems.attribute.system import AttributeSystem
from spade_anime.systems.objectives import MatchingAwareObjective

EXAMPLE = Path(__file__).parents[3] / 'dataset' / 'example'
SMALL = ['--model', 'attribute', '--use_cpu', '--preset', 'tiny', '--image_size', '32', '--gf', '2', '--df', '2',
         '--batch_size', '2', '--workers', '0', '--max_iteration', '4', '--sample_interval', '4',
         '--snapshot_interval', '4']


@pytest.fixture(autouse=True)
def quick_classifier(monkeypatch):
    """What a classifier learns is tested in tests/evaluation."""
    monkeypatch.setattr(classifier, 'EPOCHS', 1)


@pytest.fixture(scope='module')
def run(few, tmp_path_factory):
    """A finished run of four iterations."""
    out_dir = tmp_path_factory.mktemp('trained') / 'run'
    train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(out_dir)])
    return out_dir


@pytest.fixture
def table(few, tmp_path):
    """The dozen portraits with a CSV table of two attributes, and no metadata."""
    data = tmp_path / 'data'
    data.mkdir()
    for path in few.glob('*.png'):
        shutil.copy(path, data)
    rows = [f'{path.name},{i % 2},{i // 2 % 2}' for i, path in enumerate(sorted(data.glob('*.png')))]
    (data / 'table.csv').write_text('\n'.join(['file,warm,cold', *rows]))
    return data


def test_run_knows_its_attributes(run):
    options = json.loads((run / 'condition.json').read_text())
    assert len(options['attribute_names']) == 19 and 'glasses' in options['attribute_names']
    entry = json.loads((run / 'log.jsonl').read_text().splitlines()[-1]) if (run / 'log.jsonl').read_text() else {}
    assert not entry or {'dis/real', 'dis/wrong', 'dis/fake', 'gen/adversarial'} <= set(entry)
    assert Image.open(run / 'samples' / 'iteration_00000004.png').size[0] > 5 * 132  # text, real, three paintings


def test_painting_attributes(run, elsewhere):
    arguments = ['--run', str(run), '--attributes', 'long_hair,glasses', '--samples', '3']
    generate.main([*arguments, '--out', 'a.png'])
    generate.main([*arguments, '--out', 'b.png'])
    assert Path('a.png').read_bytes() == Path('b.png').read_bytes()
    generate.main(['--run', str(run), '--attributes', '', '--out', 'painted'])
    assert (elsewhere / 'painted' / 'none.png').exists()


def test_sheet_switches_each_attribute_on(run, elsewhere):
    generate.main(['--run', str(run), '--attributes', 'all', '--samples', '2', '--out', 'all.png'])
    assert Image.open('all.png').size[1] == 20 * 132 - 4
    asked = Attributes(('a', 'b')).asked({'attributes': 'all'})
    assert asked.layout == 'rows'
    assert [(name, vector.tolist()) for name, (vector,) in asked.named] == [
        ('none', [0, 0]), ('a', [1, 0]), ('b', [0, 1])]


def test_evaluation_scores_each_attribute(run, tmp_path, capsys):
    lines = (EXAMPLE / 'metadata.jsonl').read_text().splitlines()[:24]
    for line in lines:
        shutil.copy(EXAMPLE / json.loads(line)['file_name'], tmp_path)
    (tmp_path / 'metadata.jsonl').write_text('\n'.join(lines))
    evaluate.main(['--run', str(run), '--dataset_dir', str(tmp_path), '--draws', '6'])
    assert 'Training a classifier on 22 real images' in capsys.readouterr().out
    scores = json.loads((run / 'metrics.jsonl').read_text().splitlines()[-1])
    names = set(json.loads((run / 'condition.json').read_text())['attribute_names'])
    assert set(scores['trained']) == set(scores['untrained']) == set(scores['real']) | {'diversity_pixels'}
    assert 'mean' in scores['real'] and set(scores['real']) - {'mean'} < names


def test_evaluation_needs_samples_that_differ(run):
    """The dozen has one sample for validation."""
    with pytest.raises(InputError, match='the 6 validation samples have the same attributes'):
        evaluate.main(['--run', str(run), '--draws', '6'])


def test_metrics_by_hand(few):
    """A classifier that sees the first attribute where it was asked for and the second never."""
    recognition = Attributes(('a', 'b', 'c')).score([])
    recognition._classifier = lambda images: SimpleNamespace(array=images[:, :, 0, 0])
    vectors = numpy.array([[1, 1, 0], [0, 0, 0]], numpy.float32)
    painted = numpy.array([[1, -1, -1], [-1, -1, -1]], numpy.float32).reshape(2, 3, 1, 1)
    assert recognition([(None, vector) for vector in vectors], painted) == {'a': 1, 'b': 0.5, 'mean': 0.75}


def test_objective_by_hand():
    """The discriminator's logit is the image's mean times how many attributes are on; the fake is 0.5 everywhere."""
    options = AttributeOptions(attribute_names=('a', 'b'))
    image, right, wrong = (numpy.full((1, 3, 8, 8), 2, numpy.float32),
                           numpy.array([[1, 0]], numpy.float32), numpy.array([[1, 1]], numpy.float32))

    def gen(attributes):
        return chainer.Variable(numpy.full((1, 3, 8, 8), 0.5, numpy.float32))

    def dis(x, attributes):
        x = chainer.as_variable(x)
        return chainer.functions.mean(x).reshape((1, 1, 1, 1)) * attributes.sum(), []
    terms = MatchingAwareObjective(gen, dis, options, lambda vectors: wrong)
    found = {name: float(term.array) for name, term in terms.discriminator_terms(image, right).items()}
    softplus = numpy.logaddexp
    expected = {'real': softplus(0, -2), 'wrong': softplus(0, 4) / 2, 'fake': softplus(0, 0.5) / 2}
    assert found == pytest.approx(expected, rel=1e-6)
    assert float(terms.generator_terms(image, right)['adversarial'].array) == pytest.approx(softplus(0, -0.5))


def test_training_on_a_csv_table(table, tmp_path):
    arguments = [*SMALL, '--dataset_dir', str(table), '--attribute_table', str(table / 'table.csv')]
    train.main([*arguments, '--out_dir', str(tmp_path / 'run'), '--attribute_names', 'cold', '--max_iteration', '1'])
    assert json.loads((tmp_path / 'run' / 'options.json').read_text())['attribute_names'] == ['cold']


def test_a_run_with_an_encoder_paints(table, tmp_path):
    arguments = [*SMALL, '--dataset_dir', str(table), '--attribute_table', str(table / 'table.csv'),
                 '--reconstruction_coef', '10', '--feature_coef', '10', '--deviation', '--full_size_ch', '4',
                 '--max_iteration', '2']
    train.main([*arguments, '--out_dir', str(tmp_path / 'run')])
    logged = json.loads((tmp_path / 'run' / 'log.jsonl').read_text().splitlines()[-1])
    assert logged['gen/reconstruction'] > 0 < logged['gen/latent']
    generator = spade_anime.load(tmp_path / 'run', device='cpu')
    assert generator.network.encoder.to_noise.W.array.any()
    assert len(generator.paint(attributes='cold')) == 1


def test_mirrored_copies_turn_round(few):
    system = AttributeSystem(AttributeOptions(dataset_dir=str(few), image_size=32, attribute_names=('facing_left',)))
    training = system.open_data().sets[0].dataset
    count = len(training) // 2
    image, vector = training[0]
    mirrored, turned = training[count]
    numpy.testing.assert_array_equal(mirrored, image[..., ::-1])
    assert turned == 1 - vector


@pytest.mark.parametrize('arguments, message', [
    (['--image_size', '100'], '--image_size.*100'),
    (['--attribute_table', 'none.csv'], 'none.csv: no such file'),
    (['--attribute_names', 'glases'], 'glases.*did you mean glasses'),
    (['--attribute_names', 'beard,beard'], '--attribute_names.*beard.*once'),
])
def test_mistakes_in_training(few, tmp_path, arguments, message):
    with pytest.raises(InputError, match=message):
        train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'run'), *arguments])


def test_images_that_are_all_alike(table, tmp_path):
    path = table / 'table.csv'
    path.write_text(re.sub(r'(?m)\d,\d$', '1,0', path.read_text()))
    with pytest.raises(InputError, match='same attributes'):
        train.main([*SMALL, '--dataset_dir', str(table), '--attribute_table', str(path), '--out_dir',
                    str(tmp_path / 'run')])


def test_unknown_attribute_is_told_with_its_neighbour(run):
    with pytest.raises(InputError, match='glases.*did you mean glasses'):
        generate.main(['--run', str(run), '--attributes', 'glases'])
