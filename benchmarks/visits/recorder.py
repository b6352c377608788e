"""A pytest plugin that adds a row to a CSV file as each test ends, so that a run that is cut off leaves its results.

    python -m pytest -p benchmarks.visits.recorder --record tests.csv --step kernels

``--not_passed_in FILE`` leaves out the tests that have passed by an earlier visit's report.
"""
import csv
import json
from pathlib import Path

import pytest

COLUMNS = 'step', 'test', 'outcome', 'seconds', 'reason'
SHOWN = 300


def begin(path: Path) -> None:
    """Write the header; several runs may add their rows then."""
    with open(path, 'w', newline='') as file:
        csv.writer(file).writerow(COLUMNS)


def rows(path: Path) -> list[dict]:
    """What has been recorded."""
    with open(path, newline='') as file:
        return list(csv.DictReader(file))


def passed(tests: list[dict]) -> set[str]:
    """Tests of which nothing but success is recorded."""
    return {row['test'] for row in tests} - {row['test'] for row in tests if row['outcome'] != 'passed'}


def pytest_addoption(parser):
    """Add the plugin's options."""
    group = parser.getgroup('visit')
    group.addoption('--record', type=Path, required=True, help='CSV file, with a header, to add a row a test to')
    group.addoption('--step', required=True, help='what the rows are of')
    group.addoption('--not_passed_in', type=Path, help='JSON report whose passed tests are left out')


def pytest_configure(config):
    """Record in the process that hears of all tests: pytest-xdist's workers only report to it."""
    if not hasattr(config, 'workerinput'):
        config.pluginmanager.register(Recorder(config.getoption('record'), config.getoption('step')))


def pytest_collection_modifyitems(config, items):
    """Leave out what has passed before."""
    if before := config.getoption('not_passed_in'):
        done = passed(json.loads(before.read_text())['tests'])
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid in done])
        items[:] = [item for item in items if item.nodeid not in done]


def pytest_sessionfinish(session, exitstatus):
    """A run of which nothing is left to do is no failure."""
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.getoption('not_passed_in'):
        session.exitstatus = pytest.ExitCode.OK


class Recorder:
    """Adds the rows."""

    def __init__(self, path: Path, step: str):
        self.path, self.step = path, step

    def pytest_runtest_logreport(self, report):
        """A test's call, and where these did not pass its setup and its teardown."""
        if report.when == 'call' or not report.passed:
            with open(self.path, 'a', newline='') as file:
                csv.writer(file).writerow((self.step, report.nodeid, report.outcome, f'{report.duration:.2f}',
                                           _reason(report)))


def _reason(report) -> str:
    if report.passed:
        return ''
    # A skip is a tuple of file, line and reason; a failure knows where it crashed.
    crash = getattr(report.longrepr, 'reprcrash', None)
    text = report.longrepr[2] if report.skipped else crash.message if crash else str(report.longrepr)
    return ' '.join(str(text).split())[:SHOWN]
