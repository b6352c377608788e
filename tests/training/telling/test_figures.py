"""Curves of all kinds: what their axes, legends and colours show."""
import numpy
import pytest

from spade_anime.training.telling import figures
from spade_anime.training.telling.figures import MOST_POINTS, colors_of, curve, legend, pyplot, readable, short
from spade_anime.training.telling.plots import Plots


@pytest.fixture
def axes():
    figure, axes = pyplot.subplots(layout='constrained')
    yield axes
    pyplot.close(figure)


def ticks(axes):
    """Texts of the ticks of y that lie in the picture."""
    axes.figure.canvas.draw()
    low, high = axes.get_ylim()
    return [label.get_text() for place, label in zip(axes.get_yticks(), axes.get_yticklabels()) if low <= place <= high]


@pytest.mark.parametrize('values', [
    [0.25] * 9, [0.25, 0.25 + 1e-9], [-7.5] * 3, [0.0] * 4, [1e6] * 5, [3.0], [-4, -1, 2.5], [1e-7, 3e-7],
    [2, 3, 2, 3, 900], [-900, 0.1, -0.2, 0.3], [1, numpy.nan, 2], [1, numpy.inf]])
def test_ticks_are_few_plain_and_different(axes, values):
    curve(axes, range(len(values)), values)
    readable(axes, values, logarithmic=True)
    found = ticks(axes)
    assert 3 <= len(found) <= 20 and len(set(found)) == len(found)
    assert all('e' not in text for text in found) or max(map(abs, values)) < 1e-3
    low, high = axes.get_ylim()
    assert all(low <= value <= high for value in values if numpy.isfinite(value))


def test_nothing_finite_draws(axes):
    readable(axes, [numpy.nan, numpy.inf])
    axes.figure.canvas.draw()


def test_iterations_are_whole_numbers(axes):
    curve(axes, [7], [1.5])
    readable(axes, [1.5])
    assert axes.get_lines()[0].get_marker() == '.'
    assert all(float(place).is_integer() for place in axes.get_xticks())


def test_many_points_become_means_over_a_band(axes, random):
    values = random.normal(size=50_000)
    line = curve(axes, numpy.arange(50_000), values)
    assert len(line.get_xdata()) == MOST_POINTS and abs(line.get_ydata().mean() - values.mean()) < 1e-9
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == values.min() and band.max() == values.max()


@pytest.mark.parametrize('count', [1, 10, 11, 20, 21, 64])
def test_every_name_has_a_colour_of_its_own(count):
    names = [f'n{i}' for i in range(count)]
    assert len(set(colors_of(names).values())) == count and list(colors_of(names)) == names


@pytest.mark.parametrize('count', [2, 60])
def test_legends_lie_off_the_panel(axes, count):
    lines = {f'{"a long name " * 6}{i}': curve(axes, [0, 1], [i, 0]) for i in range(count)}
    legend(axes.figure, lines)
    axes.figure.canvas.draw()
    box = axes.figure.legends[0].get_window_extent()
    assert box.x0 >= axes.get_window_extent().x1 and box.y0 >= 0 and axes.get_window_extent().width > 200
    assert len(short(next(iter(lines)))) <= 36 and short('brief') == 'brief'


def test_losses_of_each_network_are_drawn(tmp_path, monkeypatch):
    class Log:
        entries = [{'iteration': 20 * i, 'gen/loss': -i, 'dis/loss': 0.5} for i in range(1, 4)]
    drawn = {}
    monkeypatch.setattr('spade_anime.training.telling.plots.save_figure', lambda figure, path: drawn.update(
        {path.name: figure.axes[0]}))
    Plots(Log, tmp_path, (1, 'iteration')).draw()
    assert sorted(drawn) == ['dis.png', 'gen.png'] and list(drawn['gen.png'].get_lines()[0].get_ydata()) == [-1, -2, -3]
    for axes in drawn.values():
        figures.pyplot.close(axes.figure)
