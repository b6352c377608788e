"""Side of test_processes.py: two processes try what they have of each other, and end by losses of the second."""
import numpy

from spade_anime.commands import run_script
from spade_anime.functions.parts import gathered, mean_of_parts, part_of
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.training.processes.joining import join
from spade_anime.training.processes.one import ProcessesError
from spade_anime.training.updater import check_finite

PROCESSES = 2
import chainer  # noqa: E402  (patched by ours)


class Network(chainer.Chain):
    """A parameter, one that is never reached, statistics, and a vector that is no statistic."""

    def __init__(self, fill):
        super().__init__()
        with self.init_scope():
            self.w, self.unreached = (chainer.Parameter(numpy.full((2, 3), fill, 'f')) for _ in range(2))
            self.norm = BatchNormalization(2)
        self.W_u = numpy.full(3, fill, 'f')
        self.register_persistent('W_u')


def own_numbers(network, rank):
    """Gradients and statistics of a process."""
    network.cleargrads()
    network.w.grad = numpy.arange(6, dtype='f').reshape(2, 3) + 10 * rank
    network.norm.avg_mean[...] = [rank, 3]


def networks_are_united(processes):
    network = Network(1 + processes.rank)
    processes.unite(network)
    assert (network.w.array == 1).all() and (network.W_u == 1).all()
    assert network.norm.across is processes.across
    processes.check_equal({'gen': network})
    # Statistics of one process may have been estimated again.
    network.norm.avg_var += processes.rank
    processes.check_equal({'gen': network})
    network.W_u += 1e-6 * processes.rank
    try:
        processes.check_equal({'gen': network})
    except ProcessesError as error:
        assert 'no longer have the same gen' in str(error)
    else:
        raise AssertionError('unequal singular vectors went unnoticed')


def gradients_are_averaged(processes, synced):
    network, other = Network(1), Network(2)
    for link in (network, other):
        own_numbers(link, processes.rank)
    processes.average(network, other)
    numpy.testing.assert_array_equal(network.w.grad, numpy.arange(6).reshape(2, 3) + 5)
    assert network.unreached.grad is None
    numpy.testing.assert_array_equal(other.w.grad, numpy.arange(6).reshape(2, 3) + 10 * processes.rank)
    for link in (network, other):
        numpy.testing.assert_array_equal(link.norm.avg_mean, [processes.rank if synced else 0.5, 3])


def numbers_are_exchanged(processes):
    rank = processes.rank
    means = processes.means({'a': float(rank), 'b': 3.0, 'c': [1.0, float('nan')][rank]})
    assert (means['a'], means['b']) == (0.5, 3) and means['c'] != means['c']
    assert processes.of_all('ab'[rank]) == ['a', 'b'] and processes.of_first('ab'[rank]) == 'a'


def parts_make_a_whole(processes):
    rank = processes.rank
    whole = gathered(numpy.full((2, 3), rank, 'f'))
    numpy.testing.assert_array_equal(whole[:, 0], [0, 0, 1, 1])
    numpy.testing.assert_array_equal(part_of(whole), numpy.full((2, 3), rank))
    x = chainer.Variable(numpy.array(rank, 'f'))
    y = mean_of_parts(x) ** 2
    y.backward()
    assert y.array == 0.25 and x.grad == 1


def main():
    for synced in (False, True):
        processes = join('naive', synced)
        assert processes.size == PROCESSES
        networks_are_united(processes)
        gradients_are_averaged(processes, synced)
        numbers_are_exchanged(processes)
        parts_make_a_whole(processes)
    print('all is well', flush=True)
    with processes.together():
        check_finite(processes.means({'gen/loss': [1.0, float('nan')][processes.rank]}), 'in this test')


if __name__ == '__main__':
    run_script(main)
