"""Scores while a generator trains: rows, the best generator, curves."""
import json
from types import SimpleNamespace

import chainer
import numpy
import pytest

from spade_anime.errors import InputError
from spade_anime.evaluation.scores import Scores
from spade_anime.runs.best import BestFolder, Choice
from spade_anime.runs.snapshots import SnapshotFolder
from spade_anime.training.ready_generator import ReadyGenerator
from spade_anime.training.saving import Snapshots
from spade_anime.training.telling.metrics import Metrics

CHOICE = Choice({'absent': 'lower', 'error': 'lower', 'share': 'higher'})


class Grey(chainer.Link):
    """Paints everything in one grey."""

    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.level = chainer.Parameter(0, (1,))

    def draw_noise(self, batch, random):
        return random.normal(size=batch).astype(numpy.float32)

    def __call__(self, condition, z=None):
        return chainer.Variable(numpy.broadcast_to(self.level.array, (len(condition), 3, 4, 4)))


def judge(samples, images):
    """The error is the grey itself, and there is none of what is darker than -0.9."""
    level = float(images.mean())
    return {'error': level if level > -0.9 else float('nan'), 'parts/one': level / 2, 'parts/two': level / 4}


class Session:
    """A training that does nothing but paint in the grey that it is told, from iteration to iteration."""

    def __init__(self, folder, start=0, interval=1):
        self.gen, self.iteration, self.folder = Grey(), start, folder
        samples = [(numpy.zeros((3, 4, 4), numpy.float32), numpy.zeros(1, numpy.float32))] * 3
        for name in ('snapshots', 'plots'):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.path, self.picture = folder / 'metrics.jsonl', folder / 'plots' / 'metrics.png'
        generator = ReadyGenerator(self.gen, [], batches=0, batch_size=1, seed=0)
        self.metrics = Metrics(generator, 'gen', Scores(samples, [judge]), CHOICE, self.path, self.picture,
                               SnapshotFolder(folder / 'snapshots'), interval, {'dataset_dir': 'data'})
        self.synchronized = 0
        self.metrics.initialize(self.trainer)

    @property
    def trainer(self):
        return SimpleNamespace(updater=SimpleNamespace(iteration=self.iteration, synchronize=self.synchronize))

    def synchronize(self):
        self.synchronized += 1

    def paint(self, *levels):
        for level in levels:
            self.iteration += 1
            self.gen.level.array[...] = level
            if self.metrics.trigger(self.trainer):
                self.metrics(self.trainer)

    def snapshot(self):
        """Leave the file by which a snapshot counts as whole."""
        (self.folder / 'snapshots' / f'state_{self.iteration:08}.npz').touch()

    def rows(self):
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def kept(self):
        """Grey of each generator that is kept, by iteration."""
        files = (self.folder / 'snapshots').glob('best_gen-*.npz')
        return {int(path.stem[-8:]): round(float(numpy.load(path)['level'][0]), 3) for path in files}


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """Arguments of each drawing, which takes longer than all the rest."""
    calls = []
    monkeypatch.setattr('spade_anime.training.telling.metrics.draw_curves', lambda *call: calls.append(call))
    return calls


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path / 'run')


def test_rows_tell_iteration_network_and_scores(session):
    session.paint(0.5, 0.25)
    first, second = session.rows()
    assert (first['iteration'], second['iteration']) == (1, 2)
    assert first['network'] == 'gen' and first['dataset_dir'] == 'data' and 'seed' in first
    assert first['trained'] == {'error': 0.5, 'parts/one': 0.25, 'parts/two': 0.125}
    assert first['real']['error'] == 0
    assert session.synchronized == 2


def test_only_due_iterations_and_the_last_are_measured_once(tmp_path):
    session = Session(tmp_path, interval=3)
    session.paint(*[0.5] * 7)
    session.metrics.finish(session.trainer)
    session.metrics.finish(session.trainer)
    assert [row['iteration'] for row in session.rows()] == [3, 6, 7]


def test_the_best_generator_is_kept(session):
    for level, kept in ((0.5, {1: 0.5}), (0.25, {2: 0.25}), (0.3, {2: 0.25}), (0.25, {2: 0.25}), (-0.5, {5: -0.5})):
        session.paint(level)
        assert session.kept() == kept
    assert BestFolder(session.folder / 'snapshots').newest().name == 'best_gen-00000005.npz'


def test_higher_may_be_better():
    rows = [{'trained': {'share': value}} for value in (0.2, 0.9, None, 0.9, 0.4)]
    assert CHOICE.best(rows) is rows[1] and CHOICE.metric(rows) == 'share'


def test_the_first_metric_that_was_measured_decides():
    rows = [{'trained': {'share': 0.9, 'error': 3.0}}, {'trained': {'share': 0.1, 'error': 2.0}}]
    assert CHOICE.best(rows) is rows[1]
    assert CHOICE.best([{'trained': {'other': 1.0}}]) is None and CHOICE.best([]) is None


def test_what_is_no_number_is_never_the_best(session):
    session.paint(-0.95)
    assert session.kept() == {} and session.rows()[0]['trained']['error'] is None
    session.paint(0.5, -0.95)
    assert session.kept() == {2: 0.5}


def test_what_a_killed_run_goes_on_from_keeps_its_best(tmp_path):
    """Killed after iteration 4, of which there is a row and a generator, but no snapshot: that is of iteration 2."""
    session = Session(tmp_path)
    session.paint(0.5, 0.6)
    session.snapshot()
    session.paint(0.4, 0.3)
    assert session.kept() == {1: 0.5, 4: 0.3}
    again = Session(tmp_path, start=2)
    assert [row['iteration'] for row in again.rows()] == [1, 2] and again.kept() == {1: 0.5}
    again.paint(0.55, 0.7)
    assert again.kept() == {1: 0.5}
    again.paint(0.2)
    assert again.kept() == {1: 0.5, 5: 0.2}
    again.snapshot()
    again.paint(0.9)
    assert again.kept() == {5: 0.2}
    again.paint(0.1)
    assert again.kept() == {5: 0.2, 7: 0.1}
    again.metrics.finish(again.trainer)
    assert again.kept() == {7: 0.1}


def test_a_run_that_goes_on_leaves_what_one_in_a_piece_leaves(tmp_path):
    levels = (0.5, 0.6, 0.4, 0.3)
    Session(tmp_path / 'whole').paint(*levels)
    parts = Session(tmp_path / 'parts')
    parts.paint(*levels[:2])
    parts.snapshot()
    parts.paint(0.1)
    with open(parts.path, 'a') as file:
        file.write('{"iteration": 4, "trai')  # killed while it wrote
    Session(tmp_path / 'parts', start=2).paint(*levels[2:])
    for name in ('metrics.jsonl', 'snapshots/best_gen-00000004.npz'):
        assert (tmp_path / 'whole' / name).read_bytes() == (tmp_path / 'parts' / name).read_bytes(), name


def test_an_iteration_is_measured_before_its_snapshot():
    """Killed between the two, a run resumed from the snapshot would lack the row."""
    assert Metrics.priority > Snapshots.priority


def test_rows_of_evaluate_stay_and_do_not_count(tmp_path):
    session = Session(tmp_path)
    session.paint(0.5)
    with open(session.path, 'a') as file:
        file.write(json.dumps({'snapshot': 'gen_00000001.npz', 'trained': {'error': -5.0}}) + '\n')
    session.snapshot()
    session.paint(0.4)
    again = Session(tmp_path, start=1)
    again.paint(0.45)
    assert [row.get('iteration') for row in again.rows()] == [1, None, 2]
    assert again.kept() == {1: 0.5, 2: 0.45}


@pytest.mark.parametrize('line', [
    '{"iteration": 1}', '{"iteration": 1, "trained": null, "real": {}}', '[1]', 'null',
    '{"iteration": "1", "trained": {}, "real": {}}', '{"iteration": 1, "trained": {"error": "small"}, "real": {}}',
    '\x00', ''])
def test_lines_of_others_do_no_harm(tmp_path, line):
    (tmp_path / 'metrics.jsonl').write_text(line + '\n')
    session = Session(tmp_path, start=1)
    session.paint(0.5)
    assert session.kept() == {2: 0.5}
    assert json.loads(session.path.read_text().splitlines()[-1])['iteration'] == 2


def test_snapshots_that_are_pruned_are_not_the_best(session):
    session.paint(0.5)
    session.snapshot()
    session.paint(0.6)
    session.snapshot()
    SnapshotFolder(session.folder / 'snapshots').prune(1)
    SnapshotFolder(session.folder / 'snapshots').clean(2)
    assert session.kept() == {1: 0.5}
    assert SnapshotFolder(session.folder / 'snapshots').whole() == [2]


def test_curves_are_drawn_of_all_rows(session, drawn):
    session.paint(0.5, 0.25, 0.4)
    rows, best, deciding, path = drawn[-1]
    assert [row['iteration'] for row in rows] == [1, 2, 3] and best is rows[1]
    assert deciding == 'error' and path == session.picture


def test_a_full_disk_is_told_in_one_line(session):
    session.path.mkdir()
    with pytest.raises(InputError, match='metrics.jsonl: cannot be written'):
        session.paint(0.5)
