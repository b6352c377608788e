import numpy as np
import pytest

from spade_anime.conditions.label_color.dataset import Mirrored, open_dataset, split


class Named:
    def __init__(self, names):
        self.names = names

    def __len__(self):
        return len(self.names)

    def __getitem__(self, i):
        return self.names[i]


def parts(count, **options):
    training, validation = split(Named([f'{i:04d}.png' for i in range(count)]), **options)
    return [training[i] for i in range(len(training))], [validation[i] for i in range(len(validation))]


@pytest.mark.parametrize('count, share, expected', [
    (1, 0.1, 0), (2, 0.1, 1), (5, 0.1, 1), (160, 0.1, 16), (10, 0, 0), (3, 1, 2)])
def test_sizes(count, share, expected):
    training, validation = parts(count, validation=share)
    assert len(validation) == expected and len(training) == count - expected
    assert not set(training) & set(validation) and len(set(training + validation)) == count
    assert training == sorted(training) and validation == sorted(validation)


def test_the_split_depends_on_names_and_seed_alone():
    training, validation = parts(100)
    assert (training, validation) == parts(100)
    assert validation != parts(100, seed=1)[1]
    shuffled = Named(training[::-1] + validation)
    again = split(shuffled)[1]
    assert sorted(again[i] for i in range(len(again))) == validation


def test_a_growing_set_keeps_its_sides():
    before, after = set(parts(200)[1]), set(parts(220)[1])
    assert len(before - after) <= 6


def test_without_names_the_indexes_count():
    training, validation = split(np.arange(20), validation=0.25)
    assert len(training) == 15 and len(validation) == 5


def test_mirrored_copies_follow_the_samples(strips):
    dataset = open_dataset(strips, 24)
    mirrored = Mirrored(dataset)
    assert len(mirrored) == 10
    for plain, copy, flipped in zip(dataset[3], mirrored[3], mirrored[8]):
        np.testing.assert_array_equal(copy, plain)
        np.testing.assert_array_equal(flipped, plain[:, :, ::-1])
        assert flipped.flags.c_contiguous
    assert not np.array_equal(mirrored[3][1], mirrored[8][1])


def test_one_sample(strips):
    for path in sorted(strips.iterdir())[1:]:
        path.unlink()
    training, validation = split(open_dataset(strips, 16))
    assert len(training) == 1 and len(validation) == 0 and len(Mirrored(training)) == 2
