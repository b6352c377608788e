"""What one launch of Adam updates, array by array, on the host."""
import chainer
import numpy
import pytest

from spade_anime.training.optim.adam import Adam
from spade_anime.training.optim.average import WeightAverage
from spade_anime.training.optim.slots import Wide, slots_of


@pytest.fixture
def link():
    return chainer.links.BatchNormalization(3)


def slots(link, average=None):
    Adam().setup(link)
    return slots_of([(param.update_rule, param) for param in link.params()], average and WeightAverage(link, average))


def test_without_an_average_there_are_parameters_alone(link):
    found = slots(link)
    assert [slot.param.name for slot in found] == [param.name for param in link.params()]
    assert all(slot.tensor().average is None and slot.tensor().first is not None for slot in found)


def test_running_statistics_are_averaged_and_not_trained(link):
    found = slots(link, 0.5)
    alone = [slot for slot in found if slot.param is None]
    assert [slot.averaged.source.name for slot in alone] == ['avg_mean', 'avg_var'] and len(found) == 4
    for slot in alone:
        tensor = slot.tensor()
        assert tensor.first is None and tensor.average is slot.averaged.target.array and slot.gradient is None


def test_names_of_float32_forms_are_numbers_of_parameters_and_of_averages(link):
    """Snapshots of earlier runs have these names."""
    found = slots(link, 0.5)
    assert [slot.master.name for slot in found[:2]] == ['parameter_0', 'parameter_1']
    assert sorted(slot.averaged.wide.name for slot in found) == [f'average_{n}' for n in range(4)]


def test_another_array_and_a_disabled_rule_are_noticed(link):
    slot, other = slots(link)
    slot.tensor(), other.tensor()
    assert not slot.changed() and not other.changed()
    slot.param.array = slot.param.array.copy()
    other.rule.enabled = False
    assert slot.changed() and other.changed()
    assert other.tensor() is None and not other.changed()


def test_a_float32_form_is_made_once():
    half, wide = numpy.ones(3, 'e'), Wide('parameter_0')
    first = wide.of(half)
    first += 2 ** -12  # lost in half precision
    assert wide.of(half) is first and first.dtype == numpy.float32


@pytest.mark.parametrize('array', [None, numpy.arange(3, dtype='f')])
def test_a_float32_form_is_saved_where_there_is_one(array):
    saved, wide, other = chainer.serializers.DictionarySerializer(), Wide('average_2'), Wide('average_2')
    wide.array, other.array = array, numpy.zeros(1, 'f')
    wide.serialize(saved, numpy)
    assert set(saved.target) == {'has_average_2'} | ({'average_2'} if array is not None else set())
    other.serialize(chainer.serializers.NpzDeserializer(saved.target), numpy)
    numpy.testing.assert_array_equal(other.array, array)
