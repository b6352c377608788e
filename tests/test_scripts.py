"""The three scripts as a user runs them, on a few tiny samples."""
import json
import multiprocessing
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy
import pytest
from from_systems import needs
from PIL import Image

import evaluate
import generate
import train
from spade_anime import export
from spade_anime.commands import run_script
from spade_anime.errors import InputError
from spade_anime.training.updater import TrainingDiverged

pytestmark = needs('spade')
ROOT = Path(__file__).parents[1]
EXAMPLE, LABEL, COLOR = ROOT / 'dataset' / 'example', ROOT / 'examples' / 'seg.png', ROOT / 'examples' / 'color.png'
MAINS = {'train.py': train.main, 'generate.py': generate.main, 'evaluate.py': evaluate.main, 'export.py': export.main}
SMALL = ['--use_cpu', '--preset', 'tiny', '--ngf', '4', '--ndf', '8', '--spade_ch', '8', '--batch_size', '2',
         '--workers', '0', '--log_interval', '2', '--sample_interval', '4', '--snapshot_interval', '4']


@pytest.fixture(scope='module')
def few(tmp_path_factory):
    """A dozen of the example's portraits."""
    directory = tmp_path_factory.mktemp('few')
    for path in sorted(EXAMPLE.glob('*.png'))[:12]:
        shutil.copy(path, directory)
    return directory


@pytest.fixture(scope='module')
def run(few, tmp_path_factory):
    """A finished run of six iterations."""
    out_dir = tmp_path_factory.mktemp('trained') / 'run'
    train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(out_dir), '--max_iteration', '6'])
    return out_dir


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_run_leaves_its_files(run):
    names = {str(path.relative_to(run)) for path in run.rglob('*') if path.is_file()}
    snapshots = {f'snapshots/{name}_0000000{n}.npz' for n in (4, 6)
                 for name in ('gen', 'dis', 'gen_average', 'state')}
    assert names == snapshots | {'condition.json', 'options.json', 'log.jsonl', 'summary.json', 'plots/gen.png',
                                 'plots/dis.png', 'samples/iteration_00000004.png', 'samples/iteration_00000006.png'}
    entries = [json.loads(line) for line in (run / 'log.jsonl').read_text().splitlines()]
    assert [entry['iteration'] for entry in entries] == [2, 4, 6]
    assert {'dis/loss', 'gen/loss', 'iterations_per_second'} <= set(entries[0])


def test_sample_sheet_has_training_and_validation_rows_of_four_tiles(run):
    width, height = Image.open(run / 'samples' / 'iteration_00000006.png').size
    assert 4 * 132 < width < 5 * 132  # tiles twice their size, and the names of the rows
    assert height == 16 + 3 * 132 - 4  # two training rows, one validation sample


def test_same_seed_same_weights(run, few, tmp_path):
    train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'again'), '--max_iteration', '6',
                '--workers', '1'])
    name = 'snapshots/gen_00000006.npz'
    with numpy.load(run / name) as first, numpy.load(tmp_path / 'again' / name) as second:
        for key in first.files:
            numpy.testing.assert_array_equal(first[key], second[key])


def test_dry_run_tells_and_leaves_nothing(few, tmp_path, capsys):
    train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'none'), '--dry_run'])
    printed = capsys.readouterr().out
    assert all(word in printed for word in ('adv_loss_mode', 'parameters', 'about', 'samples'))
    assert not (tmp_path / 'none').exists()


def test_a_training_prints_what_differs_from_its_preset(run, few, tmp_path, capsys):
    train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'run'), '--max_iteration', '1',
                '--image_size', '64', '--seed', '3', '--lr_poly_train_period', '1'])
    first, *lines = capsys.readouterr().out.split('samples ')[0].splitlines()
    named = dict(line.split() for line in lines if len(line.split()) == 2)
    assert first == 'Options of spade, preset tiny, but for: (--dry_run prints all)'
    assert named['ngf'] == '4' and named['seed'] == '3' and named['workers'] == '0'
    assert not {'image_size', 'adv_loss_mode', 'preset', 'model'} & set(named)  # 64 px is what the preset has
    train.main(['--out_dir', str(tmp_path / 'run'), '--resume', '--max_iteration', '2', '--use_cpu'])
    printed = capsys.readouterr().out
    assert printed.startswith('Options of the run, but for:') and 'max_iteration          2\n' in printed
    assert 'ngf' not in printed


def test_a_run_in_its_data_set_is_refused(few, run, tmp_path):
    for out_dir in (few, few / 'deep' / 'run'):
        with pytest.raises(InputError, match='--out_dir .* lies in the data set .*; allowed is a directory outside'):
            train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(out_dir)])
    with pytest.raises(InputError, match='--out_dir .* lies in the data set'):
        evaluate.main(['--run', str(run), '--out_dir', str(few)])
    assert not list(few.glob('*/'))


def test_links_out_of_a_data_set_are_followed_where_the_user_says_so(few, tmp_path):
    data = tmp_path / 'data'
    data.mkdir()
    for path in sorted(few.glob('*.png')):
        (data / path.name).symlink_to(path)
    arguments = [*SMALL, '--dataset_dir', str(data), '--out_dir', str(tmp_path / 'run'), '--max_iteration', '2']
    with pytest.raises(InputError, match='--follow_links'):
        train.main(arguments)
    train.main([*arguments, '--follow_links'])
    evaluate.main(['--run', str(tmp_path / 'run'), '--diversity_draws', '0', '--judge', 'false', '--follow_links'])


def test_pictures_that_are_not_square_are_trained_painted_and_measured(tmp_path):
    data = tmp_path / 'data'
    for part in ('image', 'label'):
        (data / part).mkdir(parents=True)
    for path in sorted(EXAMPLE.glob('*.png'))[:6]:
        for i, part in enumerate(('image', 'label')):
            Image.open(path).crop((256 * i + 40, 0, 256 * i + 200, 256)).save(data / part / path.name)
    arguments = [*SMALL, '--dataset_dir', str(data), '--out_dir', str(tmp_path / 'run'), '--max_iteration', '2']
    with pytest.raises(InputError, match='has to be square, found 160 x 256; .*--fit crop'):
        train.main(arguments)
    train.main([*arguments, '--fit', 'pad'])
    measured = ['--run', str(tmp_path / 'run'), '--diversity_draws', '0', '--judge', 'false']
    evaluate.main(measured)
    with pytest.raises(InputError, match='has to be square'):
        evaluate.main([*measured, '--fit', 'none'])
    generate.main(['--run', str(tmp_path / 'run'), '--label', str(data / 'label'), '--fit', 'pad', '--out',
                   str(tmp_path / 'painted')])
    assert {Image.open(path).size for path in (tmp_path / 'painted').iterdir()} == {(40, 64)}


def test_cpu_picks_small_and_says_how_to_get_more(few, tmp_path, capsys):
    train.main(['--use_cpu', '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'none'), '--dry_run'])
    printed = capsys.readouterr().out
    assert 'preset small' in printed and '--preset full' in printed


def test_training_starts_from_snapshots(run, few, tmp_path):
    snapshots = run / 'snapshots'
    train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'more'), '--max_iteration', '1',
                '--g_lr', '0', '--d_lr', '0', '--gen_snapshot', str(snapshots / 'gen_00000006.npz'),
                '--dis_snapshot', str(snapshots / 'dis_00000006.npz')])
    for name in ('gen', 'dis'):
        with numpy.load(snapshots / f'{name}_00000006.npz') as first, \
                numpy.load(tmp_path / 'more' / 'snapshots' / f'{name}_00000001.npz') as second:
            numpy.testing.assert_array_equal(first['head/W'], second['head/W'])


def test_training_starts_from_the_lineage(few, tmp_path):
    data = ROOT / 'tests' / 'data'
    train.main(['--use_cpu', '--preset', 'lineage', '--image_size', '128', '--start_size', '2', '--ngf', '8', '--ndf',
                '8', '--spade_ch', '8', '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'run'), '--workers', '0',
                '--max_iteration', '1', '--gen_snapshot', str(data / 'lineage_gen.npz'),
                '--dis_snapshot', str(data / 'lineage_dis.npz')])
    with numpy.load(data / 'lineage_gen.npz') as old, \
            numpy.load(tmp_path / 'run' / 'snapshots' / 'gen_00000001.npz') as new:
        numpy.testing.assert_allclose(new['label_mapping/conv1/W'], old['w1/conv1/W'], atol=1e-3)


def test_diverging_training_names_the_loss_and_leaves_a_log(few, tmp_path):
    with pytest.raises(TrainingDiverged, match=r'(gen|dis)/\w+ is \S+ at iteration \d'), \
            numpy.errstate(all='ignore'):
        train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'run'), '--max_iteration', '20',
                    '--g_lr', '1e30', '--d_lr', '1e30', '--snapshot_interval', '1'])
    assert not (tmp_path / 'run' / 'summary.json').exists()


def test_rough_set_takes_part(few, tmp_path):
    train.main([*SMALL, '--dataset_dir', str(few), '--out_dir', str(tmp_path / 'run'), '--max_iteration', '2',
                '--use_rough', '--rough_dataset_dir', str(few)])
    entry = json.loads((tmp_path / 'run' / 'log.jsonl').read_text().splitlines()[0])
    assert 'rough_gen/loss' in entry


def test_painting_from_a_run(run, elsewhere):
    arguments = ['--run', str(run), '--label', str(LABEL), '--color', str(COLOR)]
    generate.main([*arguments, '--out', 'a.png'])
    generate.main([*arguments, '--out', 'b.png'])
    assert Path('a.png').read_bytes() == Path('b.png').read_bytes()
    assert Image.open('a.png').size == (64, 64)


@pytest.mark.parametrize('color', ['#12ab34', 'pink', ''])
def test_colors_and_grids(run, elsewhere, color):
    generate.main(['--run', str(run), '--label', str(LABEL), '--color', color, '--samples', '6', '--out', 'grid.png'])
    assert Image.open('grid.png').size == (4 * 68 - 4, 2 * 68 - 4)


def test_directory_of_labels(run, elsewhere):
    Path('labels').mkdir()
    for name in ('one.png', 'two.png'):
        shutil.copy(LABEL, Path('labels') / name)
    generate.main(['--run', str(run), '--label', 'labels', '--out', 'many'])
    assert sorted(path.name for path in Path('many').iterdir()) == ['one.png', 'two.png']


def test_a_directory_with_faults_is_painted_but_for_those(elsewhere, capsys):
    Path('labels').mkdir()
    shutil.copy(LABEL, 'labels/good.png')
    Path('labels/bad.png').write_text('')
    with pytest.raises(SystemExit) as ended:
        generate.main(['--label', 'labels', '--color', '240,10,90'])
    assert ended.value.code == 1 and [path.name for path in Path('painted').iterdir()] == ['good.png']
    assert capsys.readouterr().err == 'generate.py: error: labels/bad.png: empty file (0 bytes)\n'


def test_generator_that_comes_along_is_used_when_nothing_was_trained(elsewhere, capsys):
    generate.main(['--label', str(LABEL), '--color', str(COLOR)])
    assert 'comes with the project' in capsys.readouterr().out
    assert Image.open('painted.png').size == (128, 128)
    assert (ROOT / 'pretrained' / 'spade' / 'gen.npz').stat().st_size <= 3_000_000


def test_newest_finished_run_is_used(run, elsewhere, capsys):
    shutil.copytree(run, 'result')
    generate.main(['--label', str(LABEL)])
    assert 'result/' in capsys.readouterr().out


def test_lineage_snapshot_paints(elsewhere, capsys):
    snapshot = ROOT / 'tests' / 'data' / 'lineage_gen.npz'
    generate.main(['--snapshot', str(snapshot), '--image_size', '128', '--label', str(LABEL), '--color', '#ff8800'])
    assert Image.open('painted.png').size == (128, 128)
    assert 'lineage' in capsys.readouterr().out


def test_evaluation_compares_with_an_untrained_generator(run, few, capsys):
    evaluate.main(['--run', str(run), '--dataset_dir', str(few), '--judge', 'false'])
    printed = capsys.readouterr().out
    scores = json.loads((run / 'metrics.jsonl').read_text().splitlines()[-1])
    names = {'hair_color_error', 'mean_absolute_error'}
    assert names == set(scores['real'])
    assert names | {'diversity_pixels'} == set(scores['trained']) == set(scores['untrained'])
    assert 'hair_color_error' in printed
    assert (run / 'evaluation.png').exists()


@pytest.mark.parametrize('command', [['train.py', '--dataset_dir', 'none'],
                                     ['-m', 'spade_anime.export', '--out', 'none.npz']])
def test_a_mistake_ends_a_process_with_one_line(command):
    run = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 2, run.stderr
    assert run.stderr.count('\n') == 1 and 'none' in run.stderr


@pytest.fixture
def script(monkeypatch):
    """Runs a script in this process, in the project's directory, without a limit on its memory."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr('spade_anime.devices.limit_memory', lambda: None)
    monkeypatch.setattr(warnings, 'showwarning', warnings.showwarning)

    def run(name, arguments):
        monkeypatch.setattr(sys, 'argv', [name])
        run_script(lambda: MAINS[name](arguments))
    return run


@pytest.mark.parametrize('command, named', [
    (['train.py', '--dataset_dir', 'none'], ['none']),
    (['train.py', '--image_size', '100'], ['image_size', '100']),
    (['train.py', '--preset', 'tiny', '--gen_snapshot', 'none.npz'], ['none.npz']),
    (['generate.py', '--run', 'none', '--label', 'x.png'], ['none', 'train.py']),
    (['generate.py'], ['--label']),
    (['generate.py', '--label', 'none.png'], ['none.png']),
    (['generate.py', '--label', 'examples/seg.png', '--color', '#12'], ['#12']),
    (['generate.py', '--label', 'examples/seg.png', '--out', 'x.nope'], ['x.nope']),
    (['generate.py', '--label', 'examples/seg.png', '--out', '/proc/x.png'], ['/proc/x.png']),
    (['train.py', '--preset', 'tiny', '--out_dir', '/proc/x'], ['/proc/x']),
    (['generate.py', '--snapshot', 'README.md', '--label', 'examples/seg.png'], ['README.md']),
    (['generate.py', '--snapshot', 'tests/data/lineage_dis.npz', '--label', 'x'], ['lineage_dis.npz']),
    (['evaluate.py', '--run', 'none'], ['none']),
    (['export.py', '--out', 'gen.npz'], ['gen.npz', '.onnx']),
])
def test_mistakes_are_told_in_one_line(command, named, few, script, capsys):
    name, *arguments = command
    # Of the whole example the progress of its check would be shown.
    data = ['--dataset_dir', str(few)] if name == 'train.py' and '--dataset_dir' not in command else []
    with pytest.raises(SystemExit) as ended:
        script(name, [*arguments, *data])
    assert not multiprocessing.active_children()
    errors = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert ended.value.code == 2 and len(errors) == 1, errors
    assert all(word in errors[0] for word in named)


def test_onnx_paints_what_chainer_paints(run, elsewhere, capsys):
    onnx = pytest.importorskip('onnx', reason='the extra onnx is not installed')
    arguments = ['--run', str(run), '--label', str(LABEL), '--color', '#3366aa', '--samples', '2']
    generate.main([*arguments, '--out', 'chainer.png'])
    generate.main([*arguments, '--out', 'onnx.png', '--engine', 'onnx'])
    first, second = (numpy.asarray(Image.open(f'{name}.png'), int) for name in ('chainer', 'onnx'))
    assert abs(first - second).max() <= 1
    export.main(['--run', str(run), '--out', 'models/gen.onnx'])
    assert 'height x width' in capsys.readouterr().out
    onnx.checker.check_model('models/gen.onnx', full_check=True)
