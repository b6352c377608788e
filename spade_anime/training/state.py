"""What a training goes on from, beside the weights of its networks."""
import json
from pathlib import Path

import chainer

from spade_anime.data.listing import check_listing, listing
from spade_anime.runs.weights import SnapshotError, read_arrays
from spade_anime.training.randomness import RandomStates

BATCH = 'batch_size'


class TrainingState:
    """All of it, in one file of arrays.

    By Chainer's protocol, ``serialize``, each part saves and loads its own: the trainer with its extensions and its
    time, the updater with its iteration, the positions of its iterators, its optimizers and its objective; and
    ``RandomStates`` finds the generators of random numbers. With them goes which samples the data sets have.

    Args:
        trainer: all of whose extensions are known to it.
        networks: by name, with generators of random numbers of their own.
        sets: tuples of a name and a data set.
        batch_size: images an update, of all processes.
    """

    def __init__(self, trainer, networks: dict, sets: list, batch_size: int):
        self.trainer, self.sets, self.batch_size = trainer, sets, batch_size
        self.random = RandomStates(networks | {'objective': trainer.updater.objective})

    def arrays(self) -> dict:
        """The state, by name. Where several processes train together, all of them have a part in it."""
        saved = chainer.serializers.DictionarySerializer()
        self._serialize(saved)
        return saved.target | {'data': json.dumps(listing(self.sets)), BATCH: self.batch_size}

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


def check_batch(path: Path, batch_size: int, processes: int) -> None:
    """Raise SnapshotError where the run of a state took batches of another size than those of all processes here."""
    known = int(read_arrays(path).get(BATCH, batch_size))
    if known != batch_size:
        allowed = f'--batch_size {known // processes}' if known % processes == 0 else \
            f'numbers of processes that divide {known}'
        raise SnapshotError(f'--batch_size {batch_size // processes} on {processes} process'
                            f'{"es" if processes > 1 else ""} contradicts --resume: the run takes {known} images an '
                            f'update; allowed: {allowed}')
