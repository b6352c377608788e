"""Processes that decode images."""
import cv2
import numpy as np
from PIL import Image

from spade_anime.data.images import image_from
from spade_anime.data.workers import mapped


def scaled(value):
    return float(image_from(Image.new('RGB', (3000, 3000), (value,) * 3), None, 64).mean())


def test_workers_scale_what_this_process_has_scaled_before():
    """OpenCV's threads here would be waited for there, for ever: there are none."""
    assert cv2.getNumThreads() == 1
    here = list(mapped(scaled, [51, 102], 0))
    np.testing.assert_allclose(here, [0.2, 0.4], atol=1e-6)
    assert list(mapped(scaled, [51, 102], 2, chunk=1)) == here


def test_a_bar_is_shown_where_it_has_a_title(capfd):
    assert list(mapped(str, [1, 2], 0, 'reading')) == list(mapped(str, [1, 2], 0)) == ['1', '2']
    assert 'reading: 100%' in capfd.readouterr().err
    list(mapped(str, [1, 2], 0, 'reading', patience=9))
    assert not capfd.readouterr().err
