"""Curves of the metrics of a training."""
import math
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from spade_anime.evaluation.directions import better
from spade_anime.training.telling.figures import colors_of, curve, legend, pyplot, readable, save_figure, short

COLUMNS, PANEL = 3, (4.2, 2.8)
FEW = 50
"""Points that are marked."""


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
    parts = sorted({_part(name) for names in panels.values() if len(names) > 1 for name in names})
    colors = colors_of(parts)
    lines: dict[str, Line2D] = {}
    height = -(-len(panels) // COLUMNS)
    figure, grid = pyplot.subplots(height, COLUMNS, figsize=(COLUMNS * PANEL[0], height * PANEL[1]), squeeze=False,
                                   sharex=True, layout='constrained')
    for axes, (title, names) in zip(grid.flat, panels.items()):
        decides = ', decides' if title == deciding else ''
        axes.set_title(f'{short(title)} ({better(title)} is better{decides})', fontsize=10)
        drawn = _draw_panel(axes, rows, names, colors)
        lines |= drawn if len(names) > 1 else {}
        if best:
            axes.axvline(best['iteration'], color='grey', linestyle=':')
    for axes in grid.flat[len(panels):]:
        axes.set_axis_off()
    if lines:
        legend(figure, dict(sorted(lines.items())))
    save_figure(figure, path)


def _draw_panel(axes: Axes, rows: list[dict], names: list[str], colors: dict[str, tuple]) -> dict[str, Line2D]:
    """A curve for each name, by its part, and a dashed one for the score of real images."""
    lines, values = {}, []
    for name in names:
        part, points, real = _part(name), _points(rows, 'trained', name), _points(rows, 'real', name)
        color = colors[part] if len(names) > 1 else None
        lines[part] = curve(axes, *points, color=color, label=part, marker='.' if len(points[0]) <= FEW else '')
        if real[0]:
            curve(axes, *real, color=lines[part].get_color(), linestyle='--', linewidth=1, alpha=0.6)
        values += points[1] + real[1]
    readable(axes, values)
    axes.tick_params(labelbottom=True)
    axes.set_xlabel('iteration', fontsize=8)
    return lines


def _part(name: str) -> str:
    return name.partition('/')[2] or name


def _points(rows: list[dict], side: str, name: str) -> tuple[list[int], list[float]]:
    """Iterations and values, without missing and infinite ones."""
    values = {row['iteration']: row[side].get(name) for row in rows}
    found = {iteration: value for iteration, value in values.items() if value is not None and math.isfinite(value)}
    return list(found), list(found.values())
