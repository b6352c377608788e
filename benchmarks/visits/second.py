"""The second visit: what failed in the first, then measurements, then what the sanitizers say, then a training."""
from dataclasses import replace

from benchmarks.visits import first
from benchmarks.visits.commands import Visit
from benchmarks.visits.keeping import report_of
from benchmarks.visits.steps import OK, Step

SECONDS = 400
AGAIN = 60
"""Time box of what did not end well before."""

MEMCHECK = 'spade_norm', 'batch_norm_act', 'bias_act', 'resize', 'attention', 'adam'
RACECHECK = 'spade_norm', 'batch_norm_act', 'attention', 'losses', 'spectral_norm'
BESIDE = 'captured', 'pytorch'


def groups(visit: Visit) -> list[tuple[Step, ...]]:
    """Its steps; those of a group run side by side."""
    sanitized = [visit.sanitized(tool, op, 60) for tool, ops in (('memcheck', MEMCHECK), ('racecheck', RACECHECK))
                 for op in (ops if visit.gpu else ops[:1])]
    return [
        (visit.presence(),),
        *again(visit),
        (visit.train_step('steps_1', BESIDE, 1, 'tf32', 80),),
        (visit.train_step('steps_8', BESIDE, 8, 'tf32', 80),),
        (visit.train_step('steps_32', BESIDE, 32, 'fp16', 90),),
        (visit.kernel_benchmark(90),),
        tuple(sanitized),
        (visit.train_step('compiled', ('captured', 'compiled'), 8, 'tf32', 200, least=120 if visit.gpu else 20),),
        (visit.training(least=45 if visit.gpu else 20),),
    ]


def again(visit: Visit) -> list[tuple[Step, ...]]:
    """Steps of the first visit that did not end well there, of tests those alone that have not passed."""
    if visit.before is None:
        return []
    well = {step['name'] for step in report_of(visit.before)['steps'] if step['state'] == OK}
    # This visit times the step as well: the last group of the first one has nothing else.
    left = [tuple(replace(step, seconds=AGAIN) for step in group if step.name not in well)
            for group in first.groups(visit)[1:-1]]
    return [group for group in left if group]
