"""A visit: its command lines, what it reports, and what it keeps."""
import json
import re
import signal
import subprocess
import sys
import tarfile
from types import SimpleNamespace

import numpy
import pytest
from from_systems import needs

from benchmarks import train_step, visit
from benchmarks.visits import first, keeping, presence, probes, recorder, second
from benchmarks.visits.commands import ROOT, SMALL_TESTS, Visit
from benchmarks.visits.report import Report, any_failed
from benchmarks.visits.steps import CUT_OFF, FAILED, OK, SKIPPED, Result, Step
from kernels import benchmark
from options import parse_training

REPORT = {'steps': [{'name': 'launch', 'state': OK}, {'name': 'adam', 'state': FAILED},
                    {'name': 'kernel_tests', 'state': CUT_OFF}],
          'tests': [{'test': 'a.py::good', 'outcome': 'passed'}, {'test': 'a.py::bad', 'outcome': 'failed'},
                    {'test': 'a.py::torn', 'outcome': 'passed'}, {'test': 'a.py::torn', 'outcome': 'failed'}]}


@pytest.fixture
def before(tmp_path):
    path = tmp_path / 'visit_first.json'
    path.write_text(json.dumps(REPORT))
    return path


def plan(tmp_path, gpu=True, **given):
    return Visit(tmp_path, tmp_path / 'scratch', gpu, **given)


def arguments_of(command, program):
    """Arguments of a program in a command line, None where it runs another."""
    return list(command[command.index(program) + 1:]) if program in command else None


PARSERS = {'benchmarks/train_step.py': lambda arguments, gpu: train_step.parse(arguments, gpu),
           'kernels/benchmark.py': lambda arguments, gpu: benchmark.parsed(arguments),
           'train.py': lambda arguments, gpu: parse_training(arguments),
           'benchmarks.visits.probes': lambda arguments, gpu: probes.parse(arguments),
           'benchmarks.visits.presence': lambda arguments, gpu: presence.parse(arguments)}


@pytest.mark.parametrize('gpu', [True, False], ids=['card', 'rehearsal'])
@pytest.mark.parametrize('one', [pytest.param(first, id='first'), pytest.param(second, id='second',
                                                                               marks=needs('spade'))])
def test_every_command_line_parses(tmp_path, before, one, gpu):
    steps = [step for group in one.groups(plan(tmp_path, gpu, before=before)) for step in group]
    assert len({step.name for step in steps}) == len(steps)
    for step in steps:
        assert re.fullmatch(r'[\w.-]+', step.name)
        programs = [name for name in (*PARSERS, 'pytest') if name in step.command]
        assert len(programs) == 1 or step.missing, step.command
        if programs and programs[0] in PARSERS:
            PARSERS[programs[0]](arguments_of(step.command, programs[0]), gpu)


def test_the_tests_of_a_card_are_collected(tmp_path):
    """By the command of the visit, with pytest asked to collect alone; recorder and options included."""
    steps = {step.name: step for group in first.groups(plan(tmp_path)) for step in group}
    command = steps['kernel_tests'].command
    here = ['-n0'] if '-n' in command else []
    run = subprocess.run([*command, *here, '--collect-only'], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    assert 'convolution/test_cudnn_gpu.py::' in run.stdout and 'test_real_sizes.py' not in run.stdout


def test_goals_are_measured_on_a_card(tmp_path):
    steps = {step.name: step.command for group in second.groups(plan(tmp_path)) for step in group}
    measured = [(options.batch_size, options.precision, options.sides) for options in
                (train_step.parse(arguments_of(steps[name], 'benchmarks/train_step.py'), True)
                 for name in ('steps_1', 'steps_8', 'steps_32'))]
    assert measured == [([batch], [precision], ['captured', 'pytorch'])
                        for batch, precision in ((1, 'tf32'), (8, 'tf32'), (32, 'fp16'))]
    assert benchmark.parsed(arguments_of(steps['kernel_benchmark'], 'kernels/benchmark.py')).batch == [8]


def test_memcheck_has_no_pool(tmp_path, monkeypatch):
    monkeypatch.setattr('shutil.which', lambda name: f'/bin/{name}')
    step = plan(tmp_path).sanitized('memcheck', 'spade_norm', 60)
    assert step.command[:3] == ('/bin/compute-sanitizer', '--tool', 'memcheck')
    assert step.environment == {'SPADE_ANIME_UNPOOLED': '1'}
    monkeypatch.setattr('shutil.which', lambda name: None)
    assert plan(tmp_path).sanitized('racecheck', 'adam', 60).missing == 'compute-sanitizer is not installed'


def test_the_second_visit_repeats_what_did_not_end_well(tmp_path, before):
    names = [[step.name for step in group] for group in second.again(plan(tmp_path, before=before))]
    assert names == [['adam', 'cublas', 'cudnn', 'captured', 'resumed', 'kernels'],
                     ['kernel_tests', 'trainings', 'real_sizes']]
    assert second.again(plan(tmp_path)) == []


def test_a_recorded_run_and_the_rest_of_it(tmp_path):
    """Rows come as tests end; a later run leaves out what has passed."""
    (tmp_path / 'test_some.py').write_text('import pytest, os\ndef test_good(): pass\ndef test_bad(): assert 1 == 2\n'
                                           'def test_left(): pytest.skip("not here")\ndef test_last(): os._exit(3)\n')
    rows, report = tmp_path / 'tests.csv', tmp_path / 'before.json'
    recorder.begin(rows)
    command = [sys.executable, '-m', 'pytest', '-q', '-p', 'benchmarks.visits.recorder', '-p', 'no:cacheprovider',
               '--rootdir', str(tmp_path), '--record', str(rows), '--step', 'some', str(tmp_path / 'test_some.py')]
    subprocess.run(command, cwd=ROOT, capture_output=True)
    found = recorder.rows(rows)
    assert [(row['step'], row['test'].split('::')[1], row['outcome']) for row in found] == [
        ('some', 'test_good', 'passed'), ('some', 'test_bad', 'failed'), ('some', 'test_left', 'skipped')]
    assert found[1]['reason'].startswith('assert 1 == 2') and found[2]['reason'] == 'Skipped: not here'
    report.write_text(json.dumps({'steps': [], 'tests': found}))
    again = subprocess.run([*command, '--collect-only', '--not_passed_in', str(report)], cwd=ROOT, capture_output=True,
                           text=True).stdout
    assert 'test_good' not in again and 'test_bad' in again and 'test_last' in again


def test_tests_that_passed():
    assert recorder.passed(REPORT['tests']) == {'a.py::good'}


def test_a_report_is_whole_after_every_group(tmp_path, capsys):
    report = Report(plan(tmp_path), 'visit_first', {'rehearsal': False})
    (tmp_path / 'one.log').write_text('what one said\n')
    report.add([Result('one', OK, 1.5, 'all there')])
    with open(tmp_path / 'tests.csv', 'a') as file:
        file.write('kernels,a.py::bad,failed,0.1,assert 1 == 2\n')
    report.add([Result('two', CUT_OFF, 60.0, 'half'), Result('three', SKIPPED, 0.0, '2 s left, 5 s needed')])
    found = json.loads((tmp_path / 'visit_first.json').read_text())
    assert [step['state'] for step in found['steps']] == [OK, CUT_OFF, SKIPPED]
    assert found['tests'][0]['test'] == 'a.py::bad' and found['rehearsal'] is False
    capsys.readouterr()
    report.close()
    printed = capsys.readouterr().out.splitlines()
    assert [line.split() for line in printed[1:4]] == [
        ['one', 'ok', '1.5', 's', 'all', 'there'], ['two', 'cut', 'off', '60.0', 's', 'half'],
        ['three', 'skipped', '0.0', 's', '2', 's', 'left,', '5', 's', 'needed']]
    assert printed[4] == 'kernels: a.py::bad: assert 1 == 2'
    assert 'what one said' in (tmp_path / 'visit_first.txt').read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ['visit_first.json', 'visit_first.txt']
    assert not any_failed(report.results) and any_failed([Result('four', FAILED)])


def test_what_is_missing_ends_a_visit_and_not_a_rehearsal(monkeypatch, capsys):
    def absent():
        raise ModuleNotFoundError("No module named 'cudnn'")
    assert {'CUDA device', "cuDNN's front end", 'cuBLAS', 'Chainer'} <= set(presence.REQUIRED)
    monkeypatch.setattr(presence, 'REQUIRED', {'Chainer': lambda: '7.8.1', "cuDNN's front end": absent})
    assert presence.main([]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "missing: cuDNN's front end"
    assert presence.main(['--rehearse']) == 0


def test_compiled_kernels_come_back(tmp_path):
    (tmp_path / 'cache').mkdir()
    (tmp_path / 'cache' / 'a.cubin').write_bytes(b'cubin')
    keeping.keep_cache(tmp_path / 'cache', tmp_path)
    keeping.open_cache(tmp_path / keeping.CACHE, tmp_path / 'again')
    assert (tmp_path / 'again' / 'a.cubin').read_bytes() == b'cubin'


def test_a_training_is_kept_in_pieces(tmp_path, monkeypatch):
    run, out = tmp_path / 'run', tmp_path / 'out'
    for folder in (run / 'snapshots', run / 'samples', out):
        folder.mkdir(parents=True)
    assert keeping.keep_run(run, out) == 'No training has saved a generator.'
    for name in ('options.json', 'log.jsonl', 'samples/1.png'):
        (run / name).write_text(name)
    weights = numpy.random.RandomState(0).normal(size=5000).astype('f')
    numpy.savez(run / 'snapshots' / 'gen_average_00000007.npz', W=weights, count=numpy.arange(3))
    monkeypatch.setattr(keeping, 'PIECE', 4096)
    keeping.keep_run(run, out)
    pieces = sorted(out.iterdir(), key=lambda path: int(path.suffix[1:]))
    assert len(pieces) > 2 and max(path.stat().st_size for path in pieces) == 4096
    (tmp_path / 'all.tar').write_bytes(b''.join(path.read_bytes() for path in pieces))
    with tarfile.open(tmp_path / 'all.tar') as archive:
        archive.extractall(tmp_path, filter='data')
    assert (tmp_path / 'trained' / 'samples' / '1.png').read_text() == 'samples/1.png'
    with numpy.load(tmp_path / 'trained' / 'snapshots' / 'gen_average_00000007.npz') as file:
        assert file['W'].dtype == 'e' and file['count'].dtype == int
        numpy.testing.assert_allclose(file['W'], weights, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(('flags', 'words'), [
    (['--before', 'nowhere'], 'nowhere'), (['--cache', 'none.tar.gz'], 'none.tar.gz'),
    (['--portraits', 'empty'], 'no PNG files'), (['--seconds', 'soon'], 'invalid float'),
    (['third'], 'invalid choice')])
def test_what_cannot_be_used_is_said(flags, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match='2'):
        visit.parse([*(['second'] if flags[0] != 'third' else []), '--out', 'out', *flags])
    assert words in capsys.readouterr().err.splitlines()[-1]


@pytest.fixture
def made(tmp_path, monkeypatch, capsys):
    """A function that makes a visit of steps given as code; it returns what was raised or returned, and the output."""
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setenv('CUPY_CACHE_DIR', '')

    def made(**codes):
        steps = [(Step(name, (sys.executable, '-c', code), 20),) for name, code in codes.items()]
        monkeypatch.setitem(visit.VISITS, 'first', SimpleNamespace(groups=lambda plan: steps, SECONDS=60))
        try:
            end = visit.main(['first', '--rehearse', '--out', str(tmp_path / 'out')])
        except SystemExit as error:
            end = error
        return end, capsys.readouterr().out.splitlines()
    yield made
    signal.signal(signal.SIGTERM, before)


def test_a_visit_prints_its_table_last_and_leaves_few_files(made, tmp_path):
    code = 'import os, pathlib; pathlib.Path(os.environ["CUPY_CACHE_DIR"], "a.cubin").touch(); print("compiled")'
    end, lines = made(one=code, two='exit("broken")')
    assert end == 1 and [line.split()[:2] for line in lines[-2:]] == [['one', 'ok'], ['two', 'failed']]
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == [
        keeping.CACHE, 'visit_first.json', 'visit_first.txt']
    with tarfile.open(tmp_path / 'out' / keeping.CACHE) as archive:
        assert './a.cubin' in archive.getnames()
    assert made(one=code)[0] == 0


def test_a_signal_ends_a_visit_with_what_was_found(made, tmp_path):
    end, lines = made(one='print("found")', two='import os, time; os.kill(os.getppid(), 15); time.sleep(60)')
    assert str(end) == 'ended by SIGTERM' and lines[-1].split()[:2] == ['one', 'ok']
    assert [step['name'] for step in keeping.report_of(tmp_path / 'out' / 'visit_first.json')['steps']] == ['one']


def test_seconds_of_each_visit():
    assert [visit.parse([name, '--out', 'o']).seconds for name in ('first', 'second')] == [270, 400]
    assert visit.parse(['first', '--out', 'o', '--seconds', '60']).seconds == 60


def test_rehearsals_run_tests_that_are_there():
    assert all((ROOT / path).exists() for path in SMALL_TESTS)
