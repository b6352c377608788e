import chainer
import numpy
import pytest

from kernels.adam import adam_step
from spade_anime.training.optim.adam import Adam


@pytest.mark.parametrize('impl', [None, 'reference'])
@pytest.mark.parametrize('size', [1, 7, 100_003])
def test_step_against_the_paper(random, size, impl):
    p, g, m = random.normal(size=(3, size))
    v = random.uniform(size=size)
    expected_m = 0.5 * m + 0.5 * g
    expected_v = 0.9 * v + 0.1 * g * g
    expected = p - 1e-3 * expected_m / (numpy.sqrt(expected_v) + 1e-8)
    adam_step([(p, g, m, v)], 1e-3, 0.5, 0.9, 1e-8, impl)
    for actual, desired in ((p, expected), (m, expected_m), (v, expected_v)):
        numpy.testing.assert_allclose(actual, desired, rtol=1e-10, atol=1e-14)


def test_same_as_chainers_over_a_few_updates(random):
    links = [chainer.links.Linear(3, 4) for _ in range(2)]
    links[1].copyparams(links[0])
    optimizers = [optimizer(1e-2, 0.0, 0.9).setup(link)
                  for optimizer, link in zip((Adam, chainer.optimizers.Adam), links)]
    for _ in range(5):
        x = random.normal(size=(2, 3)).astype('f')
        for link, optimizer in zip(links, optimizers):
            optimizer.update(lambda link=link, x=x: chainer.functions.sum(link(x) ** 2))
    for first, second in zip(*(list(link.params()) for link in links)):
        numpy.testing.assert_allclose(first.array, second.array, rtol=1e-5, atol=1e-7)


def test_parameters_that_cannot_be_updated_in_place_are_refused():
    p = numpy.ones((4, 4)).T
    with pytest.raises(ValueError, match='contiguous'):
        adam_step([4 * (p[::2],)], 1e-3, 0.5, 0.9, 1e-8)
