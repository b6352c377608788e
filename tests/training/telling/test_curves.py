"""Curves of what is measured while a generator trains."""
import math

import pytest
from PIL import Image

from spade_anime.training.telling import curves
from spade_anime.training.telling.curves import draw_curves

ROWS = [{'iteration': i, 'real': {'mean_error': 0.1, 'parts/one': math.nan},
         'trained': {'mean_error': 1 / i, 'share': None if i == 2 else i / 4, 'parts/one': i, 'parts/two': 2}}
        for i in (1, 2, 3)]


@pytest.fixture
def figure(tmp_path, monkeypatch):
    """The figure that the rows were drawn into."""
    closed = []
    monkeypatch.setattr(curves.pyplot, 'close', closed.append)
    draw_curves(ROWS, ROWS[2], 'share', tmp_path / 'metrics.png')
    monkeypatch.undo()
    yield closed[0]
    curves.pyplot.close(closed[0])


def test_a_panel_for_each_metric_and_a_curve_for_each_part(figure):
    shown = {axes.get_title(): [line.get_label() for line in axes.get_lines() if line.get_label()[0] != '_']
             for axes in figure.axes if axes.get_title()}
    assert shown == {'share (higher is better, decides)': ['share'], 'mean_error (lower is better)': ['mean_error'],
                     'parts (higher is better)': ['one', 'two']}


def test_curves_show_values_real_images_and_the_best(figure):
    panels = {axes.get_title().partition(' (')[0]: axes.get_lines() for axes in figure.axes}
    error, real, best = panels['mean_error']
    assert list(error.get_ydata()) == [1, 1 / 2, 1 / 3] and list(real.get_ydata()) == [0.1] * 3
    assert list(best.get_xdata()) == [3, 3]
    share, best = panels['share']
    assert list(share.get_xdata()) == [1, 3]  # nothing was measured in between
    assert len(panels['parts']) == 3  # of real images there is no number


def test_a_class_has_one_colour_in_all_panels_and_one_entry_in_the_legend(tmp_path, monkeypatch):
    rows = [{'iteration': i, 'real': {}, 'trained': {f'{metric}/{name}': i for metric in ('iou', 'recall', 'precision')
                                                     for name in ('eye', 'hair', 'hat')}} for i in (1, 2)]
    drawn = []
    monkeypatch.setattr(curves, 'save_figure', lambda figure, _: drawn.append(figure))
    draw_curves(rows, None, None, tmp_path / 'metrics.png')
    panels = [{line.get_label(): line.get_color() for line in axes.get_lines()} for axes in drawn[0].axes]
    assert panels[0] == panels[1] == panels[2] and len(set(panels[0].values())) == 3
    assert [text.get_text() for text in drawn[0].legends[0].get_texts()] == ['eye', 'hair', 'hat']
    curves.pyplot.close(drawn[0])


def test_the_picture_is_closed_and_readable(tmp_path, drawn_figures):
    before = curves.pyplot.get_fignums()
    draw_curves(ROWS[:1], None, None, tmp_path / 'metrics.png')
    assert Image.open(tmp_path / 'metrics.png').size == (1260, 280)
    assert curves.pyplot.get_fignums() == before


def test_a_class_of_any_name_is_drawn(tmp_path):
    rows = [{'iteration': 1, 'real': {}, 'trained': {r'parts/$\frac{$': 1, 'parts/a/b': 2}}]
    draw_curves(rows, None, None, tmp_path / 'metrics.png')
    assert (tmp_path / 'metrics.png').exists()
