import os
import shutil
import types

import pytest
from from_systems import needs

from options import parse_training
from spade_anime.runs.directory import RunDirectory, newest_finished_run
from spade_anime.runs.names import FOLDERS
from spade_anime.training import session
from spade_anime.training.run import Run


def finished(path, age):
    run = RunDirectory(path)
    run.create()
    run.options.write_text('{}')
    run.finish(iterations=1)
    os.utime(run.summary, (1e9 - age, 1e9 - age))
    return run


def test_newest_finished_run_is_found_among_runs_and_subfolders(tmp_path):
    assert newest_finished_run(tmp_path / 'none') is None
    finished(tmp_path / 'result', age=3)
    newest = finished(tmp_path / 'result' / 'second', age=1)
    finished(tmp_path / 'result' / 'first', age=2)
    assert newest_finished_run(tmp_path / 'result') == newest


def test_unfinished_run_does_not_count(tmp_path):
    RunDirectory(tmp_path).create()
    assert newest_finished_run(tmp_path) is None


def test_earlier_run_in_the_same_place_is_kept(tmp_path):
    run = finished(tmp_path, age=1)
    (run.folder('snapshots') / 'gen_00000001.npz').write_bytes(b'weights')
    moved = run.create()
    assert (moved / 'snapshots' / 'gen_00000001.npz').read_bytes() == b'weights'
    assert not run.summary.exists()
    assert all(not any(run.folder(name).iterdir()) for name in FOLDERS)
    run.options.write_text('{}')
    assert run.create() != moved


@pytest.mark.parametrize('names, newest', [
    ([], None), (['gen_00000009.npz', 'gen_00000010.npz', 'dis_00000011.npz'], 'gen_00000010.npz'),
    (['gen_00000010.npz', 'gen_average_00000010.npz', 'gen_average_00000005.npz'], 'gen_average_00000010.npz'),
    (['.gen_00000012.npz.7.tmp', 'gen_old.npz'], None)])
def test_newest_generator(tmp_path, names, newest):
    run = RunDirectory(tmp_path)
    run.create()
    for name in names:
        (run.folder('snapshots') / name).touch()
    assert (run.generator().name if run.generator() else None) == newest


def test_little_room_is_told(tmp_path, monkeypatch):
    run = RunDirectory(tmp_path / 'run')
    run.create()
    monkeypatch.setattr(shutil, 'disk_usage', lambda path: types.SimpleNamespace(free=3_000_000))
    assert run.space_warning(1_500_000) == ''
    assert run.space_warning(2_000_000) == f'{run.path}: 3 MB are free on this disk, two snapshots take 4 MB'


@needs('spade')
def test_estimate_of_a_snapshot_is_near(tmp_path):
    """On the large side: not every array has moments."""
    system_class, given = parse_training([
        '--use_cpu', '--preset', 'tiny', '--ngf', '8', '--ndf', '8', '--workers', '0', '--max_iteration', '1',
        '--out_dir', str(tmp_path / 'run')])
    options, device = session.settle(system_class, given)
    run = Run(system_class(options), device, RunDirectory(tmp_path / 'run'))
    estimate = run.snapshot_bytes()
    run.directory.create()
    run.train()
    found = sum(path.stat().st_size for path in run.directory.snapshots.path.iterdir())
    assert 0.8 * found < estimate < 1.3 * found
