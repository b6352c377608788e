"""What the tests of every system train on."""
import json
import shutil
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / 'dataset' / 'example'


@pytest.fixture(scope='session')
def few(tmp_path_factory):
    """A dozen of the example's portraits, with their metadata."""
    directory = tmp_path_factory.mktemp('few')
    for path in sorted(EXAMPLE.glob('*.png'))[:12]:
        shutil.copy(path, directory)
    lines = (EXAMPLE / 'metadata.jsonl').read_text().splitlines()
    rows = [line for line in lines if (directory / json.loads(line)['file_name']).exists()]
    (directory / 'metadata.jsonl').write_text('\n'.join(rows))
    return directory


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
