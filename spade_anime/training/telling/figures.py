"""Curves that stay readable: flat, negative, of one point or of a million, with many names or long ones."""
import gc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy

from spade_anime.errors import writing

matplotlib.use('Agg')
from matplotlib import pyplot  # noqa: E402  (the backend has to be chosen first)
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.ticker import FuncFormatter, MaxNLocator, SymmetricalLogLocator  # noqa: E402

MOST_POINTS = 1000
HEAD, TAIL = 24, 11
"""Letters that stay of a long name."""
LISTED = 10, 20
"""Colours of Matplotlib's lists, which tell names apart better than a gradient."""
WIDE = 30
"""Values so many times as large as half of them need a logarithmic axis."""
LEAST_SPAN = 0.01
"""Of the largest value: what varies less is shown as flat."""
LEGEND_ROWS = 5
"""Of an inch of a figure's height."""
LEGEND_WIDTH = 2.8
"""Inches of a column of long names."""
STEPS = [1, 2, 2.5, 5, 10]

_PLAIN = FuncFormatter(lambda value, _: f'{value:,.0f}' if abs(value) >= 1000 else f'{value:.4g}')


def curve(axes: Axes, x: Sequence[float], y: Sequence[float], **style: Any) -> Line2D:
    """Draw a curve; of more than ``MOST_POINTS`` the means of neighbours, over a band from their lowest to highest."""
    many = len(x) > MOST_POINTS
    groups = numpy.array_split(numpy.arange(len(x)), MOST_POINTS) if many else []
    xs, ys = numpy.asarray(x, float), numpy.asarray(y, float)
    if many:
        low, high = (numpy.array([end(ys[group]) for group in groups]) for end in (numpy.min, numpy.max))
        xs, ys = (numpy.array([values[group].mean() for group in groups]) for values in (xs, ys))
    style = {'marker': '.'} | style if len(xs) == 1 else style
    line, = axes.plot(xs, ys, **style)
    if many:
        axes.fill_between(xs, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
    return line


def readable(axes: Axes, values: Sequence[float], logarithmic: bool = False) -> None:
    """Give both axes few ticks with plain numbers; iterations along x, ``values`` along y.

    ``logarithmic``: the y axis is so, around 0 too, where a few of the values are far larger than most.
    """
    axes.grid(alpha=0.3)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axes.xaxis.set_major_formatter(_PLAIN)
    axes.yaxis.set_major_formatter(_PLAIN)
    finite = numpy.array([value for value in values if numpy.isfinite(value)])
    if not finite.size:
        return
    most, half = float(abs(finite).max()), float(numpy.median(abs(finite)))
    if logarithmic and most > WIDE * half > 0:
        axes.set_yscale('symlog', linthresh=half)
        axes.yaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=half, subs=[1, 2, 5]))
        axes.yaxis.set_major_formatter(_PLAIN)
        return
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=STEPS))
    low, high = float(finite.min()), float(finite.max())
    span = max(high - low, LEAST_SPAN * (most or 1))
    middle = (low + high) / 2
    axes.set_ylim(middle - 0.55 * span, middle + 0.55 * span)


def colors_of(names: Sequence[str]) -> dict[str, tuple]:
    """A colour for each of the names, which keeps it in every panel."""
    listed = next((count for count in LISTED if count >= len(names)), None)
    if listed:
        return {name: matplotlib.colormaps[f'tab{listed}'](i) for i, name in enumerate(names)}
    return {name: matplotlib.colormaps['turbo'](share) for name, share in zip(names, numpy.linspace(0, 1, len(names)))}


def legend(figure: Figure, lines: dict[str, Line2D]) -> None:
    """A legend of lines by name, beside the panels; the figure grows by what more than one column takes."""
    columns = -(-len(lines) // int(LEGEND_ROWS * figure.get_figheight()))
    figure.set_figwidth(figure.get_figwidth() + (columns - 1) * LEGEND_WIDTH)
    figure.legend(lines.values(), [short(name) for name in lines], loc='outside right upper', fontsize=8,
                  ncols=columns)


def short(name: str) -> str:
    """A name as pictures show it: without its middle, if it is long.

    A class may be named as its owner likes; between two dollar signs Matplotlib would read a formula.
    """
    name = name if len(name) <= HEAD + 1 + TAIL else f'{name[:HEAD]}…{name[-TAIL:]}'
    return name.replace('$', r'\$')


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure of Matplotlib and free it. Raises WriteError.

    A figure refers to itself. Python seldom collects such cycles, and dozens would stay, 1 MB each.
    """
    with writing(path):
        figure.savefig(path, dpi=100)
    pyplot.close(figure)
    gc.collect()
