"""Steps with time boxes: how each way to end is seen, and that none stops the next."""
import os
import sys

import pytest

from benchmarks.visits.steps import CUT_OFF, FAILED, OK, SKIPPED, Step, run

# Starts a child that would write later, and hangs; neither listens to SIGTERM.
HANGS = '''
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('child', flush=True); time.sleep(60)"
subprocess.Popen([sys.executable, '-c', child])
print('so far', flush=True)
time.sleep(60)
'''
SAVES = '''
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('saved')))
print('started', flush=True)
time.sleep(60)
'''


def step(name, code, seconds=20.0, **settings):
    return Step(name, (sys.executable, '-c', code), seconds, **settings)


@pytest.fixture
def results(tmp_path):
    def results(*groups, seconds=60.0):
        found = []
        run(groups, seconds, tmp_path, tmp_path, found.extend)
        return {result.name: result for result in found}
    return results


def test_no_end_stops_the_next_step(results, tmp_path):
    found = results((step('raises', 'raise ValueError("no luck")'),), (step('crashes', 'import os; os.abort()'),),
                    (Step('absent', ('/no/such/program',), 5),), (step('works', 'print("a"); print("b")'),))
    assert list(found) == ['raises', 'crashes', 'absent', 'works']
    assert [result.state for result in found.values()] == [FAILED, FAILED, FAILED, OK]
    assert (found['raises'].found, found['works'].found) == ('ValueError: no luck', 'b')
    assert found['crashes'].found == 'exit code -6'
    assert found['absent'].found == '/no/such/program: No such file or directory'
    assert (tmp_path / 'works.log').read_text() == 'a\nb\n'


def test_a_step_that_hangs_is_killed_with_its_children_and_leaves_what_it_wrote(results, tmp_path):
    found = results((step('hangs', HANGS, seconds=3, grace=1),), (step('next', 'print("here")'),))
    assert found['hangs'].state == CUT_OFF
    assert {'so far', 'child'} <= set((tmp_path / 'hangs.log').read_text().split('\n'))
    assert found['next'].state == OK
    assert not running_in(tmp_path)


def running_in(folder) -> list:
    """Processes whose working directory this is."""
    return [entry for entry in os.listdir('/proc') if entry.isdigit() and os.path.exists(f'/proc/{entry}/cwd')
            and os.readlink(f'/proc/{entry}/cwd') == str(folder)]


def test_children_that_outlive_their_step_are_killed(results, tmp_path):
    code = 'import subprocess, sys; subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])'
    assert results((step('leaves', code),))['leaves'].state == OK
    assert not running_in(tmp_path)


def test_a_step_may_save_in_its_grace(results):
    found = results((step('saves', SAVES, seconds=12, grace=10),))
    assert (found['saves'].state, found['saves'].found) == (CUT_OFF, 'saved')


def test_steps_of_a_group_run_side_by_side(results, tmp_path):
    # Each waits for the other's file.
    code = 'import pathlib, time\npathlib.Path({0!r}).touch()\nwhile not pathlib.Path({1!r}).exists(): time.sleep(.01)'
    found = results((step('one', code.format('a', 'b')), step('two', code.format('b', 'a'))))
    assert [result.state for result in found.values()] == [OK, OK]


def test_the_time_of_all_bounds_each(results):
    found = results((step('first', 'import time; time.sleep(60)', seconds=50, grace=0.5, least=1),),
                    (step('late', ''),), seconds=3)
    assert [result.state for result in found.values()] == [CUT_OFF, SKIPPED]
    assert found['late'].found == '0 s left, 5 s needed'


def test_what_cannot_run_is_skipped_with_its_reason(results):
    found = results((step('missing', '', missing='no sanitizer here'),), (step('needed', 'exit(1)', required=True),),
                    (step('after', ''),))
    assert [result.state for result in found.values()] == [SKIPPED, FAILED, SKIPPED]
    assert (found['missing'].found, found['after'].found) == ('no sanitizer here', 'needed did not end well')


def test_the_line_that_tells_most_is_chosen(results):
    code = 'print("iteration done"); print("iteration  captured 1 s"); print("inference 2 s"); print("-----")'
    found = results((step('told', code, shows='iteration +captured'),), (step('last', code),),
                    (step('none', code, shows='nothing'),))
    assert [result.found for result in found.values()] == ['iteration  captured 1 s', 'inference 2 s', 'inference 2 s']
