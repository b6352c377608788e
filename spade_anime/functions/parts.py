"""Random numbers of a batch that is spread over processes."""
from collections.abc import Callable

import chainer

# Rank of this process, and how many there are; each has a batch of the same size.
chainer.global_config.batch_part = 0, 1


def own_part(batch: int, draw: Callable):
    """Draw for the batches of all processes, and return what belongs to this one's.

    ``draw(count)`` gives an array (count, ...), or a list or tuple of such, nested at will; of them one's ``batch``
    samples are taken. Generators that were in the same state on all processes are so again afterwards, whatever their
    number, and the samples of all batches one after another are those of a single process with one large batch.
    """
    rank, processes = chainer.config.batch_part
    drawn = draw(batch * processes)
    return drawn if processes == 1 else _sliced(drawn, slice(rank * batch, (rank + 1) * batch))


def _sliced(drawn, part):
    if isinstance(drawn, (list, tuple)):
        return type(drawn)(_sliced(one, part) for one in drawn)
    return drawn[part]
