"""examples/painting.ipynb runs from top to bottom, and is small."""
import json
import shutil
from pathlib import Path

import pytest
from from_systems import needs

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / 'examples' / 'painting.ipynb'
CELLS = json.loads(NOTEBOOK.read_text())['cells']
CODE = [''.join(cell['source']) for cell in CELLS if cell['cell_type'] == 'code']
LENGTH = 'max_iteration=20'
CHECKS = '''
assert pictures.shape == (1, 128, 128, 3) and samples.shape == (4, 128, 128, 3) and len(by_color) == len(colors)
assert abs(by_color[0].astype(int) - by_color[1]).mean() > 3 and abs(samples[0].astype(int) - samples[1]).max() > 0
assert abs(mirrored.astype(int) - drawn).max() > 0  # the drawing is nearly symmetric
assert abs(by_onnx.astype(int) - pictures).max() <= 1
'''


@needs('spade', 'dcgan')
def test_its_cells_run(tmp_path, monkeypatch):
    """With a training of two iterations: what it learns is not looked at."""
    pytest.importorskip('onnxruntime')
    shutil.copytree(ROOT / 'examples', tmp_path / 'examples')
    (tmp_path / 'dataset').symlink_to(ROOT / 'dataset')
    monkeypatch.chdir(tmp_path / 'examples')
    code = '\n'.join([*CODE, CHECKS])
    assert code.count(LENGTH) == 1
    exec(compile(code.replace(LENGTH, 'max_iteration=2'), NOTEBOOK.name, 'exec'), {})
    assert {path.name for path in (tmp_path / 'result').iterdir()} == {'painted.png', 'generator.onnx', 'classes'}


def test_three_lines_paint():
    assert len(CODE[0].split('\n')) - CODE[0].count('\n\n') == 3 and 'paint(' in CODE[0]


def test_it_is_small():
    assert NOTEBOOK.stat().st_size < 100_000
    assert all(cell['metadata'] == {} for cell in CELLS) and str(ROOT) not in NOTEBOOK.read_text()
