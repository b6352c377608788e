"""What a training continues from, in addition to the weights of its networks."""
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import chainer
from chainer.training import Trainer

from spade_anime.data.listing import check_listing, listing
from spade_anime.runs.weights import SnapshotError, read_arrays
from spade_anime.training.randomness import RandomStates

BATCH = 'batch_size'
OF_OPTIMIZERS = '/optimizer:', '/resident:'
"""What the names of the optimizers' arrays contain."""


class TrainingState:
    """All of it, in one file of arrays.

    Each part saves and loads itself by Chainer's protocol, ``serialize``: the trainer its time and its extensions, the
    updater its iteration, its optimizers, its objective and the positions of its iterators. ``RandomStates`` adds the
    random number generators, and a listing names the samples of the data sets.

    Args:
        trainer: with its extensions, before the state is saved or loaded.
        networks: by name; they hold random number generators.
        sets: tuples of a name and a data set.
        batch_size: images per update, of all processes.
    """

    def __init__(self, trainer: Trainer, networks: dict[str, chainer.Link], sets: list, batch_size: int):
        self.trainer, self.sets, self.batch_size = trainer, sets, batch_size
        self.random = RandomStates(networks | {'objective': trainer.updater.objective})

    def arrays(self) -> dict:
        """The state, by name. Where several processes train together, each of them has to call this."""
        saved = chainer.serializers.DictionarySerializer()
        self._serialize(saved)
        return saved.target | {'data': json.dumps(listing(self.sets)), BATCH: self.batch_size}

    def load(self, path: Path) -> None:
        """Load a file. Raises SnapshotError if it is not a state, DataError if the data are not its data."""
        arrays = read_arrays(path)
        try:
            check_listing(self.sets, json.loads(str(arrays['data'])))
            self._serialize(chainer.serializers.NpzDeserializer(arrays))
        except KeyError as error:
            raise SnapshotError(f'{path}: lacks {error} of this training; was it written by another version?') from None

    def _serialize(self, serializer: chainer.AbstractSerializer) -> None:
        self.trainer.serialize(serializer['trainer'])
        self.random.serialize(serializer['random'])


def moments(state: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of a state that belong to optimizers: they have to be finite, as the weights have to."""
    return {name: array for name, array in state.items() if any(part in name for part in OF_OPTIMIZERS)}


def check_batch(path: Path, batch_size: int, processes: int) -> None:
    """Raise SnapshotError if the run of a state took another number of images per update than all processes here."""
    known = int(read_arrays(path).get(BATCH, batch_size))
    if known != batch_size:
        allowed = f'--batch_size {known // processes}' if known % processes == 0 else \
            f'numbers of processes that divide {known}'
        raise SnapshotError(f'--batch_size {batch_size // processes} on {processes} process'
                            f'{"es" if processes > 1 else ""} contradicts --resume: the run takes {known} images an '
                            f'update; allowed: {allowed}')
