"""The label-to-image DCGAN as a user runs it, on a dozen portraits, and its objective."""
import gzip
import json
import shutil
import struct
from pathlib import Path

import chainer
import chainer.functions as F
import numpy
import pytest
from PIL import Image

import evaluate
import generate
import train
from spade_anime.errors import InputError
from spade_anime.fields import OptionError
from spade_anime.systems.dcgan.options import DCGANOptions
from spade_anime.systems.dcgan.system import DCGANSystem
from spade_anime.systems.objectives import ConditionalObjective

SMALL = ['--model', 'dcgan', '--use_cpu', '--preset', 'tiny', '--image_size', '32', '--gf', '2', '--gfc', '8', '--df',
         '2', '--dfc', '8', '--batch_size', '2', '--workers', '0', '--max_iteration', '4', '--log_interval', '2',
         '--sample_interval', '4', '--snapshot_interval', '4']
HAIR = ['--label_key', 'hair']


@pytest.fixture(scope='module')
def run(few, tmp_path_factory):
    """A finished run of four iterations."""
    out_dir = tmp_path_factory.mktemp('trained') / 'run'
    train.main([*SMALL, *HAIR, '--dataset_dir', str(few), '--out_dir', str(out_dir)])
    return out_dir


@pytest.fixture
def folders(few, tmp_path):
    """Four portraits, in folders of two classes, one of them in a folder below."""
    for i, path in enumerate(sorted(few.glob('*.png'))[:4]):
        folder = tmp_path / 'data' / ('even', 'odd')[i % 2] / ('more' * (i == 3))
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder)
    return tmp_path / 'data'


def test_run_knows_its_classes(run):
    options = json.loads((run / 'condition.json').read_text())
    assert 'teal' in options['class_names'] and options['class_names'] == sorted(options['class_names'])
    entry = json.loads((run / 'log.jsonl').read_text().splitlines()[-1])
    assert {'dis/real', 'dis/fake', 'gen/adversarial'} <= set(entry)
    assert Image.open(run / 'samples' / 'iteration_00000004.png').size[0] > 6 * 132  # class, real, four paintings


def test_painting_a_class(run, elsewhere):
    for name in ('a.png', 'b.png'):
        generate.main(['--run', str(run), '--class', 'teal', '--samples', '16', '--out', name])
    assert Path('a.png').read_bytes() == Path('b.png').read_bytes()
    assert Image.open('a.png').size == (4 * 36 - 4, 4 * 36 - 4)


def test_painting_all_classes(run, elsewhere):
    classes = json.loads((run / 'condition.json').read_text())['class_names']
    generate.main(['--run', str(run), '--class', 'all', '--samples', '3'])
    width, height = Image.open('painted.png').size
    assert width > 3 * 132 and height == len(classes) * 132 - 4


@pytest.mark.parametrize('arguments, told', [
    ([], '--class is missing: allowed are all, '),
    (['--class', 'tael'], "--class 'tael': no such class; did you mean teal? Known are "),
])
def test_wrong_classes_are_told(run, arguments, told):
    with pytest.raises(InputError) as caught:
        generate.main(['--run', str(run), *arguments])
    assert told in str(caught.value) and '\n' not in str(caught.value)


def test_evaluation_measures_hair(run, few, capsys):
    evaluate.main(['--run', str(run), '--draws', '5'])
    scores = json.loads((run / 'metrics.jsonl').read_text())
    assert scores['samples'] == 5 and scores['real'] == {'hair_obeyed': 1.0}


def test_classes_found_are_told(few, tmp_path, capsys):
    train.main([*SMALL, *HAIR, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'none'), '--dry_run'])
    assert 'classes by hair in metadata.jsonl: black (' in capsys.readouterr().out


def test_folders_train_and_are_measured_by_their_means(folders, tmp_path):
    out_dir = tmp_path / 'run'
    train.main([*SMALL, '--dataset_dir', str(folders), '--out_dir', str(out_dir)])
    assert json.loads((out_dir / 'condition.json').read_text())['class_names'] == ['even', 'odd']
    evaluate.main(['--run', str(out_dir), '--draws', '4'])
    scores = json.loads((out_dir / 'metrics.jsonl').read_text())
    assert scores['real'] == {'class_mean_distance': 0, 'nearest_class_mean': 1}


def test_idx_files_train_in_grey(tmp_path, random):
    data = tmp_path / 'data'
    data.mkdir()
    for part, count in (('train', 4), ('t10k', 2)):
        images = struct.pack('>4B3I', 0, 0, 8, 3, count, 28, 28) + random.bytes(count * 28 * 28)
        (data / f'{part}-images-idx3-ubyte.gz').write_bytes(gzip.compress(images))
        labels = struct.pack('>4BI', 0, 0, 8, 1, count) + bytes(range(count))
        (data / f'{part}-labels-idx1-ubyte').write_bytes(labels)
    out_dir = tmp_path / 'run'
    train.main([*SMALL, '--image_size', '28', '--dataset_dir', str(data), '--out_dir', str(out_dir)])
    generate.main(['--run', str(out_dir), '--class', '3', '--out', str(tmp_path / 'three.png')])
    assert Image.open(tmp_path / 'three.png').size == (28, 28)


@pytest.mark.parametrize('arguments, told', [
    ([], '--label_key is missing; there are caption, hair, hair_value'),
    (['--label_key', 'hairs'], '--label_key hairs: no such key'),
    ([*HAIR, '--class_names', 'pink,blue'], 'allowed are pink, blue'),
    ([*HAIR, '--class_names', 'pink,pink'], '--class_names pink,pink'),
    ([*HAIR, '--image_size', '30'], '--image_size 30: only multiples of 4 are allowed'),
])
def test_mistakes_are_told_in_one_line(few, tmp_path, arguments, told):
    with pytest.raises(InputError) as caught:
        train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'none'), *arguments])
    assert told in str(caught.value) and '\n' not in str(caught.value)


def test_reference_numbers():
    o = DCGANOptions()
    assert (o.image_size, o.z_dim, o.gfc, o.dfc, o.batch_size) == (64, 100, 1024, 1024, 64)
    assert (o.g_lr, o.d_lr, o.g_beta1, o.d_beta1, o.adv_loss_mode) == (2e-4, 2e-4, 0.5, 0.5, 'bce')
    assert o.augment_data and not o.gp_coef
    assert next(iter(DCGANSystem.PRESETS.items())) == ('reference', {})


def test_classes_twice_are_refused():
    with pytest.raises(OptionError, match='a,b,a'):
        DCGANSystem.check(DCGANOptions(class_names=('a', 'b', 'a')))


class Painter:
    """Paints -2 everywhere."""

    def __call__(self, y, z=None):
        return chainer.Variable(numpy.full((2, 3, 4, 4), -2, numpy.float32))


def test_objective_on_hand_computed_numbers():
    """Logits are the images' means: real 1, painted -2. BCE is softplus: of -1 and of -2; for the generator of 2."""
    def dis(x, y):
        return F.mean(x, axis=(1, 2, 3), keepdims=True), []

    objective, image, y = ConditionalObjective(Painter(), dis, DCGANOptions()), numpy.ones((2, 3, 4, 4), 'f'), None
    terms = objective.discriminator_terms(image, y)
    assert numpy.isclose(terms['real'].item(), 0.5 * numpy.log1p(numpy.exp(-1)))
    assert numpy.isclose(terms['fake'].item(), 0.5 * numpy.log1p(numpy.exp(-2)))
    assert numpy.isclose(objective.generator_terms(image, y)['adversarial'].item(), numpy.log1p(numpy.exp(2)))
