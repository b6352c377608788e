"""Damaged runs that are to be resumed: train.py --resume goes on, or says in one line why not."""
import shutil

import pytest
from damages import damaged_files
from test_fuzz_paths import KINDS
from test_fuzz_paths import replaced as replace
from tiny import SMALLEST, training
from watch import Case, check

import train

FILES = ('options.json', 'log.jsonl', 'summary.json', 'snapshots/state_*.npz', 'snapshots/gen_0*.npz')


def resuming(trained, directory, name, change) -> list:
    """The command line that goes on with the case's copy of a run, of which one file is changed."""
    shutil.copytree(trained / SMALLEST, directory / 'run')
    change(next((directory / 'run').glob(name)))
    return [*training(SMALLEST, trained / 'dataset', max_iteration='2', out_dir=str(directory / 'run')), '--resume']


def damaged(trained) -> list[Case]:
    """Each file of a run cut, flipped, and replaced by what it is not."""
    def written(name):
        return lambda directory, content: resuming(trained, directory, name, lambda path: path.write_bytes(content))

    def replaced(name, kind):
        return lambda directory: resuming(trained, directory, name, lambda path: replace(path, kind))

    cases = []
    for seed, name in enumerate(FILES):
        content = next((trained / SMALLEST).glob(name)).read_bytes()
        cases += damaged_files(f'{name} resumed', content, written(name), seed, train.main, repeats=1)
        cases += [Case(f'{name} resumed is {kind}', replaced(name, kind), train.main) for kind in KINDS]
    return cases


@pytest.fixture
def few_plots(monkeypatch):
    """Pictures take most of the time of so short a training."""
    monkeypatch.setattr('spade_anime.training.telling.plots.Plots.draw', lambda _: None)
    monkeypatch.setattr('spade_anime.training.telling.samples.Samples.draw', lambda *_: None)


def test_damaged_runs_resumed(trained, tmp_path, few_plots):
    check(damaged(trained), tmp_path, (trained / 'dataset',))
