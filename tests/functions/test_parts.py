"""Draws for a batch that is spread over processes are those of one process with the whole batch."""
import numpy
import pytest
from from_systems import of_system

from kernels.runtime.machine import using
from spade_anime.functions.noise import NoiseSource
from spade_anime.functions.parts import BatchPart, own_part
from spade_anime.layers.latent import LatentNoise

WrongVectors = of_system('attribute.mismatched.WrongVectors')
KINDS = of_system('attribute.options.KINDS')
UNetGenerator = of_system('pix2pix.networks.UNetGenerator')
SpadeGenerator = of_system('spade.networks.SpadeGenerator')
OtherCaptions = of_system('stackgan.objective.OtherCaptions')

VECTORS = numpy.unpackbits(numpy.arange(16, dtype=numpy.uint8)[:, None], axis=1).astype(numpy.float32)


def flat(drawn):
    """Arrays of nested lists and tuples, in order."""
    return [array for one in drawn for array in flat(one)] if isinstance(drawn, (list, tuple)) else [drawn]


def noise_of(network):
    def make():
        numpy.random.seed(0)
        made = network()
        return lambda part: made.draw_noise(len(part))
    return make


def wrong_by(mismatched, vectors):
    def make():
        numpy.random.seed(0)
        made = mismatched()
        return lambda part: made(vectors[part])
    return make


DRAWS = {
    'spade': noise_of(lambda: SpadeGenerator(64, 8, 2, 8)),
    'pix2pix': noise_of(lambda: UNetGenerator(3, 32, 2)),
    **{f'wrong attributes, {kind}': wrong_by(lambda kind=kind: WrongVectors(VECTORS, kind, 3), VECTORS)
       for kind in KINDS},
    'wrong captions': wrong_by(lambda: OtherCaptions(list(VECTORS[:, None]), list(range(len(VECTORS)))), VECTORS),
}
for distribution in ('normal', 'uniform'):
    def make(distribution=distribution):
        numpy.random.seed(0)
        noise = LatentNoise(5, distribution)
        return lambda part: noise.draw(len(part))
    DRAWS[distribution] = make


@pytest.mark.parametrize('name', DRAWS)
@pytest.mark.parametrize('processes', [2, 4])
def test_parts_are_those_of_the_whole(name, processes):
    """Twice: the generators have to be in the same state after the first draw."""
    make, samples = DRAWS[name], numpy.arange(8)
    whole, parts = make(), [make() for _ in range(processes)]
    for _ in range(2):
        expected = flat(whole(samples))
        drawn = []
        for rank, (part, own) in enumerate(zip(parts, numpy.split(samples, processes))):
            with using(part=BatchPart(rank, processes)):
                drawn.append(flat(part(own)))
        for whole_array, *arrays in zip(expected, *drawn):
            numpy.testing.assert_array_equal(numpy.concatenate(arrays), whole_array)


def test_draws_from_a_generator_that_is_given_are_whole():
    """Samples and metrics are painted by one process."""
    noise = LatentNoise(3)
    with using(part=BatchPart(1, 2)):
        drawn = noise.draw(2, numpy.random.default_rng(1))
    numpy.testing.assert_array_equal(drawn, noise.draw(2, numpy.random.default_rng(1)))


def test_what_is_nested_is_taken_apart():
    with using(part=BatchPart(1, 2)):
        drawn = own_part(1, lambda count: [(numpy.arange(count),), numpy.arange(10, 10 + count)])
    assert drawn == [([1],), [11]]


def test_streams_of_processes_differ_and_their_source_does_not():
    """On a GPU noise is made where it is needed: each process has another stream of one source."""
    sources, drawn = [NoiseSource(3) for _ in range(3)], []
    for rank, source in enumerate(sources):
        with using(part=BatchPart(rank, len(sources))):
            (stream,), = source.draw(numpy, [1])
        drawn.append(stream.array((1, 1, 8, 8)))
    assert sources[0].words() == sources[1].words() == sources[2].words() == [3, 0, 1, 0]
    assert all(abs(one - other).max() > 0.1 for one, other in zip(drawn, drawn[1:] + drawn[:1]))
