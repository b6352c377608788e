"""All that an iteration changes: copied, put back, compared."""
import contextlib
import hashlib
import io
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import chainer
import numpy

from kernels import recording
from spade_anime.training.optim.average import places
from spade_anime.training.randomness import RandomStates
from spade_anime.training.updater import GANUpdater


class Everything:
    """Networks, moments, counts, states of random numbers, and what the objective of an updater remembers."""

    def __init__(self, updater: GANUpdater):
        self.objective, self.optimizers = updater.objective, updater.get_all_optimizers()
        self.networks = {name: optimizer.target for name, optimizer in self.optimizers.items()}
        self.places = [place for network in self.networks.values() for place in places(network)]
        self._arrays: list[Any] = []

    @contextlib.contextmanager
    def kept(self) -> Iterator[Callable[[], None]]:
        """A function that makes all what it is now; arrays stay where they are. Outside of ``with`` it is useless.

        The copy is a temporary file, as it may be as large as what a training needs beside it; without room for that,
        it is in memory.
        """
        with self._file() as file:
            def put_back() -> None:
                file.seek(0)
                with numpy.load(file) as arrays:
                    self._serialize(chainer.serializers.NpzDeserializer(arrays))
                self._forget_gradients()
            yield put_back

    def _file(self) -> Any:
        """The copy, an open file."""
        file: Any
        try:
            with contextlib.ExitStack() as opened:
                file = opened.enter_context(tempfile.TemporaryFile())
                numpy.savez(file, **self._now())
                file.flush()
                opened.pop_all()  # it stays open
        except OSError:  # from closing it too: there is no room for what it has not written yet
            file = io.BytesIO()
            numpy.savez(file, **self._now())
        return file

    def digests(self) -> dict[str, bytes]:
        """What tells all of it from anything that differs in a bit, by name."""
        return {name: hashlib.sha256(numpy.asarray(value).tobytes()).digest() for name, value in self._now().items()}

    def stays(self) -> bool:
        """Whether all arrays are those of the last time; the first time they are."""
        arrays = [place.array for place in self.places]
        arrays += [array for optimizer in self.optimizers.values() for array in optimizer.moments()]
        known, self._arrays = self._arrays or arrays, arrays
        return len(known) == len(arrays) and all(one is other for one, other in zip(known, arrays))

    @contextlib.contextmanager
    def traced(self) -> Iterator[None]:
        """Within, the networks have traced views of their arrays."""
        arrays = [place.array for place in self.places]
        try:
            for place, array in zip(self.places, arrays):
                place.put(recording.traced(array))
            yield
        finally:
            for place, array in zip(self.places, arrays):
                place.put(array)
            self._forget_gradients()

    def _now(self) -> dict[str, Any]:
        """By name, arrays as they lie in the networks."""
        serializer = chainer.serializers.DictionarySerializer()
        self._serialize(serializer)
        return serializer.target

    def _serialize(self, serializer: Any) -> None:
        for name, network in self.networks.items():
            network.serialize(serializer[name])
        for name, optimizer in self.optimizers.items():
            optimizer.serialize(serializer[f'optimizer {name}'])
        self.objective.serialize(serializer['objective'])
        RandomStates({**self.networks, 'objective': self.objective}).serialize(serializer['random'])

    def _forget_gradients(self) -> None:
        for network in self.networks.values():
            network.cleargrads()
