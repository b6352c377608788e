"""What docs/onnx.md shows runs, and paints what this project paints."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from from_systems import needs
from PIL import Image

import spade_anime

ROOT = Path(__file__).parents[2]
CODE, = re.findall('```python\n(.*?)```', (ROOT / 'docs' / 'onnx.md').read_text(), re.DOTALL)


@needs('spade')
def test_the_example_paints(tmp_path):
    pytest.importorskip('onnxruntime', reason='the extra onnx is not installed')
    shutil.copytree(ROOT / 'examples', tmp_path / 'examples')
    painter = spade_anime.load(snapshot=ROOT / 'pretrained' / 'spade' / 'gen.npz', device='cpu')
    painter.export(tmp_path / 'gen.onnx')
    run = subprocess.run([sys.executable, '-P', '-c', CODE], cwd=tmp_path, capture_output=True, text=True,
                         env={**os.environ, 'PYTHONPATH': ''})
    assert (run.returncode, run.stdout, run.stderr) == (0, '', '')
    painted = numpy.asarray(Image.open(tmp_path / 'painted.png'), int)
    expected, = painter.paint(label=ROOT / 'examples' / 'seg.png', color='pink', colors='face=240,200,170,'
                              'eye=60,90,160,other=60,40,40,background=230,230,240')
    assert painted.shape == expected.shape and abs(painted - expected).mean() < 3
