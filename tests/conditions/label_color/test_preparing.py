"""Data sets of smaller pictures, made of large ones."""
import json
import os

import numpy as np
import pytest
from PIL import Image

from spade_anime import prepare as script
from spade_anime.conditions.label_color.dataset import check_dataset, open_dataset
from spade_anime.conditions.label_color.preparing import prepare
from spade_anime.data.errors import DataError
from spade_anime.data.metadata import read_metadata
from spade_anime.data.palette import FIVE, Palette
from spade_anime.errors import InputError


@pytest.fixture
def large(save, image_rgb, label_rgb, color_rgb):
    """Folders of two portraits of 24 x 40, drawn six times as large, one with a colour map."""
    def enlarged(pixels):
        return pixels[:, 8:32].repeat(6, 0).repeat(6, 1)
    for name in ('train/a', 'val/b'):
        save(f'set/images/{name}.jpg', enlarged(image_rgb), quality=95)
        save(f'set/labels/{name}.gif', Image.fromarray(enlarged(label_rgb)).quantize(8))
    return save('set/colors/val/b.png', enlarged(color_rgb)).parents[2]


def files(directory):
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob('*') if path.is_file())


def test_what_is_prepared_is_read_as_what_was_there(large, tmp_path):
    told = []
    assert prepare(large, tmp_path / 'deep' / 'small', 40, 'pad', tell=told.append) == 2
    small = tmp_path / 'deep' / 'small'
    assert files(small) == ['colors/val/b.png', 'images/train/a.png', 'images/val/b.png', 'labels/train/a.png',
                            'labels/val/b.png']
    assert [path.name for path in small.parent.iterdir()] == ['small'] and len(told) == 2
    before, after = open_dataset(large, 40, fit='pad'), open_dataset(small, 40)
    check_dataset(after)
    assert after.names == before.names and after.held_out == before.held_out
    for i in range(2):
        for old, new in zip(before[i], after[i]):
            np.testing.assert_allclose(new, old, atol=1 / 127)
        np.testing.assert_array_equal(after[i][1], before[i][1])


def test_labels_are_written_in_the_colours_of_their_classes(large, tmp_path, classes):
    prepare(large, tmp_path / 'small', 24, 'crop')
    label = np.asarray(Image.open(tmp_path / 'small' / 'labels' / 'val' / 'b.png'))
    np.testing.assert_array_equal(label, FIVE.array[classes[8:32, 8:32]])


def test_own_classes_keep_their_colours(save, image_rgb, tmp_path):
    palette = Palette(('sky', 'sea'), ((10, 20, 30), (200, 210, 220)), (0, 1), 0, None)
    label = palette.array[(image_rgb[:, :, 0] > 128).astype(np.uint8)]
    save('set/deep/image/a.png', image_rgb[:30])
    save('set/deep/label/a.png', label[:30])
    (tmp_path / 'set' / 'palette.json').write_text(json.dumps(palette.values()))
    prepare(tmp_path / 'set', tmp_path / 'small', 40, 'pad', tell=[].append)
    assert files(tmp_path / 'small') == ['image/a.png', 'label/a.png', 'palette.json']
    written = np.asarray(Image.open(tmp_path / 'small' / 'label' / 'a.png'))
    np.testing.assert_array_equal(written[5:35], label[:30])
    assert (written[:5] == (10, 20, 30)).all() and open_dataset(tmp_path / 'small', 8).palette == palette


def test_strips_stay_strips_and_tables_follow(strips, tmp_path):
    for path in strips.glob('*.png'):
        Image.open(path).save(path.with_suffix('.bmp'))
        path.unlink()
    (strips / 'metadata.jsonl').write_text('\n'.join(json.dumps({'file_name': f'{i}.bmp', 'n': i}) for i in range(5)))
    (strips / 'palette.json').write_text(json.dumps(FIVE.values()))
    assert prepare(strips, tmp_path / 'small', 16) == 5
    small = tmp_path / 'small'
    assert files(small) == [*(f'{i}.png' for i in range(5)), 'metadata.jsonl', 'palette.json']
    assert Image.open(small / '0.png').size == (48, 16)
    assert [(row['path'].name, row['n']) for row in read_metadata(small)] == [(f'{i}.png', i) for i in range(5)]


def test_all_faults_are_told_and_nothing_is_written(large, tmp_path):
    (large / 'images' / 'val' / 'b.jpg').write_bytes(b'')
    (large / 'labels' / 'val' / 'c.png').write_bytes(b'')
    with pytest.raises(DataError) as error:
        prepare(large, tmp_path / 'small', 16)
    told = str(error.value)
    assert len(told.splitlines()) == 6 and 'b.jpg: empty' in told and 'c.png: no counterpart' in told
    assert 'a.jpg: the image has to be square' in told
    assert [path.name for path in tmp_path.iterdir()] == ['set']


def test_strips_that_would_become_one_file(strips, tmp_path):
    Image.open(strips / '0.png').save(strips / '0.bmp')
    with pytest.raises(DataError, match='0.png: would become the same file as 0.bmp'):
        prepare(strips, tmp_path / 'small', 16)


@pytest.mark.parametrize('target, told', [('set', 'lies in the data set'), ('set/small', 'lies in the data set'),
                                          ('full', 'is not empty'), ('full/file', 'is a file')])
def test_a_target_that_would_be_mixed_with_others(large, tmp_path, target, told):
    (tmp_path / 'full').mkdir()
    (tmp_path / 'full' / 'file').touch()
    with pytest.raises(InputError, match=f'--out .*{told}'):
        prepare(large, tmp_path / target, 16, 'crop')
    assert files(tmp_path / 'full') == ['file']


def test_a_target_that_cannot_be_written(large, tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(InputError, match='file/small: cannot be written: Not a directory'):
        prepare(large, tmp_path / 'file' / 'small', 16, 'crop')


def test_the_script_prepares_in_processes_and_says_how_to_go_on(large, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    small = tmp_path / 'so small'
    small.mkdir()
    linked = tmp_path / 'linked'
    linked.mkdir()
    for part in ('images', 'labels'):
        os.symlink(large / part, linked / part)
    arguments = ['--in=~/linked', '--out=~/so small', '--size', 16, '--fit', 'crop', '--workers', 2]
    with pytest.raises(DataError, match='--follow_links'):
        script.main(list(map(str, arguments)))
    script.main([*map(str, arguments), '--follow_links'])
    printed = capsys.readouterr()
    assert f"2 samples of 16 px. Train with: python train.py --dataset_dir '{small}'" in printed.out
    assert '2/2' in printed.err and len(files(small)) == 4


@pytest.mark.parametrize('arguments, told', [([], '--in is missing'), (['--in', 'x'], '--out is missing'),
                                             (['--in', 'x', '--out', 'y'], 'x: no such directory')])
def test_mistakes_are_told(arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=told):
        script.main(arguments)
