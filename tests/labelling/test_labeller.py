import dataclasses

import numpy
import pytest
from drawn_squares import TWO, drawing
from PIL import Image

from spade_anime.data.errors import DataError
from spade_anime.data.palette import FIVE, Palette
from spade_anime.labelling.labeller import Labeller, load, miou
from spade_anime.labelling.network import LabellingNetwork
from spade_anime.runs.weights import SnapshotError, arrays_of


def test_it_learns_from_few_drawings(learnt):
    labeller, shares = learnt
    assert miou(labeller, [drawing(i) for i in range(8, 12)]) > 0.8
    assert shares[0] == 0 and shares[-1] == 1 and shares == sorted(shares) and len(shares) == 13


def test_a_label_has_the_size_that_is_asked_for(learnt):
    picture, _ = drawing(9)
    for size in (48, 128, 200):
        classes, confidence = learnt[0].label(Image.fromarray(picture), size)
        assert classes.shape == confidence.shape == (size, size) and classes.dtype == numpy.uint8
        assert confidence.min() >= 0.5 and confidence.max() <= 1


def test_a_mirrored_drawing_has_the_mirrored_label(learnt):
    picture, _ = drawing(9)
    first, mirrored = (learnt[0].label(one, 64) for one in (picture, picture[:, ::-1].copy()))
    numpy.testing.assert_allclose(first.confidence, mirrored.confidence[:, ::-1], atol=1e-5)


def test_padding_is_background(learnt):
    picture = numpy.full((64, 32, 3), (220, 40, 40), numpy.uint8)
    with pytest.raises(DataError, match='has to be square, found 32 x 64.*--fit crop'):
        learnt[0].label(picture, 64)
    classes = learnt[0].label(picture, 64, 'pad').classes
    assert (classes[:, :16] == 1).all() and (classes[:, 48:] == 1).all() and (classes[:, 16:48] == 0).any()


def test_what_was_learnt_is_saved(learnt, tmp_path):
    labeller, _ = learnt
    labeller.save(tmp_path / 'cats.npz')
    loaded = load(tmp_path / 'cats.npz')
    assert loaded.palette == TWO and miou(loaded, [drawing(9)]) > 0.8


def test_labelling_goes_on_with_the_old_network_until_the_new_one_has_learnt(learnt):
    labeller = Labeller(learnt[0].network, TWO)
    before, during = arrays_of(labeller.network), []
    labeller.learn([drawing(0)], progress=lambda share: during.append(labeller.network), iterations=1)
    assert all(network is learnt[0].network for network in during) and labeller.network is not learnt[0].network
    for name, array in arrays_of(learnt[0].network).items():
        numpy.testing.assert_array_equal(array, before[name])


def test_other_classes_keep_what_is_known_of_those_of_the_same_name():
    labeller = Labeller(LabellingNetwork(5), FIVE)
    names = 'horn', 'hair', 'background'
    other = labeller.with_palette(Palette(names, FIVE.colors[:3], (0, 1, 2), background=2, hair=1))
    old, new = arrays_of(labeller.network), arrays_of(other.network)
    numpy.testing.assert_array_equal(new['head/W'][1], old['head/W'][FIVE.hair])
    numpy.testing.assert_array_equal(new['head/W'][2], old['head/W'][FIVE.background])
    numpy.testing.assert_array_equal(new['stem/conv1/W'], old['stem/conv1/W'])
    recolored = dataclasses.replace(FIVE, colors=FIVE.colors[::-1])
    assert labeller.with_palette(recolored).network is labeller.network


def test_faults_are_one_line(learnt, tmp_path):
    picture, classes = drawing(0)
    for pairs, told in (([], 'no examples'), ([(picture, classes[:, :8])], r'no array \(S, S\) of uint8 below 2'),
                        ([(picture, classes + 1)], 'below 2'), ([(tmp_path / 'none.png', classes)], 'no such file')):
        with pytest.raises(DataError, match=told):
            learnt[0].learn(pairs, iterations=1)
    numpy.savez(tmp_path / 'other.npz', a=numpy.zeros(3))
    for path in (tmp_path / 'none.npz', tmp_path / 'other.npz'):
        with pytest.raises(SnapshotError, match=f'{path.name}: (no such file|not a labeller)'):
            load(path)
