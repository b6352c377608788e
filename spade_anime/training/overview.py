"""What a training is about to do: sizes of the data and the networks, and the time that it will take."""
from collections.abc import Sequence

import numpy

from kernels.runtime.threads import threads
from spade_anime.data.splitting import image_count
from spade_anime.training.estimate import Iteration, duration, estimated_seconds, reading_seconds
from spade_anime.training.half import as_stored
from spade_anime.training.run import Run


def overview(run: Run) -> str:
    """Sizes of the data and the networks of a run, and its estimated time, in lines. Computes a few iterations."""
    o, sets = run.options, run.data.sets
    sample = tuple(as_stored(array, run.dtype) for array in sets[0].dataset[0])
    computing = estimated_seconds(run, [sample] * o.batch_size)
    iteration = Iteration(len(sets) * computing, reading_seconds(sets[0].dataset),
                          len(sets) * o.batch_size * (o.n_dpg + 1), threads() if run.device.xp is numpy else 0)
    time = duration(iteration.seconds(o.workers) * run.iterations)
    counts = ', '.join(f'{_samples(dataset)} {name}' for name, dataset, _ in sets)
    return '\n'.join((
        f'samples      {counts}, {len(run.data.validation)} for validation',
        f'parameters   {run.parameters("gen"):,} generator, {run.parameters("dis"):,} discriminator',
        f'time         about {time} for {run.iterations} iterations of {run.batch_size} images on '
        f'{run.device}{run.processes.note}', *iteration.advice(o, run.data.condition.preparable)))


def _samples(dataset: Sequence) -> str:
    """How many there are, and of how many images where that differs."""
    images = image_count(dataset)
    return f'{len(dataset)}' if images == len(dataset) else f'{len(dataset)} (of {images} images)'
