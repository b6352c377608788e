"""What Adam keeps on a GPU: tables of a network's arrays, float32 masters of half parameters, and its state."""
import chainer
import numpy

from kernels.adam import Network, Settings, State, Tensor, laid_as
from kernels.runtime.arrays import array_module
from spade_anime.training.optim.average import WeightAverage, places


class Resident:
    """Arrays of the parameters in ``rules``, pairs of update rule and parameter, and of their average.

    Attributes:
        state: counts, learning rate and loss scale on the device, at the same address for good.
        outdated: counts, moments or parameters have been loaded since the last update.
    """

    def __init__(self, rules: list, average: WeightAverage | None, loss_scale: float):
        self.rules, self.outdated = rules, True
        self.state = State(rules[0][1].device.xp, loss_scale)
        # float32 forms of half arrays: masters of parameters, and averages; by the place or parameter they belong to.
        self._wide = {}
        # Places in the network that are averaged, and those in the average.
        self._pairs = list(zip(places(average.link), places(average.average))) if average else []
        self._key = self._network = self._trained = None

    def refresh(self, updates: int) -> None:
        """Bring all up to date with what was loaded or moved; from the second update on nothing is.

        ``updates`` is the count of them to go on from after loading.
        """
        if self.outdated:
            self.state.write(updates, max(rule.t for rule, _ in self.rules))
            self._wide.clear()
        # The network below keeps these arrays, so another one cannot get the same id.
        key = [(id(param.array), rule.enabled) for rule, param in self.rules]
        key += [id(source.array) for source, _ in self._pairs]
        if self.outdated or key != self._key:
            self._trained, tensors = zip(*self._tensors())
            self._network, self._key, self.outdated = Network(tensors), key, False

    def serialize(self, serializer) -> None:
        """Save or load, in Chainer's protocol, the state, and the float32 forms by the numbers of what they belong to.

        Loaded, they stand: ``refresh`` takes moments and parameters as they are then, and counts no updates anew.
        """
        for name in ('progress', 'factors'):
            serializer(name, getattr(self.state, name))
        if isinstance(serializer, chainer.Deserializer):
            xp = array_module(self.state.progress)
            self._wide = {key: xp.asarray(serializer(name, None)) for name, key in self._wide_keys().items()
                          if serializer(f'has_{name}', False)}
            self._key, self.outdated = None, False
        else:
            for name, key in self._wide_keys().items():
                serializer(f'has_{name}', key in self._wide)
                if key in self._wide:
                    serializer(name, self._wide[key])

    def _wide_keys(self):
        """What a float32 form may belong to, by a name that is the same in every process."""
        keys = {f'parameter_{i}': id(param) for i, (_, param) in enumerate(self.rules)}
        return keys | {f'average_{i}': target for i, (_, target) in enumerate(self._pairs)}

    def update(self, settings: Settings, check: bool) -> None:
        """One update from the parameters' gradients; ``check``: unless any of these is not finite."""
        gradients = [None if param is None else param.grad for param in self._trained]
        self._network.update(gradients, self.state, settings, check)

    def _tensors(self):
        """A parameter, or None for what is averaged alone, and its arrays."""
        targets = {id(source.value): (source, target) for source, target in self._pairs}
        for rule, param in self.rules:
            if param.array is None or not rule.enabled:
                continue
            rule.prepare(param)
            _, target = targets.pop(id(param), (None, None))
            yield param, self._tensor(param.array, id(param), target, rule.state['m'], rule.state['v'])
        for source, target in targets.values():
            yield None, self._tensor(source.array, None, target)

    def _tensor(self, array, key, target, first=None, second=None) -> Tensor:
        half, weight = (array, None) if array.dtype == numpy.float16 else (None, array)
        if weight is None and first is not None:
            weight = self._widened(key, array)
        if target is None:
            return Tensor(weight, first, second, None, half)
        average = laid_as(array, target.array)
        target.put(average)
        if half is None:
            return Tensor(weight, first, second, average)
        return Tensor(weight, first, second, self._widened(target, average), half, average)

    def _widened(self, key, array):
        """The float32 form of a half array, as it is known or else as it starts."""
        self._wide[key] = laid_as(array, self._wide.get(key, array), numpy.float32)
        return self._wide[key]
