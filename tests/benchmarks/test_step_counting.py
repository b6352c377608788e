"""Bytes and operations of a pass, counted, against known ones."""
from collections import Counter

import chainer
import chainer.functions as F
import numpy
import pytest
from from_systems import of_system

from benchmarks import counting
from benchmarks.floor import Work, floor
from spade_anime.functions.convolution import convolution_2d, convolution_2d_shared
from spade_anime.functions.linear import linear
from spade_anime.functions.matmul import matmul

PatchDiscriminator = of_system('spade.networks.PatchDiscriminator')
SpadeGenerator = of_system('spade.networks.SpadeGenerator')


def variables(*shapes):
    return [chainer.Variable(numpy.ones(shape, 'f')) for shape in shapes]


def operations(run):
    with counting.counted() as found:
        run()
    total = Counter()
    for work in found:
        total[work.name] += work.operations
    return +total


def test_full_networks_take_the_operations_that_the_specification_gives(random):
    image, label, color = (random.rand(1, channels, 256, 256).astype('f') for channels in (3, 4, 3))
    gen = SpadeGenerator(256, 4, 64, 32, align_corners=True, label_pooling='bilinear')
    dis = PatchDiscriminator(64, double_activation=True)
    with chainer.no_backprop_mode():
        assert sum(operations(lambda: gen(label, color)).values()) / 1e9 == pytest.approx(43.5, abs=0.05)
        assert sum(operations(lambda: dis(image, label, color)).values()) / 1e9 == pytest.approx(21.2, abs=0.05)


def test_gradients_of_a_convolution_cost_what_it_costs():
    x, W, b = variables((2, 3, 9, 8), (5, 3, 4, 3), (5,))
    found = operations(lambda: F.sum(convolution_2d(x, W, b, stride=2, pad=1)).backward())
    expected = 2 * 2 * 5 * 4 * 4 * 3 * 4 * 3
    assert found == dict.fromkeys(('_Convolution', '_InputGradient', '_WeightGradient'), expected)


def test_shared_convolutions_are_each_counted():
    x, *rest = variables((2, 3, 6, 5), (4, 3, 3, 3), (7, 3, 3, 3), (4,), (7,))

    def run():
        first, second = convolution_2d_shared(x, rest[:2], rest[2:])
        (F.sum(first) + F.sum(second)).backward()
    once = 2 * 2 * (4 + 7) * 6 * 5 * 3 * 9
    assert operations(run) == {'_SharedConvolution': once, '_SharedGradients': 2 * once}


@pytest.mark.parametrize('shapes, transa, transb', [
    (((3, 4), (4, 5)), False, False), (((4, 3), (5, 4)), True, True), (((2, 3, 4), (2, 5, 4)), False, True)])
def test_products_are_counted_whichever_way_they_lie(shapes, transa, transb):
    a, b = variables(*shapes)
    batch = shapes[0][0] if len(shapes[0]) == 3 else 1
    assert operations(lambda: matmul(a, b, transa, transb)) == {'_MatMul': 2 * batch * 3 * 4 * 5}


def test_a_fully_connected_layer_is_a_product():
    assert operations(lambda: linear(*variables((6, 3), (4, 3), (4,)))) == {'_Linear': 2 * 6 * 3 * 4}


def test_bytes_are_those_of_inputs_and_outputs_and_views_move_none():
    x, y = variables((2, 3), (2, 3))
    with counting.counted() as found:
        F.reshape(x + y, (6,))
    assert found == [Work('Add', 3 * 6 * 4), Work('Reshape', 0)]


def test_adam_moves_seven_arrays_an_update():
    link = chainer.links.Linear(3, 5)
    assert counting.adam(link, 2).moved == 2 * 7 * 4 * (15 + 5)


def test_the_floor_adds_up_what_bounds_each_function():
    work = [Work('copy', 100), Work('product', 10, 600)]
    assert floor(work, bandwidth=10, rate=100) == 10 + 6
