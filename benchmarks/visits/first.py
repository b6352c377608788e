"""The first visit: is everything there, does everything work, how long does a captured step take."""
from benchmarks.visits.commands import REAL_SIZES, SMALL_TESTS, Visit
from benchmarks.visits.steps import Step

SECONDS = 270
PROBES = 'launch', 'adam', 'cublas', 'cudnn', 'captured', 'resumed', 'kernels'
KERNEL_TESTS = 'tests/kernels', 'tests/functions', 'tests/training/optim/test_adam.py'
TRAININGS = 'tests/test_gpu.py'


def groups(visit: Visit) -> list[tuple[Step, ...]]:
    """Its steps; those of a group run side by side."""
    return [
        (visit.presence(),),
        tuple(visit.probe(name, 60) for name in PROBES),
        (visit.tests('kernel_tests', KERNEL_TESTS, 130, workers=10, ignore=(REAL_SIZES,), small=SMALL_TESTS),
         visit.tests('trainings', (TRAININGS,), 130, workers=3),
         visit.tests('real_sizes', (REAL_SIZES,), 130, workers=4)),
        (visit.train_step('step_8', ('captured',), 8, 'tf32', 80),),
    ]
