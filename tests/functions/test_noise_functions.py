import numpy

from spade_anime.functions.noise import NoiseSource


def drawn(source, counts=(2, 1)):
    blocks = source.draw(numpy, counts)
    return [[stream.array((2, 1, 3, 4)) for stream in streams] for streams in blocks]


def test_every_layer_and_pass_gets_its_own():
    source = NoiseSource(3)
    first, second = drawn(source), drawn(source)
    assert [len(block) for block in first] == [2, 1]
    maps = [noise for blocks in (first, second) for block in blocks for noise in block]
    assert all(not numpy.isclose(a, b).any() for i, a in enumerate(maps) for b in maps[:i])


def test_the_seed_repeats_it():
    for a, b in zip(drawn(NoiseSource(3))[0], drawn(NoiseSource(3), (2,))[0]):
        numpy.testing.assert_array_equal(a, b)
    assert not numpy.isclose(drawn(NoiseSource(4))[0][0], drawn(NoiseSource(3))[0][0]).any()
