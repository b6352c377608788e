"""The front door: load, paint, export, train, evaluate."""
import json
import shutil
from pathlib import Path

import numpy
import pytest
from from_systems import needs, skip_without
from PIL import Image
from tiny_runs import copy_samples, flags

import generate
import spade_anime
import train
from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.errors import InputError
from spade_anime.systems import SYSTEMS

ROOT = Path(__file__).parents[1]
LABEL, COLOR = ROOT / 'examples' / 'seg.png', ROOT / 'examples' / 'color.png'
INPUTS = {'spade': {'label': LABEL, 'color': 'pink'}, 'pix2pix': {'label': LABEL, 'color': COLOR},
          'dcgan': {'class_name': 0}, 'attribute': {'attributes': ['glasses', 'smile']}}
EARLIER = {'dcgan': ['class_names'], 'attribute': ['attribute_names']}
"""What options.json held of the condition before condition.json."""


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
    """A finished run of each system, of two iterations."""
    place = tmp_path_factory.mktemp('runs')
    data = copy_samples(place / 'data', 12)
    for system in SYSTEMS:
        name = 'stackgan I' if system == 'stackgan' else system
        train.main([*flags(name, data, place), '--max_epoch', '0', '--max_iteration', '2', '--out_dir',
                    str(place / system)])
    return place


def inputs_of(painter, system):
    if system == 'stackgan':
        return {'text': next(iter(painter.condition.texts.known))}
    return INPUTS[system]


@pytest.mark.parametrize('system', SYSTEMS)
def test_every_system_paints(runs, system):
    painter = spade_anime.load(runs / system, device='cpu')
    pictures = painter.paint(samples=2, seed=3, **inputs_of(painter, system))
    size = painter.options.image_size
    assert pictures.shape == (2, size, size, 3) and pictures.dtype == numpy.uint8
    assert numpy.array_equal(pictures, painter.paint(samples=2, seed=3, **inputs_of(painter, system)))


@needs('dcgan')
def test_less_noise_is_less_of_a_difference(runs):
    painter = spade_anime.load(runs / 'dcgan', device='cpu')
    asked = inputs_of(painter, 'dcgan')
    for skip in painter.network.to_image:
        skip.W.array[...] *= 30  # one iteration leaves all pictures grey
    spread = [numpy.ptp(painter.paint(**asked, samples=4, noise=noise).astype(int), axis=0).mean()
              for noise in (0, 0.3, 1)]
    assert 0 == spread[0] < spread[1] < spread[2]
    with pytest.raises(InputError, match='--noise 1.5: only numbers from 0 to 1'):
        painter.paint(**asked, noise=1.5)


@pytest.mark.parametrize('system', SYSTEMS)
def test_runs_of_earlier_versions_paint_and_continue(runs, system, tmp_path):
    """They have no condition.json: what followed from the data stood in options.json."""
    shutil.copytree(runs / system, tmp_path / 'old')
    values = json.loads((tmp_path / 'old' / 'condition.json').read_text())
    (tmp_path / 'old' / 'condition.json').unlink()
    options = tmp_path / 'old' / 'options.json'
    earlier = {'text_dim': 512} if system == 'stackgan' else {name: values[name] for name in EARLIER.get(system, ())}
    options.write_text(json.dumps(json.loads(options.read_text()) | earlier))
    painters = [spade_anime.load(run, device='cpu') for run in (runs / system, tmp_path / 'old')]
    assert numpy.array_equal(*(painter.paint(**inputs_of(painter, system)) for painter in painters))
    train.main(['--resume', '--out_dir', str(tmp_path / 'old'), '--max_iteration', '3'])
    assert (tmp_path / 'old' / 'snapshots' / 'gen_00000003.npz').exists()
    assert json.loads((tmp_path / 'old' / 'condition.json').read_text()) == values


@needs('spade')
def test_pictures_and_arrays_are_taken_like_paths(runs):
    painter = spade_anime.load(runs / 'spade', device='cpu')
    label, color = Image.open(LABEL).convert('RGB'), Image.open(COLOR).convert('RGB')
    expected = painter.paint(label=str(LABEL), color=str(COLOR))
    assert numpy.array_equal(painter.paint(label=label, color=color), expected)
    assert numpy.array_equal(painter.paint(label=numpy.asarray(label), color=numpy.asarray(color)), expected)
    hair = painter.paint(label=label, color=(246, 146, 186))
    assert numpy.array_equal(hair, painter.paint(label=label, color='pink'))


@needs('spade')
@pytest.mark.parametrize('inputs, message', [
    ({}, '--label is missing'), ({'label': numpy.zeros((4, 4, 2), numpy.uint8)}, r'label.*\(4, 4, 2\)'),
    ({'label': numpy.ones((4, 4))}, 'label.*float64.*uint8'), ({'label': 3}, 'label.*int'),
    ({'label': LABEL, 'color': 'pnik'}, 'pnik'), ({'label': LABEL, 'text': 'hello'}, '--text hello'),
    ({'label': LABEL, 'color': object()}, 'colour')])
def test_inputs_that_cannot_be_used(runs, inputs, message):
    with pytest.raises(InputError, match=message) as error:
        spade_anime.load(runs / 'spade', device='cpu').paint(**inputs)
    assert '\n' not in str(error.value)


@needs('spade')
def test_a_padded_painting_has_the_shape_of_its_label(runs, tmp_path):
    label = Image.open(LABEL).convert('RGB')
    tall = label.crop((label.width // 4, 0, label.width * 3 // 4, label.height))
    tall.save(tmp_path / 'tall.png')
    painter = spade_anime.load(runs / 'spade', device='cpu')
    size = painter.options.image_size
    assert painter.paint(label=tall, color='pink', fit='pad', samples=2).shape == (2, size, size // 2, 3)
    assert painter.paint(label=tall, color='pink', fit='crop').shape == (1, size, size, 3)
    generate.main(['--run', str(runs / 'spade'), '--label', str(tmp_path / 'tall.png'), '--fit', 'pad', '--out',
                   str(tmp_path / 'painted.png')])
    assert Image.open(tmp_path / 'painted.png').size == (size // 2, size)


@needs('dcgan')
def test_several_inputs_are_painted_by_name(runs):
    painter = spade_anime.load(runs / 'dcgan', device='cpu')
    with pytest.raises(InputError, match='paint.. takes one'):
        painter.paint(class_name='all')
    painted = dict(painter.paintings(painter.condition.asked({'class_name': 'all'}), samples=2))
    assert list(painted) == list(painter.condition.class_names)
    assert all(pictures.shape[0] == 2 for pictures in painted.values())


@needs('spade')
def test_the_script_paints_what_the_door_paints(runs, tmp_path):
    generate.main(['--run', str(runs / 'spade'), '--label', str(LABEL), '--color', 'pink', '--seed', '5', '--device',
                   'cpu', '--out', str(tmp_path / 'a.png')])
    picture, = spade_anime.load(runs / 'spade', device='cpu').paint(label=LABEL, color='pink', seed=5)
    assert numpy.array_equal(Image.open(tmp_path / 'a.png'), picture)


@needs('spade')
def test_models_are_exported(runs, tmp_path):
    pytest.importorskip('onnx')
    painter = spade_anime.load(runs / 'spade', device='cpu')
    model = painter.export(tmp_path / 'models' / 'gen.onnx')
    assert (tmp_path / 'models' / 'gen.onnx').stat().st_size == model.ByteSize()
    assert [given.name for given in model.graph.input] == ['label', 'color', 'z']
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert (facts['system'], facts['version'], facts['noise']) == ('spade', '0.1.0', 'standard normal')
    assert json.loads(facts['condition']) == painter.condition.stored()
    assert json.loads(facts['image_size']) == painter.options.image_size
    assert json.loads(facts['palette'])['eye'] == [255, 0, 0] and json.loads(facts['channels'])[2] == 'hair'
    assert set(json.loads(facts['inputs'])) == {'label', 'color'}
    with pytest.raises(InputError, match='ends in .onnx'):
        painter.export(tmp_path / 'gen.pt')


@pytest.mark.parametrize('system, name, key', [
    ('pix2pix', 'label', 'palette'), ('dcgan', 'class_name', 'class_names'),
    ('attribute', 'attributes', 'attribute_names'), ('stackgan', 'text', 'kind')])
def test_models_of_every_system_say_what_they_take(runs, tmp_path, system, name, key):
    skip_without(system)
    pytest.importorskip('onnx')
    model = spade_anime.load(runs / system, device='cpu').export(tmp_path / 'gen.onnx')
    told = {entry.key: entry.value for entry in model.metadata_props}
    assert model.graph.input[0].name == name == next(iter(json.loads(told['inputs'])))
    assert [given.name for given in model.graph.input].count('z') == 1 and json.loads(told['condition'])[key]


@needs('spade')
def test_training_and_evaluation_from_python(tmp_path):
    data = copy_samples(tmp_path / 'data', 6)
    run = spade_anime.train('spade', dataset_dir=str(data), out_dir=str(tmp_path / 'run'), preset='tiny', use_cpu=True,
                            image_size=32, ngf=2, ndf=2, division_ch=4, spade_ch=8, workers=0, max_iteration=1)
    found = spade_anime.evaluate(run, device='cpu', diversity_draws=0, judge=False)
    assert set(found.columns) == {'trained', 'untrained', 'real'} and found.columns['real']['mean_absolute_error'] == 0
    rows, picture = found.save(tmp_path / 'scores')
    assert json.loads(rows.read_text())['samples'] == len(found.scores.samples)
    assert Image.open(picture).size[0] > 3 * 128


@needs('spade')
@pytest.mark.parametrize('system, given, message', [
    ('spde', {}, "'spde': no such system; allowed are spade"), ('spade', {'ngff': 3}, 'ngff: no such option of spade'),
    ('spade', {'ngf': '3'}, "ngf is '3'; allowed is a whole number"), ('spade', {'ngf': 0}, 'ngf is 0; allowed is')])
def test_options_that_cannot_be_used(system, given, message):
    with pytest.raises(InputError, match=message):
        spade_anime.train(system, **given)


def test_what_is_not_at_the_door():
    with pytest.raises(AttributeError, match="no attribute 'paint'"):
        spade_anime.paint  # noqa: B018


def test_a_condition_knows_what_it_takes():
    assert LabelColor(64).shapes == [(4, 64, 64), (3, 64, 64)] and LabelColor(64).channels == 7
    with pytest.raises(AttributeError):
        LabelColor(64).image_size = 32
