import csv
import json
import os

import numpy
import pytest
from drawn_squares import TWO, drawing
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

import label as script
from spade_anime.conditions.label_color.dataset import check_dataset, open_dataset
from spade_anime.errors import InputError
from spade_anime.labelling.folder import label
from spade_anime.labelling.labeller import Labeller, load
from spade_anime.labelling.marks import made_by_machine
from spade_anime.labelling.network import LabellingNetwork


@pytest.fixture
def drawings(tmp_path):
    """Three drawings, one of them in a folder."""
    for number, name in enumerate(('a', 'b', 'deep/c')):
        path = tmp_path / 'drawings' / f'{name}.jpg'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(drawing(number)[0]).save(path, quality=95)
    return tmp_path / 'drawings'


def correct(path):
    """Change a label as people do in an editor that keeps the metadata of a PNG."""
    picture = Image.open(path)
    ImageDraw.Draw(picture).rectangle((0, 0, 9, 9), TWO.colors[0])
    info = PngInfo()
    for key, value in picture.text.items():
        info.add_text(key, value)
    picture.save(path, pnginfo=info)


def test_a_folder_becomes_a_data_set(stored, drawings, tmp_path):
    outcome = label(drawings, tmp_path / 'out', labeller=stored, size=64, colors=True)
    assert not outcome.faults and not outcome.kept
    dataset = open_dataset(tmp_path / 'out', 64)
    check_dataset(dataset)
    assert dataset.names == ['a', 'b', 'deep/c'] and dataset.palette == TWO
    for i in range(3):
        agree = TWO.classes(dataset[i][1]) == drawing(i)[1]
        assert agree.mean() > 0.9
    # The colours are those of the regions: red where the square is.
    color = numpy.asarray(Image.open(tmp_path / 'out' / 'color' / 'a.png')).astype(int)
    assert numpy.abs(color[drawing(0)[1] == 0].mean(0) - (220, 40, 40)).max() < 40
    with open(tmp_path / 'out' / 'review.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    sure = [float(row['confidence']) for row in rows]
    assert sorted(row['name'] for row in rows) == dataset.names and sure == sorted(sure)
    width, height = Image.open(tmp_path / 'out' / 'review.png').size
    assert height == 16 + 3 * 132 - 4 and width > 3 * 132 - 4


def test_what_was_made_by_hand_stays(stored, drawings, tmp_path):
    out = tmp_path / 'out'
    label(drawings, out, labeller=stored, size=64)
    assert made_by_machine(out / 'label' / 'a.png')
    correct(out / 'label' / 'a.png')
    (out / 'label' / 'b.png').rename(out / 'label' / 'elsewhere.png')
    Image.fromarray(TWO.array[drawing(1)[1]]).save(out / 'label' / 'b.bmp')
    before = {path: path.read_bytes() for path in (out / 'label').rglob('*.*')}
    outcome = label(drawings, out, labeller=stored, size=48)
    assert {path.name for path in outcome.kept} == {'a.png', 'b.bmp'}
    assert [row.name for row in outcome.labelled] == ['deep/c']
    changed = [path for path, data in before.items() if path.read_bytes() != data]
    assert changed == [out / 'label' / 'deep' / 'c.png']
    assert Image.open(out / 'label' / 'deep' / 'c.png').size == (48, 48)


def test_it_learns_from_labels_made_by_hand_alone(stored, drawings, tmp_path, capsys):
    out = tmp_path / 'out'
    label(drawings, out, labeller=stored, size=64)
    with pytest.raises(InputError, match='no labels made by hand'):
        label(drawings, out, out, labeller=stored, size=64)
    correct(out / 'label' / 'a.png')
    label(drawings, out, out, labeller=stored, size=64, seconds=0.1)
    assert '2 drawings to label, 1 examples to learn from, 1 left out' in capsys.readouterr().out
    assert load(out / 'labeller.npz').palette == TWO


def test_classes_of_the_examples_replace_those_of_the_labeller(drawings, tmp_path):
    examples = tmp_path / 'examples'
    for number in range(2):
        for part, array in zip(('image', 'label'), (drawing(number)[0], TWO.array[drawing(number)[1]])):
            (examples / part).mkdir(parents=True, exist_ok=True)
            Image.fromarray(array).save(examples / part / f'{number}.png')
    (examples / 'palette.json').write_text(json.dumps(TWO.values()))
    five = tmp_path / 'five.npz'
    Labeller(LabellingNetwork(5)).save(five)
    label(drawings, tmp_path / 'out', examples, labeller=five, seconds=0.1, size=32)
    assert open_dataset(tmp_path / 'out', 32).palette == TWO
    with pytest.raises(InputError, match='--out .*: its classes are cat, background, and those to label are eye'):
        label(drawings, tmp_path / 'out', labeller=five)


def test_faults_are_listed_and_the_rest_is_done(stored, drawings, tmp_path, capsys):
    (drawings / 'broken.png').write_bytes(b'none')
    Image.new('RGB', (40, 90)).save(drawings / 'tall.png')
    Image.new('RGB', (40, 40)).save(drawings / 'a.png')
    with pytest.raises(SystemExit) as ended:
        script.main(['--images', str(drawings), '--out', str(tmp_path / 'out'), '--labeller', str(stored)])
    lines = capsys.readouterr().err.splitlines()
    told = [line for line in lines if line.startswith('label.py: error: ')]
    assert ended.value.code == 1 and len(told) == 3
    assert all(any(part in line for line in told) for part in ('same name', 'not a picture', '40 x 90'))
    assert sorted(path.stem for path in (tmp_path / 'out' / 'label').rglob('*.png')) == ['a', 'b', 'c']


def test_any_name_of_a_file_is_listed(stored, tmp_path):
    names = 'plain', '髪の色', 'u\u0308', '=1+1', os.fsdecode(b'latin-\xe9')
    (tmp_path / 'drawings').mkdir()
    for number, name in enumerate(names):
        Image.fromarray(drawing(number)[0]).save(tmp_path / 'drawings' / f'{name}.png')
    outcome = label(tmp_path / 'drawings', tmp_path / 'out', labeller=stored, size=32)
    assert len(outcome.labelled) == len(names) == len((tmp_path / 'out' / 'review.csv').read_text().splitlines()) - 1
    check_dataset(open_dataset(tmp_path / 'out', 32))


def test_a_dry_run_writes_nothing(stored, drawings, tmp_path, capsys):
    Image.new('RGB', (40, 90)).save(drawings / 'tall.png')
    with pytest.raises(SystemExit):
        script.main(['--images', str(drawings), '--out', str(tmp_path / 'out'), '--labeller', str(stored), '--dry_run'])
    printed = capsys.readouterr()
    assert '4 drawings to label' in printed.out and '40 x 90' in printed.err
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('arguments, told', [
    (['--out', 'x'], '--images is missing'), (['--images', 'drawings'], '--out is missing'),
    (['--images', 'none', '--out', 'x'], 'none: no such directory'),
    (['--images', 'empty', '--out', 'x'], 'no drawings'),
    (['--images', 'drawings', '--out', 'drawings/deep/out'], '--out .* lies in'),
    (['--images', 'drawings/deep', '--out', 'drawings'], '--images .* lies in'),
    (['--images', 'drawings', '--out', 'x', '--labeller', 'none.npz'], 'none.npz: no such file'),
])
def test_a_wrong_directory_is_one_line(drawings, monkeypatch, arguments, told):
    monkeypatch.chdir(drawings.parent)
    (drawings.parent / 'empty').mkdir()
    with pytest.raises(InputError, match=told) as error:
        script.main(arguments)
    assert '\n' not in str(error.value)
