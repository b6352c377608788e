"""The random number generators of a training: how they are found, saved and loaded."""
import json
import random
from typing import Any

import chainer
import numpy

from spade_anime.functions.noise import NoiseSource


def seed_everything(seed: int, device: chainer.backend.Device) -> None:
    """Seed the global generators of Python, NumPy and, on a GPU, CuPy."""
    random.seed(seed)
    numpy.random.seed(seed)
    if device.xp is not numpy:
        device.xp.random.seed(seed)


class RandomStates:
    """States of the global generators of Python and NumPy, and of every generator inside ``roots``, objects by name.

    Searched are attributes, lists and dicts for NumPy's ``Generator`` and ``RandomState``, Python's ``Random`` and our
    ``NoiseSource``. CuPy's global generator does not reveal its state, and nothing draws from it.
    """

    def __init__(self, roots: dict):
        self.generators: dict[str, Any] = {'python': random, 'numpy': numpy.random}
        seen: set[int] = set()
        for name, root in roots.items():
            self._search(name, root, seen)

    def serialize(self, serializer: chainer.AbstractSerializer) -> None:
        """Save or load all states, in Chainer's protocol."""
        for name, generator in self.generators.items():
            if isinstance(serializer, chainer.Deserializer):
                _set_state(generator, json.loads(serializer(name, '')))
            else:
                serializer(name, json.dumps(_state(generator), default=numpy.ndarray.tolist))

    def _search(self, name: str, value: Any, seen: set[int]) -> None:
        if id(value) in seen:
            return
        seen.add(id(value))
        if isinstance(value, (numpy.random.Generator, numpy.random.RandomState, random.Random, NoiseSource)):
            self.generators[name] = value
        elif isinstance(value, dict):
            for key, item in value.items():
                self._search(f'{name}/{key}', item, seen)
        elif isinstance(value, (list, tuple)):
            for i, item in enumerate(value):
                self._search(f'{name}/{i}', item, seen)
        elif isinstance(value, chainer.Link) or type(value).__module__.startswith('spade_anime.'):
            self._search(name, getattr(value, '__dict__', None), seen)


def _state(generator: Any) -> Any:
    """The state in types that JSON knows, except arrays."""
    if isinstance(generator, numpy.random.Generator):
        return generator.bit_generator.state
    if isinstance(generator, NoiseSource):
        return {'seed': generator.seed, 'state': generator.words()}
    if hasattr(generator, 'getstate'):
        return generator.getstate()
    return generator.get_state(legacy=False)


def _set_state(generator: Any, state: Any) -> None:
    if isinstance(generator, numpy.random.Generator):
        generator.bit_generator.state = state
    elif isinstance(generator, NoiseSource):
        generator.go_on_from(state['seed'], state['state'])
    elif hasattr(generator, 'setstate'):
        version, words, rest = state
        generator.setstate((version, tuple(words), rest))
    else:
        generator.set_state(state)
