"""The kernel benchmark's script: what it times, and the rows that come of it."""
import csv
import sys

import cupy_stand_in
import numpy
import pytest

from kernels import benchmark
from kernels.benchmarking import machines, results
from kernels.benchmarking.cases import Case

OLD = ('date,device,op,size,batch,side,median_us,percent_of_copy\r\n'
       '2026-11-22,"a CPU, old",softmax,"(1, 2)",1,kernel,884.6,23.1\r\n')


@pytest.fixture
def small(monkeypatch):
    """A bandwidth that takes no time to measure, and one case of three numbers."""
    case = Case('double', '(3,)', (numpy.ones(3, 'f'),), lambda arrays, impl: 2 * arrays[0], 24,
                lambda tensors: 2 * tensors[0])
    monkeypatch.setattr(benchmark, 'copy_bandwidth', lambda machine: 1e9)
    monkeypatch.setattr(benchmark, 'device', machines.Cpu)
    monkeypatch.setattr(benchmark, 'all_cases', lambda batches, only: [(batch, case) for batch in batches])
    return case


@pytest.fixture
def torch(monkeypatch):
    """PyTorch, by its stand-in, and its log."""
    log = cupy_stand_in.Log()
    module = cupy_stand_in.torch(log)
    module.from_numpy = lambda array: array
    module.__spec__ = 'found'
    monkeypatch.setitem(sys.modules, 'torch', module)
    return log


def rows(path):
    with open(path, newline='') as file:
        return list(csv.DictReader(file))


def test_rows_say_how_they_were_timed(small, torch, tmp_path, capsys):
    path = tmp_path / 'rows.csv'
    path.write_text(OLD, newline='')
    assert benchmark.main(['--batch', '1', '2', '--repeats', '2', '--out', str(path)]) == 0
    old, *new = rows(path)
    assert (old['device'], old['size'], old['percent_of_copy'], old['timed']) == ('a CPU, old', '(1, 2)', '23.1', '')
    assert [(row['side'], row['batch']) for row in new] == [
        (side, batch) for batch in '12' for side in ('kernel', 'composed', 'pytorch')]
    assert {row['timed'] for row in new} == {'clock'} and all(None not in row for row in new)
    assert capsys.readouterr().out.count('by clock') == 6
    # Compiling takes minutes: only where it is asked for.
    assert torch == []


def test_each_case_is_compiled_afresh_and_as_a_whole(small, torch, tmp_path):
    out = tmp_path / 'rows.csv'
    benchmark.main(['--batch', '1', '2', '--repeats', '1', '--sides', 'pytorch_compiled', '--out', str(out)])
    assert torch == ['reset', ('compile', {'dynamic': False, 'fullgraph': True})] * 2
    assert [row['side'] for row in rows(out)] == ['pytorch_compiled'] * 2
    assert {row['ratio_to_kernel'] for row in rows(out)} == {''}


def test_what_was_not_compiled_has_no_row_and_a_line(small, torch, tmp_path, capsys, monkeypatch):
    def compile(function, **options):
        def run(tensors):
            raise RuntimeError('recompile limit\nand a long trace')
        return run

    monkeypatch.setattr(sys.modules['torch'], 'compile', compile)
    out = tmp_path / 'rows.csv'
    arguments = ['--batch', '1', '--repeats', '1', '--sides', 'kernel', 'pytorch_compiled', '--out', str(out)]
    assert benchmark.main(arguments) == 1
    assert [row['side'] for row in rows(out)] == ['kernel']
    said = capsys.readouterr().out
    assert 'double (3,) pytorch_compiled: not measured: RuntimeError: recompile limit\n' in said
    assert 'long trace' not in said


def test_a_side_that_is_not_captured_is_named(small, tmp_path, capsys, monkeypatch):
    def prepare(self, run, by_torch=False):
        return machines.Prepared(run, 'queue', 'Refused: a read')

    monkeypatch.setattr(machines.Cpu, 'prepare', prepare)
    benchmark.main(['--batch', '1', '--repeats', '1', '--sides', 'composed', '--out', str(tmp_path / 'rows.csv')])
    assert 'double (3,) composed: not captured, so timed behind a queue: Refused: a read' in capsys.readouterr().out
    assert rows(tmp_path / 'rows.csv')[0]['timed'] == 'queue'


@pytest.mark.parametrize('arguments', [['--batch', '0'], ['--repeats', '0'], ['--sides', 'nothing'],
                                       ['--only', 'no such op']])
def test_mistakes_are_named(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        benchmark.main(arguments)
    assert caught.value.code not in (0, None)


def test_the_committed_rows_say_how_they_were_timed():
    assert {row['timed'] for row in rows(benchmark.RESULTS)} <= {'clock', 'graph', 'queue'}


def test_the_newest_rows_are_drawn(tmp_path, monkeypatch, drawn_figures):
    monkeypatch.setattr(results, 'PLOT', tmp_path / 'images' / 'kernels.png')
    (tmp_path / 'rows.csv').write_text(OLD, newline='')
    results.plot(tmp_path / 'rows.csv')
    assert results.PLOT.stat().st_size > 1000
