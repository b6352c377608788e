"""What a visit reports: a file for programs and one for people, written anew whenever steps have ended."""
import json
from pathlib import Path

from benchmarks.visits import recorder
from benchmarks.visits.commands import TESTS, Visit
from benchmarks.visits.steps import FAILED, Result


class Report:
    """Results of a visit, written anew whenever some come in.

    ``<name>.json`` holds ``steps`` and ``tests``, a row each; ``<name>.txt`` the table and below it the logs, which are
    deleted once they are in there.
    """

    def __init__(self, visit: Visit, name: str, about: dict):
        self.visit, self.name, self.about = visit, name, about
        self.results, self._logs, self._failures = [], [], []
        recorder.begin(visit.out / TESTS)

    def add(self, results: list[Result]) -> None:
        """Print a line for each, and write both files."""
        for result in results:
            print(line(result), flush=True)
            log = self.visit.out / f'{result.name}.log'
            if log.exists():
                self._logs.append(f'== {result.name} ==\n{log.read_text(errors="replace")}')
        self.results += results
        self.write()
        for result in results:
            (self.visit.out / f'{result.name}.log').unlink(missing_ok=True)

    def write(self) -> None:
        """Write both files."""
        tests = recorder.rows(self.visit.out / TESTS)
        self._failures = [f'{row["step"]}: {row["test"]}: {row["reason"]}' for row in tests
                          if row['outcome'] == 'failed']
        report = self.about | {'steps': [result.as_dict() for result in self.results], 'tests': tests}
        _write(self.visit.out / f'{self.name}.json', json.dumps(report, indent=1))
        _write(self.visit.out / f'{self.name}.txt',
               '\n'.join([table(self.results), *self._failures, '', *self._logs]))

    def close(self) -> None:
        """Write both files, and print the table; the rows of the tests are in the JSON file from then on."""
        self.write()
        (self.visit.out / TESTS).unlink()
        print('\n'.join(['', table(self.results), *self._failures]))


def line(result: Result) -> str:
    """A row of the table."""
    return f'{result.name:24} {result.state:8} {result.seconds:6.1f} s  {result.found}'


def table(results: list[Result]) -> str:
    """All rows."""
    return '\n'.join(map(line, results))


def any_failed(results: list[Result]) -> bool:
    """Whether a step failed; one that was cut off may have done all that it was to do."""
    return any(result.state == FAILED for result in results)


def _write(path: Path, text: str) -> None:
    """Write a file whole: a visit that is ended in between leaves the one before."""
    temporary = path.with_suffix('.tmp')
    temporary.write_text(text)
    temporary.replace(path)
