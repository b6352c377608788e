"""Normalisation of a batch that is spread over processes is that of the whole batch, with all its gradients."""
import chainer
import numpy
import pytest
from chainer import Variable, functions
from processes_stand_in import spread

from spade_anime.functions.batch_norm_act import batch_norm_act
from spade_anime.functions.spade_norm import spade_norm

SHAPE, PROCESSES = (6, 3, 5, 4), [2, 3]


def split(array, rank, processes):
    """Rank's part of a batch; all of what has no batch axis."""
    return numpy.split(array, processes)[rank] if array.shape[0] == SHAPE[0] else array.copy()


def compare(work, arrays, processes):
    """What ``work(arrays, across)`` returns of the whole batch and of its parts: lists of arrays and of sums.

    The first list has a batch axis each, the second is of arrays that are equal on all processes, the third of
    gradients that the processes have to add up.
    """
    along, equal, summed = work(arrays, None)
    parts = spread(processes, lambda rank, across: work([split(a, rank, processes) for a in arrays], across))
    for i, expected in enumerate(along):
        numpy.testing.assert_allclose(numpy.concatenate([part[0][i] for part in parts]), expected, atol=1e-9)
    for i, expected in enumerate(equal):
        for part in parts:
            numpy.testing.assert_allclose(part[1][i], expected, atol=1e-9)
    for i, expected in enumerate(summed):
        numpy.testing.assert_allclose(sum(part[2][i] for part in parts), expected, atol=1e-9)


def keywords(across):
    return {} if across is None else {'across': across}


def drawn(*shapes):
    random = numpy.random.default_rng(0)
    return [random.standard_normal(shape) for shape in shapes]


@pytest.mark.parametrize('processes', PROCESSES)
@pytest.mark.parametrize('train', [True, False])
def test_batch_norm_act_and_a_penalty_on_its_gradients(processes, train):
    """The penalty weights every gradient by numbers that differ from sample to sample and from process to process."""
    def work(arrays, across):
        x, gy, weights, gamma, beta = (Variable(array) for array in arrays)
        mean, var = numpy.full(3, 0.3), numpy.full(3, 1.5)
        y = batch_norm_act(x, gamma, beta, running_mean=mean, running_var=var, **keywords(across))
        gx, ggamma, gbeta = chainer.grad([y], [x, gamma, beta], [gy], enable_double_backprop=True)
        penalty = functions.sum(functions.sin(gx) * weights)
        sums = [ggamma.array, gbeta.array]
        penalty.backward()
        return [y.array, gx.array, x.grad, gy.grad], [mean, var], [*sums, gamma.grad]

    with chainer.using_config('train', train):
        compare(work, drawn(SHAPE, SHAPE, SHAPE, 3, 3), processes)


@pytest.mark.parametrize('train', [True, False])
def test_several_batches(train):
    """Two halves of a batch, of each of which every process has a part."""
    def work(arrays, across):
        *parts, gamma, beta = arrays
        x, gy, gamma, beta = map(Variable, (numpy.concatenate(parts[:2]), numpy.concatenate(parts[2:]), gamma, beta))
        mean, var, half = numpy.full(3, 0.3), numpy.full(3, 1.5), len(parts[0])
        y = batch_norm_act(x, gamma, beta, running_mean=mean, running_var=var, batches=(half, half), **keywords(across))
        y.grad = gy.array
        y.backward()
        return [y.array[:half], y.array[half:], x.grad[:half], x.grad[half:]], [mean, var], [gamma.grad, beta.grad]

    with chainer.using_config('train', train):
        compare(work, drawn(SHAPE, SHAPE, SHAPE, SHAPE, 3, 3), 2)


@pytest.mark.parametrize('processes', PROCESSES)
def test_a_penalty_on_gradients_by_gamma_and_beta(processes):
    """They are parts of a sum: that sum's gradient comes to every process, here each with factors of its own."""
    factors = numpy.arange(1., 7).repeat(3).reshape(6, 3)

    def one(arrays, ranks, across):
        x, gy, gamma = (Variable(array) for array in arrays)
        y = batch_norm_act(x, gamma, numpy.zeros(3), running_mean=numpy.zeros(3), running_var=numpy.ones(3),
                           **keywords(across))
        gx, ggamma = chainer.grad([y], [x, gamma], [gy], enable_double_backprop=True)
        (functions.sum(gx ** 3) + functions.sum(ggamma * factors[ranks])).backward()
        return x.grad, gy.grad

    x, gy, gamma = drawn(SHAPE, SHAPE, 3)
    parts = spread(processes, lambda rank, across: one(
        [split(array, rank, processes) for array in (x, gy, gamma)], rank, across))
    # The same on one process, of Chainer's functions: a gamma a process, on that process' samples.
    whole_x, whole_gy, gammas = Variable(x), Variable(gy), Variable(numpy.tile(gamma, (processes, 1)))
    h = functions.batch_normalization(whole_x, numpy.ones(3), numpy.zeros(3), eps=2e-5)
    each = functions.repeat(gammas, SHAPE[0] // processes, axis=0)[:, :, None, None]
    y = functions.leaky_relu(h * functions.broadcast_to(each, SHAPE))
    gx, ggammas = chainer.grad([y], [whole_x, gammas], [whole_gy], enable_double_backprop=True)
    (functions.sum(gx ** 3) + functions.sum(ggammas * factors[:processes])).backward()
    for i, expected in enumerate((whole_x.grad, whole_gy.grad)):
        numpy.testing.assert_allclose(numpy.concatenate([part[i] for part in parts]), expected, atol=1e-9)


@pytest.mark.parametrize('processes', PROCESSES)
@pytest.mark.parametrize('with_noise', [True, False])
@pytest.mark.parametrize('train', [True, False])
def test_spade_norm(processes, with_noise, train):
    def work(arrays, across):
        gy, *inputs = arrays
        variables = [Variable(array) for array in inputs]
        mean, var = numpy.full(3, 0.3), numpy.full(3, 1.5)
        y = spade_norm(*variables, running_mean=mean, running_var=var, **keywords(across))
        y.grad = gy
        y.backward()
        x, gamma, beta, *more = variables
        return [y.array, x.grad, gamma.grad, beta.grad], [mean, var], [weight.grad for weight in more[:1]]

    noise = [(1, 3, 1, 1), (SHAPE[0], 1, *SHAPE[2:])] if with_noise else []
    with chainer.using_config('train', train):
        compare(work, drawn(SHAPE, SHAPE, SHAPE, SHAPE, *noise), processes)
