"""The notebook of the examples runs, cell by cell."""
import json
import shutil
from pathlib import Path

import numpy
from PIL import Image

EXAMPLES = Path(__file__).parents[1] / 'examples'


def test_the_notebook_runs(tmp_path, monkeypatch, capsys):
    """In a folder without runs, so that the bundled generator paints."""
    for path in EXAMPLES.iterdir():
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    cells = json.loads((tmp_path / 'painting.ipynb').read_text())['cells']
    sources = [''.join(cell['source']) for cell in cells if cell['cell_type'] == 'code']
    assert len([line for line in sources[0].splitlines() if line]) == 3
    assert not any(cell.get('outputs') for cell in cells)
    names = {}
    for source in sources:
        # A notebook shows the value of a cell's last line.
        *lines, last = source.splitlines()
        exec('\n'.join(lines), names)
        if last.startswith('show('):
            assert isinstance(eval(last, names), Image.Image)
        else:
            exec(last, names)
    assert names['pictures'].shape[1:] == (64, 64, 3) and names['pictures'].dtype == numpy.uint8
    assert 'a label map and a hair-colour map' in capsys.readouterr().out
