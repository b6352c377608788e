"""evaluate.py as a user runs it, on the generator that comes with the project."""
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from feature_models import means_model, random_model
from from_systems import needs
from PIL import Image

import evaluate
from spade_anime.errors import InputError

pytestmark = needs('spade')
ROOT = Path(__file__).parents[1]
SNAPSHOT = ROOT / 'pretrained' / 'spade' / 'gen.npz'


@pytest.fixture(scope='module')
def portraits(tmp_path_factory):
    """Forty of the example's portraits: four are held out."""
    directory = tmp_path_factory.mktemp('portraits')
    for path in sorted((ROOT / 'dataset' / 'example').glob('*.png'))[:40]:
        shutil.copy(path, directory)
    return directory


@pytest.fixture
def arguments(portraits, tmp_path):
    return ['--snapshot', str(SNAPSHOT), '--device', 'cpu', '--dataset_dir', str(portraits),
            '--out_dir', str(tmp_path / 'out'), '--judge', 'false']


def rows(tmp_path):
    return [json.loads(line) for line in (tmp_path / 'out' / 'metrics.jsonl').read_text().splitlines()]


def test_kid_and_diversity_are_told_and_kept(arguments, tmp_path, capsys):
    model = str(random_model(tmp_path / 'random.onnx'))
    evaluate.main([*arguments, '--features', model, '--diversity_draws', '2'])
    printed = capsys.readouterr().out
    assert 'compared with 36 training images' in printed and 'no fid (--fid shows it)' in printed
    row, = rows(tmp_path)
    assert row['snapshot'] == str(SNAPSHOT) and row['samples'] == 4 and row['seed'] == 0
    assert (row['features'], row['reference'], row['reference_images']) == (model, 'training', 36)
    assert {'kid', 'kid_error', 'diversity_pixels', 'diversity_features'} < set(row['trained'])
    assert set(row['trained']) == set(row['untrained']) and 'fid' not in row['trained']
    # What was trained on these portraits, and other real ones, are nearer to them than grey is.
    assert max(row['real']['kid'], row['trained']['kid']) < row['untrained']['kid']
    table = {line.split()[0]: line.split()[1:] for line in printed.splitlines() if len(line.split()) == 4}
    assert table['kid'] == [f'{row[name]["kid"]:.4g}' for name in ('trained', 'untrained', 'real')]
    assert table['diversity_pixels'][2] == '-'
    assert Image.open(tmp_path / 'out' / 'evaluation.png').size[0] == 5 * 132 - 4


@needs('pix2pix')
def test_rows_are_appended_and_the_same_seed_gives_the_same(arguments, tmp_path):
    model = str(means_model(tmp_path / 'means.onnx'))
    arguments[1] = str(ROOT / 'pretrained' / 'pix2pix')  # it has noise, which the seed draws
    for seed in ('0', '0', '1'):
        evaluate.main(['--run', *arguments[1:], '--features', model, '--fid', '--seed', seed, '--reference',
                       'validation', '--diversity_draws', '0'])
    first, again, other = rows(tmp_path)
    assert first == again
    assert first['trained']['fid'] != other['trained']['fid']
    assert first['reference_images'] == 4 and 'kid' not in first['real'] and 'fid' in first['trained']
    assert 'diversity_pixels' not in first['trained']


@pytest.mark.parametrize('flags, named', [
    (['--features', 'none.onnx'], ['--features none.onnx', 'no such file']),
    (['--features', 'MODEL', '--features_size', '16'], ['--features_size 16', '8 x 8']),
    (['--features', 'MODEL', '--draws', '2'], ['--features', '2 paintings', 'at least 3', '--draws']),
], ids=lambda value: ' '.join(value[2:] or value))
def test_mistakes_are_told_before_anything_is_painted(arguments, tmp_path, monkeypatch, flags, named):
    monkeypatch.setattr('spade_anime.evaluation.scores.paint', None)
    model = str(random_model(tmp_path / 'random.onnx'))
    with pytest.raises(InputError) as error:
        evaluate.main([*arguments, *(model if flag == 'MODEL' else flag for flag in flags)])
    assert '\n' not in str(error.value) and all(word in str(error.value) for word in named), error.value
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('flags, named', [
    (['--features', 'README.md'], ['--features README.md', 'ONNX']),
    (['--reference', 'test'], ['--reference', 'test', 'training', 'validation']),
], ids=str)
def test_mistakes_are_told_in_one_line(arguments, flags, named):
    """Whatever onnxruntime would add of itself."""
    run = subprocess.run([sys.executable, 'evaluate.py', *arguments, *flags], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 2, run.stderr
    line, = run.stderr.splitlines()
    assert line.startswith('evaluate.py: error: ') and all(word in line for word in named), line
