"""Curves of the metrics of a training."""
import math
from pathlib import Path

from matplotlib.axes import Axes

from spade_anime.training.telling.plots import pyplot, save_figure

COLUMNS, PANEL = 3, (4.2, 2.8)


def draw_curves(rows: list, best: dict | None, deciding: str | None, path: Path) -> None:
    """Draw a panel for each metric; metrics that share the part of their names before a ``/`` share a panel.

    Args:
        rows: of metrics.jsonl: 'iteration', and scores by name of the 'trained' generator and of 'real' images.
        best: the row to mark by a dotted line.
        deciding: the metric that chose it; its panel is the first.
        path: file to write. Raises WriteError if that is impossible.
    """
    panels: dict[str, list[str]] = {}
    for name in sorted({name for row in rows for name in row['trained']}, key=lambda name: (name != deciding, name)):
        panels.setdefault(name.split('/')[0], []).append(name)
    lines = -(-len(panels) // COLUMNS)
    figure, grid = pyplot.subplots(lines, COLUMNS, figsize=(COLUMNS * PANEL[0], lines * PANEL[1]), squeeze=False,
                                   sharex=True, layout='constrained')
    for axes, (title, names) in zip(grid.flat, panels.items()):
        axes.set_title(f'{title} (decides)' if title == deciding else title, fontsize=10)
        _draw_panel(axes, rows, names)
        if best:
            axes.axvline(best['iteration'], color='grey', linestyle=':')
    for axes in grid.flat[len(panels):]:
        axes.set_axis_off()
    save_figure(figure, path)


def _draw_panel(axes: Axes, rows: list[dict], names: list[str]) -> None:
    """A curve for each name, and a dashed one for the score of real images."""
    for name in names:
        # A class may be named as its owner likes; between two dollar signs Matplotlib would read a formula.
        label = (name.partition('/')[2] or name).replace('$', r'\$')
        line, = axes.plot(*_points(rows, 'trained', name), marker='.', label=label)
        real = _points(rows, 'real', name)
        if real[0]:
            axes.plot(*real, color=line.get_color(), linestyle='--', linewidth=1, alpha=0.6)
    axes.grid(alpha=0.3)
    axes.tick_params(labelbottom=True)
    axes.set_xlabel('iteration', fontsize=8)
    if len(names) > 1:
        axes.legend(fontsize=7)


def _points(rows: list[dict], side: str, name: str) -> tuple[list[int], list[float]]:
    """Iterations and values, without missing and infinite ones."""
    values = {row['iteration']: row[side].get(name) for row in rows}
    found = {iteration: value for iteration, value in values.items() if value is not None and math.isfinite(value)}
    return list(found), list(found.values())
