"""Training whose whole iteration is captured once as a CUDA graph and replayed."""
import json
from collections.abc import Callable
from typing import Any

import chainer
import numpy

from spade_anime.training.cuda_graphs import CUDAGraphs
from spade_anime.training.optim.adam import Adam
from spade_anime.training.updater import GANUpdater, check_finite
from spade_anime.training.warm_up import WarmUp

WARM_UP = 4
"""Iterations of a process before its first capture."""

SLOTS = 2
"""Iterations whose batches the host may prepare before it waits for the device."""


def reason_not_to_capture(communicator: str, objective: Any, optimizers: dict[str, Adam]) -> str:
    """Why no graph of a training's iteration can be captured on a GPU; '' if one can."""
    if communicator != 'none':
        return 'no graph can hold what processes exchange'
    if not objective.capturable:
        return 'part of this objective is computed on the host'
    if not all(optimizer.in_one_launch for optimizer in optimizers.values()):
        return '--kernels is reference'
    return ''


class StagedBatches:
    """Batches of an iteration at fixed addresses on the device, filled through pinned memory.

    The host fills a slot while the device still computes earlier iterations; the copy waits for its turn there.
    """

    def __init__(self, cuda: CUDAGraphs, batches: list):
        """``batches``: tuples of NumPy arrays; those of every later iteration have the same shapes and types."""
        self.cuda = cuda
        self.arrays = [tuple(cuda.empty(array.shape, array.dtype) for array in batch) for batch in batches]
        self._slots = [[tuple(cuda.pinned(array.shape, array.dtype) for array in batch) for batch in batches]
                       for _ in range(SLOTS)]
        self._marks = [None] * SLOTS
        self._turn = 0

    def put(self, batches: list) -> None:
        """Start copying the batches of the next iteration to the device."""
        slot = self._slots[self._turn]
        if self._marks[self._turn]:
            self._marks[self._turn].synchronize()
        for targets, pinned, arrays in zip(self.arrays, slot, batches):
            for target, buffer, array in zip(targets, pinned, arrays):
                buffer[...] = array
                self.cuda.copy_in(target, buffer)
        self._marks[self._turn] = self.cuda.mark()
        self._turn = (self._turn + 1) % SLOTS


class LossSums:
    """Sums of losses on the device, which are rarely read: reading makes the host wait."""

    CAPACITY = 64

    def __init__(self, cuda: CUDAGraphs):
        self.cuda = cuda
        self._sums = cuda.zeros((self.CAPACITY,), numpy.float32)
        self._places: dict[str, int] = {}
        self._counts: dict[str, int] = {}

    def add(self, values: dict) -> None:
        """Add scalars (arrays on the device) by name; what is captured adds again at every replay."""
        for name, value in values.items():
            place = self._places.setdefault(name, len(self._places))
            self._sums[place:place + 1] += value

    def count(self, names: list[str]) -> None:
        """Note that one value of each of these names has been added."""
        for name in names:
            self._counts[name] = self._counts.get(name, 0) + 1

    def means(self) -> dict:
        """Mean of each loss since ``clear``; waits for the device."""
        sums = self.cuda.read(self._sums)
        return {name: float(sums[self._places[name]]) / count for name, count in self._counts.items()}

    def serialize(self, serializer: chainer.AbstractSerializer) -> None:
        """Save or load the sums, in Chainer's protocol; waits for the device."""
        names = json.loads(serializer('names', json.dumps(list(self._places))))
        self._places = {name: place for place, name in enumerate(names)}
        self._counts = json.loads(serializer('counts', json.dumps(self._counts)))
        buffer = self.cuda.pinned((self.CAPACITY,), numpy.float32)
        buffer[...] = serializer('sums', self.cuda.read(self._sums))
        if isinstance(serializer, chainer.Deserializer):
            self.cuda.copy_in(self._sums, buffer)
            self.cuda.mark().synchronize()

    def clear(self) -> None:
        """Set all sums to 0."""
        self._sums.fill(0)
        self._counts = {}


class CapturedUpdater(GANUpdater):
    """``GANUpdater`` on a GPU: after a few iterations each is one launch of a CUDA graph.

    Losses are reported every ``interval`` iterations and after the ``last``, as means since the last report. They are
    checked then and before weights are saved: one that is not finite stops the training, and the newest snapshot stays
    whole.
    """

    def __init__(self, *args: Any, interval: int, last: int, cuda: CUDAGraphs | None = None):
        super().__init__(*args)
        self.interval, self.last, self.cuda = interval, last, cuda or CUDAGraphs()
        self._graphs: dict[tuple, tuple[Callable, list[str]]] = {}
        self._batches: StagedBatches | None = None
        self._names: list[str] = []
        self._warm_up = WarmUp(WARM_UP)
        with self.cuda.running():
            self._losses = LossSums(self.cuda)

    def update_core(self) -> None:
        """Run one iteration: by a graph once there is one for its phase."""
        batches = self.batches()
        with self.cuda.running():
            if self._batches is None:
                self._batches = StagedBatches(self.cuda, batches)
            self._batches.put(batches)
            phase = self.objective.phase(self._updates)
            if self._warm_up.takes(phase):
                self._names = []
                self.iterate(self._batches.arrays)
                self._losses.count(self._names)
            else:
                self._replay(phase, self._batches.arrays)
        if (self.iteration + 1) % self.interval == 0 or self.iteration + 1 == self.last:
            chainer.report(self.synchronize())
            with self.cuda.running():
                self._losses.clear()

    def serialize(self, serializer: chainer.AbstractSerializer) -> None:
        """Save or load all that the next iteration depends on. Load before the first iteration of this process.

        Batches are staged for the iteration that takes them, never ahead, so the iterators know the position.
        """
        with self.cuda.running():
            super().serialize(serializer)

    def serialize_losses(self, serializer: chainer.AbstractSerializer) -> None:
        """Save or load losses that are not reported yet; only a captured training has any."""
        if serializer('kept', True):
            self._losses.serialize(serializer)

    def synchronize(self) -> dict:
        """Means of the losses since they were last reported. Raises TrainingDiverged where one is not finite."""
        with self.cuda.running():
            means = self._losses.means()
        check_finite(means, f'in the iterations up to {self.iteration + 1}')
        return means

    @property
    def _updates(self) -> int:
        """Discriminator updates an iteration."""
        return self.n_dis * len(self.loss_weights)

    def _replay(self, phase: tuple, batches: list[tuple]) -> None:
        if phase in self._graphs:
            # A replay leaves out what the recorded code did to the objective on the host.
            self.objective.passed(self._updates)
        else:
            self._names = []
            self._graphs[phase] = self.cuda.capture(lambda: self.iterate(batches)), self._names
        replay, names = self._graphs[phase]
        replay()
        self._losses.count(names)

    def _report(self, values: dict) -> None:
        self._losses.add(values)
        self._names += values
