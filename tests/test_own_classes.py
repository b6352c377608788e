"""A data set with classes of its own, from its palette.json to paintings, scores and models."""
import json
from pathlib import Path

import numpy
import pytest
from from_systems import needs
from PIL import Image

import evaluate
import generate
import spade_anime
import train
from spade_anime.conditions.label_color.condition import Label, LabelColor
from spade_anime.conditions.label_color.dataset import open_dataset
from spade_anime.conditions.stored import load_condition
from spade_anime.data.errors import DataError
from spade_anime.data.palette import FIVE, palette_of
from spade_anime.evaluation import segmentation
from spade_anime.fields import OptionError
from spade_anime.runs.weights import SnapshotError
from spade_anime.systems import SYSTEMS as REGISTRY

ROOT = Path(__file__).parents[1]
SIZE = 32
SEVEN = palette_of({
    'classes': [{'name': 'ground', 'color': '#000000', 'index': 0}, {'name': 'skin', 'color': '#ffe0c0', 'index': 10},
                {'name': 'hat', 'color': '#808000', 'index': 3}, {'name': 'mane', 'color': '#804000', 'index': 200},
                {'name': 'iris', 'color': '#00ffff', 'index': 4}, {'name': 'lips', 'color': '#ff0080', 'index': 1},
                {'name': 'coat', 'color': [255, 255, 255], 'index': 77}],
    'background': 'ground', 'hair': 'mane'})
BALD = palette_of(SEVEN.values() | {'hair': None})
SMALL = ['--use_cpu', '--preset', 'tiny', '--batch_size', '2', '--workers', '0', '--max_iteration', '2',
         '--sample_interval', '2', '--snapshot_interval', '2', '--lr_poly_train_period', '1', '--ngf', '2',
         '--augment', 'color,translation']
NETWORKS = {'spade': ['--model', 'spade', '--ndf', '4', '--spade_ch', '8', '--image_size', '32'],
           'pix2pix': ['--model', 'pix2pix', '--ndf', '2', '--image_size', '32'],
           'pix2pix, label': ['--model', 'pix2pix', '--condition', 'label', '--ndf', '2', '--image_size', '32']}
SYSTEMS = {name: given for name, given in NETWORKS.items() if given[1] in REGISTRY}


def classes(shift):
    """A label of all seven classes."""
    drawn = numpy.zeros((SIZE, SIZE), numpy.uint8)
    for k in range(1, 7):
        drawn[4 * k:4 * k + 5, 3 + shift:28 - k] = k
    return drawn


def pictures(shift):
    """Image, label in colours and colour map, uint8 (S, S, 3) each."""
    drawn = classes(shift)
    image = (SEVEN.array[drawn] * (0.5 + 0.05 * shift)).astype(numpy.uint8)
    return image, SEVEN.array[drawn], numpy.full((SIZE, SIZE, 3), (204, 51, 102), numpy.uint8)


def write_palette(directory, palette=SEVEN):
    (directory / 'palette.json').write_text(json.dumps(palette.values()))
    return directory


@pytest.fixture(scope='module')
def strips(tmp_path_factory):
    directory = tmp_path_factory.mktemp('strips')
    for i in range(6):
        Image.fromarray(numpy.hstack(pictures(i))).save(directory / f'{i}.png')
    return write_palette(directory)


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    """The same pictures without colour maps, the labels as indexes."""
    directory = tmp_path_factory.mktemp('folders')
    for part in ('image', 'label'):
        (directory / part).mkdir()
    for i in range(6):
        Image.fromarray(pictures(i)[0]).save(directory / 'image' / f'{i}.png')
        indexes = numpy.array(SEVEN.indexes, numpy.uint8)[classes(i)]
        Image.fromarray(indexes).save(directory / 'label' / f'{i}.png')
    return write_palette(directory)


@pytest.fixture(scope='module')
def runs(strips, folders, tmp_path_factory):
    """A run of each system, SPADE with a rough set whose labels are indexes."""
    directory = tmp_path_factory.mktemp('runs')
    more = {'spade': ['--use_rough', '--rough_dataset_dir', str(folders)]}
    for name, flags in SYSTEMS.items():
        train.main([*SMALL, *flags, *more.get(name, []), '--dataset_dir', str(strips), '--out_dir',
                    str(directory / name)])
    return directory


def test_colours_and_indexes_say_the_same(strips, folders):
    first, second = open_dataset(strips, SIZE), open_dataset(folders, SIZE)
    assert first.palette == second.palette == SEVEN
    for i in range(6):
        numpy.testing.assert_array_equal(first[i][1], SEVEN.one_hot(classes(i)))
        numpy.testing.assert_array_equal(first[i][1], second[i][1])
    mane = classes(0) == 3
    image, _, mean = second[0]
    numpy.testing.assert_allclose(mean[:, mane].T, [(image[:, mane].mean(axis=1) + 1) / 2] * mane.sum(), atol=1e-5)
    assert not mean[:, ~mane].any()
    numpy.testing.assert_allclose(first[0][2][:, mane].T, [(0.8, 0.2, 0.4)] * mane.sum(), atol=1e-6)


@pytest.mark.parametrize('flags', SYSTEMS.values())
def test_a_training_prints_the_classes(strips, flags, capsys):
    train.main([*SMALL, *flags, '--dataset_dir', str(strips), '--dry_run'])
    assert (f'7 classes by {strips / "palette.json"}: skin, hat, mane, iris, lips, coat (background: ground, hair: '
            'mane)') in capsys.readouterr().out


@pytest.mark.parametrize('name', SYSTEMS)
def test_a_run_keeps_its_classes(runs, name):
    generator = spade_anime.load(runs / name, device='cpu')
    assert generator.condition.palette == SEVEN and generator.condition.shapes[0] == (6, SIZE, SIZE)
    generator.condition.save(runs / name)
    assert spade_anime.load(runs / name, device='cpu').condition == generator.condition


@pytest.mark.parametrize('name', SYSTEMS)
def test_it_paints_its_own_labels_only(runs, name, tmp_path, strips):
    _, colors, _ = pictures(2)
    Image.fromarray(colors).save(tmp_path / 'seven.png')
    Image.fromarray(numpy.array(SEVEN.indexes, numpy.uint8)[classes(2)]).save(tmp_path / 'index.png')
    color = [] if 'label' in name else ['--color', 'teal']
    for label in ('seven', 'index'):
        generate.main(['--run', str(runs / name), '--label', str(tmp_path / f'{label}.png'), '--out',
                       str(tmp_path / f'{label}_painted.png'), *color])
    painted = [numpy.asarray(Image.open(tmp_path / f'{label}_painted.png')) for label in ('seven', 'index')]
    numpy.testing.assert_array_equal(*painted)
    generator = spade_anime.load(runs / name, device='cpu')
    with pytest.raises(DataError, match=r'skin \(255, 224, 192\)'):
        generator.paint(label=FIVE.array[numpy.full((SIZE, SIZE), 3)])
    with pytest.raises(DataError, match=r'--label is missing: .*skin \(255, 224, 192\)'):
        generator.paint()


@pytest.mark.parametrize('name', SYSTEMS)
def test_scores_have_the_names_of_the_classes(runs, name, monkeypatch):
    monkeypatch.setattr(segmentation, 'ITERATIONS', 2)
    evaluate.main(['--run', str(runs / name)])
    scores = json.loads((runs / name / 'metrics.jsonl').read_text().splitlines()[-1])['trained']
    assert {f'label_accuracy/{class_name}' for class_name in SEVEN.names} <= set(scores)
    assert ('hair_color_error' in scores) == ('label' not in name)


@pytest.mark.parametrize('name', SYSTEMS)
def test_a_model_paints_the_same_and_names_its_classes(runs, name, tmp_path):
    pytest.importorskip('onnxruntime', reason='the extra onnx is not installed')
    generator = spade_anime.load(runs / name, device='cpu')
    inputs = {'label': pictures(1)[1]} | ({} if 'label' in name else {'color': 'pink'})
    painted, exported = (generator.paint(engine=engine, **inputs).astype(int) for engine in ('chainer', 'onnx'))
    assert abs(painted - exported).max() <= 1
    model = generator.export(tmp_path / 'gen.onnx')
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert palette_of(json.loads(facts['condition'])['palette']) == SEVEN
    assert model.graph.input[0].type.tensor_type.shape.dim[1].dim_value == 6


@needs('spade', 'pix2pix')
def test_a_run_goes_on_with_its_classes_and_no_others(runs, strips, tmp_path):
    for path in strips.glob('*.png'):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    other = SEVEN.values()
    other['classes'][1]['name'] = 'fur'
    palette = tmp_path / 'palette.json'
    for text, message in ((json.dumps(other), 'palette.json: the classes are fur, hat'),
                          (None, 'palette.json: no such file, so the classes are eye, face')):
        palette.write_text(text) if text else palette.unlink()
        with pytest.raises(DataError, match=f'{message}.*; allowed are those of the run, skin, hat') as caught:
            spade_anime.evaluate(runs / 'spade', str(tmp_path), device='cpu', judge=False)
        assert '\n' not in str(caught.value)
    train.main(['--resume', '--out_dir', str(runs / 'pix2pix'), '--max_iteration', '3'])


@needs('spade')
def test_a_rough_set_of_other_classes_is_refused(strips, tmp_path):
    with pytest.raises(DataError, match='no such file, so the classes are eye.* those of the run, skin'):
        train.main([*SMALL, *NETWORKS['spade'], '--dataset_dir', str(strips), '--use_rough', '--rough_dataset_dir',
                    str(ROOT / 'dataset' / 'example'), '--out_dir', str(tmp_path / 'run')])


@needs('pix2pix')
@pytest.mark.parametrize('name', [pytest.param('spade', marks=needs('spade')), 'pix2pix'])
def test_without_hair_there_is_no_colour_map(folders, name, tmp_path):
    (tmp_path / 'set').mkdir()
    bald = write_palette(tmp_path / 'set', BALD)
    for part in ('image', 'label'):
        _copy(folders / part, bald / part)
    command = [*SMALL, '--dataset_dir', str(bald), '--out_dir', str(tmp_path / 'run')]
    with pytest.raises(DataError, match='palette.json: "hair" names no class.*--model pix2pix --condition label'):
        train.main([*command, *NETWORKS[name]])
    train.main([*command, *NETWORKS['pix2pix, label']])
    assert load_condition(Label, tmp_path / 'run', object()).palette == BALD


def _copy(source: Path, target: Path) -> None:
    target.mkdir()
    for path in source.iterdir():
        (target / path.name).write_bytes(path.read_bytes())


@pytest.mark.parametrize('palette, message', [
    (3, 'palette: a palette is 3'), (BALD.values(), 'palette: its classes: "hair" names no class')])
def test_a_damaged_condition(tmp_path, palette, message):
    values = LabelColor(SIZE, SEVEN).stored() | {'palette': palette}
    (tmp_path / 'condition.json').write_text(json.dumps(values))
    with pytest.raises(OptionError, match=f'condition.json: {message}') as caught:
        load_condition(LabelColor, tmp_path, object())
    assert '\n' not in str(caught.value)


def test_a_run_that_stored_no_classes_has_the_five(tmp_path):
    (tmp_path / 'condition.json').write_text('{"kind": "label_color", "image_size": 64}')
    assert load_condition(LabelColor, tmp_path, object()) == LabelColor(64)


@needs('spade')
def test_a_snapshot_of_other_classes_is_refused(runs, strips):
    five = ROOT / 'pretrained' / 'spade' / 'gen.npz'
    with pytest.raises(SnapshotError):
        train.main([*SMALL, *NETWORKS['spade'], '--dataset_dir', str(strips), '--out_dir', str(runs / 'other'),
                    '--gen_snapshot', str(five)])


@pytest.mark.parametrize('target', ['/dev/zero', '../outside.json'])
def test_a_palette_from_elsewhere_is_refused(tmp_path, target):
    (tmp_path / 'outside.json').write_text(json.dumps(SEVEN.values()))
    (tmp_path / 'set').mkdir()
    (tmp_path / 'set' / 'palette.json').symlink_to(target)
    Image.fromarray(numpy.hstack(pictures(0))).save(tmp_path / 'set' / '0.png')
    with pytest.raises(DataError, match='palette.json'):
        open_dataset(tmp_path / 'set', SIZE)
