"""Arguments, worker processes and sides of the benchmarks, small, on the CPU."""
import importlib.util

import pytest
from from_systems import needs, of_system

from benchmarks import loading, scaling, tiny_step, train_step
from benchmarks.chainer_sides import Chainer, TinyChainer
from benchmarks.launches import kernels_in_graph, tally
from benchmarks.onnx_side import Onnx
from benchmarks.planned_sides import TinyPlanned
from benchmarks.sides import CYCLE, Settings
from benchmarks.workers import Worker, take_turns

PRESETS = of_system('spade.options.PRESETS')

SMALL = Settings(batch=2, size=128, ngf=2)
SMALL_TINY = Settings(batch=2, size=32, ngf=2)


def test_a_cpu_times_one_image_in_single_precision():
    options = train_step.parse([], gpu=False)
    assert (options.batch_size, options.precision, options.calls) == ([1], ['fp32'], 1)
    assert options.sides == ['chainer', 'loaded', 'pytorch', 'onnx'] and options.steps == list(train_step.STEPS)
    assert train_step.parse(['--steps', 'inference'], gpu=False).steps == ['inference']
    with pytest.raises(SystemExit):
        train_step.parse(['--precision', 'fp16'], gpu=False)


def test_a_card_times_several_batches_and_precisions():
    options = train_step.parse(['--batch_size', '1', '32', '--precision', 'fp16', 'tf32'], gpu=True)
    assert (options.batch_size, options.precision) == ([1, 32], ['fp16', 'tf32'])
    assert options.sides == ['captured', 'eager', 'pytorch', 'compiled']


def test_what_is_not_installed_is_said_and_left_out(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    assert list(train_step.chosen(['chainer', 'pytorch', 'onnx'], gpu=False)) == ['chainer']
    assert capsys.readouterr().out.count('\n') == 2


def test_a_side_that_fails_does_not_stop_the_others():
    workers = [Worker(name, 'side_that_fails:Broken', calls)
               for name, calls in (('lasting', 100), ('ending', 3))]
    seconds = take_turns(workers, 'iteration', repeats=4, calls=1, warm_up=1)
    assert seconds == {'lasting': [1.0] * 4, 'ending': []}
    assert [worker.failure for worker in workers] == ['', 'MemoryError: no more of it']
    assert workers[0].note == 'a note'
    for worker in workers:
        worker.close()


def test_a_process_that_cannot_start_its_side_says_why():
    worker = Worker('odd', 'benchmarks.sides:Nothing', SMALL)
    worker.close()
    assert 'Nothing' in worker.failure and worker.ask('seconds') is None


@needs('spade')
def test_the_tiny_preset_is_timed_with_its_recipe(tmp_path):
    """Its defaults are the preset's; a turn is a whole cycle of the penalty."""
    options, preset = vars(tiny_step.parse([])), PRESETS['tiny']
    assert all(options[name] == preset[name] for name in ('batch_size', 'image_size', 'ngf'))
    side, updates = TinyChainer(SMALL_TINY), []
    side.objective.penalty.terms = lambda pairs: updates.append(side.objective.penalty.due(1)) or {}
    before = [array.copy() for array in (place.array for _, place in side.average.pairs)]
    side.seconds('iteration', 1)
    assert len(updates) == CYCLE and side.updater.iteration == CYCLE
    assert any((place.array != array).any() for (_, place), array in zip(side.average.pairs, before))


@needs('spade')
def test_rows_of_the_tiny_preset(tmp_path):
    out = tmp_path / 'rows.csv'
    arguments = ['--sides', 'chainer', '--image_size', '32', '--ngf', '2', '--batch_size', '2', '--repeats', '1']
    assert tiny_step.main([*arguments, '--out', str(out)]) == 0
    assert [line.split(',')[6:8] for line in out.read_text().splitlines()[1:]] == [
        ['chainer', 'iteration'], ['chainer', 'inference']]


@needs('spade')
def test_iterations_on_a_cpu_are_replays_before_they_are_timed(monkeypatch):
    side, replayed = TinyPlanned(SMALL_TINY), []
    replay = side.updater._replay
    monkeypatch.setattr(side.updater, '_replay', lambda phase: (replayed.append(phase), replay(phase)))
    side.seconds('iteration', 1)
    assert len(replayed) == CYCLE and len(set(replayed)) == 2
    assert {'_Convolution', '_SpadeNorm', 'Adam'} <= {part.name for part in side.work()}


@needs('spade')
def test_every_step_of_this_project_runs_and_is_counted():
    side = Chainer(SMALL)
    for method in side.STEPS.values():
        assert side.seconds(method, 1) > 0
    work = side.work()
    names = {part.name for part in work}
    assert {'_Convolution', '_WeightGradient', '_SpadeNorm', '_DoubleGradient', 'Adam'} <= names
    assert side.updater.iteration == 2 and side.peak_mb() > 0


def test_kernels_and_launches_are_told_from_copies():
    events = [('cudaLaunchKernel', False), ('cudaGraphLaunch', False), ('cudaMemcpyAsync', False), ('aten::add', False),
              ('modulate', True), ('gemm', True), ('Memcpy HtoD', True)]
    assert tally(events) == (2, 2)
    assert tally([('cudaLaunchKernel', False)]) == (None, None)


class Driver:
    """As much of the CUDA driver as lists nodes; ``graphs``: kinds of nodes by address, or the address of a graph."""

    def __init__(self, graphs):
        self.graphs = graphs
        self.nodes = [(graph, i) for graph, kinds in graphs.items() for i in range(len(kinds))]

    def cuGraphGetNodes(self, graph, nodes, count):
        found = [number for number, (owner, _) in enumerate(self.nodes) if owner == graph.value]
        if graph.value not in self.graphs:
            return 1
        count._obj.value = len(found)
        if nodes is not None:
            nodes[:] = found
        return 0

    def cuGraphNodeGetType(self, node, kind):
        graph, i = self.nodes[node.value or 0]
        found = self.graphs[graph][i]
        kind._obj.value = 4 if found >= 100 else found
        return 0

    def cuGraphChildGraphNodeGetGraph(self, node, graph):
        owner, i = self.nodes[node.value or 0]
        graph._obj.value = self.graphs[owner][i]
        return 0


def test_kernels_of_a_captured_step_are_counted_in_its_graph():
    kernel, copy, fill = 0, 1, 2
    driver = Driver({300: [kernel, copy, 500, kernel, fill], 500: [kernel, copy, kernel]})
    assert kernels_in_graph(300, driver) == 4
    with pytest.raises(RuntimeError, match='error 1'):
        kernels_in_graph(400, driver)


def test_cases_that_would_not_fit_are_left_out():
    steps = scaling.Steps(scaling.parse(['--minutes', '1'], gpu=False), gpu=False)
    steps.seconds_a_pixel = 10 / 256 ** 2
    assert steps.obstacle(2 * 256 ** 2) == ''
    assert steps.row('batch', 256, 32)['note'].startswith('left out: about 320 s an iteration')
    steps.seconds_a_pixel, steps.mb_a_pixel = 1e-9, 1e6
    assert 'MB are free' in steps.obstacle(256 ** 2)


def test_the_loader_is_timed_on_linked_files(tmp_path):
    loading.linked(scaling.ROOT / 'dataset' / 'example', tmp_path, 165)
    assert len(list(tmp_path.iterdir())) == 165
    loader = loading.Loader(loading.LoaderSettings(str(tmp_path), 1, 32, workers=0))
    found = loader.deliver(5)
    assert found['loader_images_per_s'] > 0 and found['late_mb'] > 0


def test_tables_for_people():
    assert scaling.markdown([{'batch': 1, 'note': ''}], {'batch': 'batch', 'peak_mb': 'MB'}).splitlines() == [
        '| batch | MB |', '|---|---|', '| 1 |  |']


@needs('spade')
def test_onnxruntime_paints_what_is_exported():
    side = Onnx(Settings(batch=1, size=64, ngf=2))
    side.paint()
    assert side.painter.paint(side.condition, side.gen.draw_noise(1)).shape == (1, 3, 64, 64)
