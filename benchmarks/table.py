"""One row a side and step of the step benchmark, for the CSV that rows are kept in."""
import numpy

from benchmarks.floor import floor
from benchmarks.workers import spread
from kernels.benchmarking.results import append  # noqa: F401  (all benchmarks add rows by it)

MEMORY_GOAL_MB = 24_000
"""What 32 images of 256 px in half precision may take, captured."""


def limits_of(work: list | None, bandwidth: float | None, rate: float | None) -> dict:
    """Columns of what an iteration has to move and compute, and of how fast that can be; empty where unknown."""
    columns = {'gflop': '', 'gbytes': '', 'copy_gb_per_s': _rounded(bandwidth and bandwidth / 1e9, 1),
               'matrix_tflop_per_s': _rounded(rate and rate / 1e12, 2), 'floor_s': ''}
    if work:
        columns['gflop'] = round(sum(part.operations for part in work) / 1e9, 1)
        columns['gbytes'] = round(sum(part.moved for part in work) / 1e9, 3)
        if bandwidth and rate:
            columns['floor_s'] = round(floor(work, bandwidth, rate), 6)
    return columns


def step_row(common: dict, settings, worker, step: str, seconds: dict, results: dict) -> dict:
    """One side's row of a step.

    ``seconds``: values by side. ``results``: what is known by side, 'memory' in MB and 'launches' by (side, step),
    and 'limits', the columns of an iteration.
    """
    peer, values = seconds.get('pytorch'), seconds[worker.name]
    memory, peer_memory = results['memory'].get(worker.name), results['memory'].get('pytorch')
    row = {**common, 'side': worker.name, 'step': step,
           **(spread(values) if values else dict.fromkeys(('median_s', 'p20_s', 'p80_s'), '')),
           'peak_mb': _rounded(memory, 0),
           'ratio': round(float(numpy.median(values) / numpy.median(peer)), 3) if values and peer else '',
           'precision': settings.precision}
    median = row['median_s']
    row['images_per_s'] = round(settings.batch / median, 3) if median else ''
    row['memory_ratio'] = round(memory / peer_memory, 3) if memory and peer_memory else ''
    row['kernels'], row['host_launches'] = (_known(count) for count in
                                            results['launches'].get((worker.name, step), (None, None)))
    limits = results['limits'] if step == 'iteration' else dict.fromkeys(results['limits'], '')
    row |= limits
    row['percent_of_floor'] = round(100 * limits['floor_s'] / median, 1) if limits['floor_s'] and median else ''
    return row | {'note': note(settings, worker, step, memory, bool(values))}


def note(settings, worker, step: str, memory: float | None, measured: bool) -> str:
    """What a reader of the row has to know."""
    # What failed after a step was timed is no matter for its row.
    parts = [worker.note if measured else worker.failure]
    goal = (settings.batch, settings.size, settings.precision) == (32, 256, 'fp16') and worker.name == 'captured'
    if goal and step == 'iteration' and memory:
        parts.append(f'goal of {MEMORY_GOAL_MB} MB {"met" if memory < MEMORY_GOAL_MB else "missed"}')
    if worker.name in ('pytorch', 'compiled') and settings.peer_unfrozen and step in ('generator', 'iteration'):
        parts.append("computes the discriminator's weight gradients in the generator's step too")
    return '; '.join(filter(None, parts))


def line_of(row: dict) -> str:
    """A row for people."""
    start = f'{row["step"]:14} {row["side"]:9}'
    if row['median_s'] == '':
        return f'{start} not measured: {row["note"]}'
    text = (f'{start} {row["median_s"]:9.4f} s  (20-80 %: {row["p20_s"]:.4f} to {row["p80_s"]:.4f})  '
            f'{row["images_per_s"]:9.2f} images/s  ratio {row["ratio"] or "-"}  peak {row["peak_mb"]} MB')
    if row['kernels'] != '':
        text += f'  {row["kernels"]} kernels, {row["host_launches"]} launches'
    if row['percent_of_floor'] != '':
        text += f'  the floor, {row["floor_s"]:.4f} s, is {row["percent_of_floor"]} % of it'
    return f'{text}  {row["note"]}'.rstrip()


def _known(value):
    return '' if value is None else value


def _rounded(value, digits):
    return '' if value is None else round(value, digits) if digits else round(value)
