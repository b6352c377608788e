"""What a training goes on from, beside the weights of its networks."""
import json
from pathlib import Path

import chainer

from spade_anime.data.listing import check_listing, listing
from spade_anime.snapshots import SnapshotError, read_arrays, save_arrays
from spade_anime.training.randomness import RandomStates


class TrainingState:
    """All of it, in one file of arrays.

    By Chainer's protocol, ``serialize``, each part saves and loads its own: the trainer with its extensions and its
    time, the updater with its iteration, the positions of its iterators, its optimizers and its objective; and
    ``RandomStates`` finds the generators of random numbers. With them goes which samples the data sets have.

    Args:
        trainer: all of whose extensions are known to it.
        networks: by name, with generators of random numbers of their own.
        sets: tuples of a name and a data set.
    """

    def __init__(self, trainer, networks: dict, sets: list):
        self.trainer, self.sets = trainer, sets
        self.random = RandomStates(networks | {'objective': trainer.updater.objective})

    def save(self, path: Path) -> None:
        """Write the state. Raises WriteError."""
        saved = chainer.serializers.DictionarySerializer()
        self._serialize(saved)
        save_arrays(path, saved.target | {'data': json.dumps(listing(self.sets))})

    def load(self, path: Path) -> None:
        """Go on from a file. Raises SnapshotError where it is not one, DataError where the data are not its data."""
        arrays = read_arrays(path)
        try:
            check_listing(self.sets, json.loads(str(arrays['data'])))
            self._serialize(chainer.serializers.NpzDeserializer(arrays))
        except KeyError as error:
            raise SnapshotError(f'{path}: lacks {error} of this training; was it written by another version?') from None

    def _serialize(self, serializer):
        self.trainer.serialize(serializer['trainer'])
        self.random.serialize(serializer['random'])
