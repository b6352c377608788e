"""Rows of measurements: the CSV files that they are added to, and the kernel benchmark's own."""
import csv
from pathlib import Path

import numpy

from .cases import Case

PLOT = Path(__file__).resolve().parents[2] / 'docs' / 'images' / 'kernels.png'


def append(rows: list[dict], path: Path) -> None:
    """Add rows; columns that the file does not know yet are added behind its own, empty in its rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept, columns = [], []
    if path.exists():
        with open(path, newline='') as file:
            reader = csv.DictReader(file)
            kept, columns = list(reader), list(reader.fieldnames or ())
    columns += [name for name in dict.fromkeys(name for row in rows for name in row) if name not in columns]
    written = path.with_suffix('.tmp')
    with open(written, 'w', newline='') as file:
        writer = csv.DictWriter(file, columns, restval='')
        writer.writeheader()
        writer.writerows(kept + rows)
    written.replace(path)


def rows_of(batch: int, case: Case, seconds: dict, timed: dict, bandwidth: float, common: dict) -> list[dict]:
    """One row a side of a case.

    ``seconds`` and ``timed`` are by side: the measurements, and how they were taken ('graph', 'queue' or 'clock');
    ``bandwidth`` of a copy in bytes a second; ``common`` the columns that all rows share.
    """
    medians = {name: float(numpy.median(values)) for name, values in seconds.items()}
    rows = []
    for name, values in seconds.items():
        low, high = numpy.percentile(values, (20, 80))
        rate = case.moved / medians[name]
        rows.append({**common, 'op': case.op, 'size': case.size, 'batch': batch, 'side': name,
                     'median_us': round(medians[name] * 1e6, 1), 'p20_us': round(low * 1e6, 1),
                     'p80_us': round(high * 1e6, 1), 'bytes': case.moved, 'gb_per_s': round(rate / 1e9, 1),
                     'percent_of_copy': round(100 * rate / bandwidth, 1),
                     'ratio_to_kernel': round(medians[name] / medians['kernel'], 2) if 'kernel' in medians else '',
                     'timed': timed[name]})
    return rows


def line_of(row: dict) -> str:
    """A row for people."""
    return (f'{row["op"]:30} {row["size"]:36} {row["side"]:17} {row["median_us"]:10.1f} us '
            f'{row["percent_of_copy"]:6.1f} % of copy, by {row["timed"]}')


def plot(path: Path) -> None:
    """Draw per cent of the copy bandwidth of the newest row of each op, size and side, a panel a device."""
    from matplotlib import pyplot
    with open(path, newline='') as file:
        newest = {(row['device'], row['op'], row['size'], row['side']): float(row['percent_of_copy'])
                  for row in csv.DictReader(file)}
    devices = sorted({key[0] for key in newest})
    longest = max(len({key[1:3] for key in newest if key[0] == name}) for name in devices)
    figure, panels = pyplot.subplots(1, len(devices), figsize=(9 * len(devices), 2 + 0.22 * longest), squeeze=False,
                                     layout='constrained')
    for name, axes in zip(devices, panels[0]):
        labels = sorted({key[1:3] for key in newest if key[0] == name}, reverse=True)
        sides = sorted({key[3] for key in newest if key[0] == name})
        for i, side in enumerate(sides):
            axes.barh([y + 0.8 * i / len(sides) for y in range(len(labels))],
                      [newest.get((name, *label, side), 0) for label in labels], 0.8 / len(sides), label=side)
        axes.set_yticks([y + 0.3 for y in range(len(labels))], [f'{op} {size}' for op, size in labels], fontsize=7)
        axes.set(title=name, xlabel='per cent of copy bandwidth')
        axes.margins(y=0.01)
        axes.legend()
    PLOT.parent.mkdir(exist_ok=True)
    figure.savefig(PLOT, dpi=80)
