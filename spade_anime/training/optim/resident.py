"""What Adam keeps on a GPU: tables of a network's arrays, float32 masters of half parameters, and its state."""
from collections.abc import Iterator

import chainer

from kernels.adam import Network, Settings, State
from spade_anime.training.optim.average import WeightAverage
from spade_anime.training.optim.slots import Slot, Wide, slots_of


class Resident:
    """Arrays of the parameters in ``rules``, pairs of update rule and parameter, and of their average.

    Attributes:
        state: counts, learning rate and loss scale on the device, at the same address for good.
        outdated: counts, moments or parameters have been loaded since the last update.
        slots: one per parameter, then one per array that is averaged alone.
    """

    def __init__(self, rules: list, average: WeightAverage | None, loss_scale: float):
        self._xp = rules[0][1].device.xp
        self.state, self.outdated = State(self._xp, loss_scale), True
        self.slots = slots_of(rules, average)
        self._network: Network | None = None
        self._updated: list[Slot] = []

    def refresh(self, updates: int) -> None:
        """Bring all up to date with what was loaded or moved; from the second update on nothing is.

        ``updates``: their count to continue from after loading.
        """
        if self.outdated:
            self.state.write(updates, max(slot.rule.t for slot in self.slots if slot.rule))
            for wide in self._wide():
                wide.array = None
        if self._network is None or self.outdated or any(slot.changed() for slot in self.slots):
            tensors = [(slot, slot.tensor()) for slot in self.slots]
            self._updated = [slot for slot, tensor in tensors if tensor]
            self._network = Network([tensor for _, tensor in tensors if tensor])
            self.outdated = False

    def serialize(self, serializer: chainer.AbstractSerializer) -> None:
        """Save or load, in Chainer's protocol, the state and the float32 forms of half arrays.

        What was loaded stays: the next ``refresh`` neither drops the float32 forms nor sets the counts of updates.
        """
        for name in ('progress', 'factors'):
            serializer(name, getattr(self.state, name))
        for wide in self._wide():
            wide.serialize(serializer, self._xp)
        if isinstance(serializer, chainer.Deserializer):
            self._network, self.outdated = None, False

    def update(self, settings: Settings, check: bool) -> None:
        """One update from the parameters' gradients; ``check``: skip it if any of these is not finite."""
        if self._network is None:
            raise RuntimeError('refresh comes before the first update')
        self._network.update([slot.gradient for slot in self._updated], self.state, settings, check)

    def _wide(self) -> Iterator[Wide]:
        """The float32 forms, in the order in which they are saved."""
        yield from (slot.master for slot in self.slots if slot.master)
        yield from (slot.averaged.wide for slot in self.slots if slot.averaged)
