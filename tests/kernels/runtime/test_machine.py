"""Settings of the machine: one object, and the environment variable as its default."""
import pytest

from kernels.runtime.machine import VARIABLE, Machine, choose, machine, using


@pytest.mark.parametrize('variable, kernels, by_reference', [
    ('', None, False), ('reference', None, True), ('reference', 'own', False), ('', 'reference', True)])
def test_the_environment_variable_is_the_default_alone(monkeypatch, variable, kernels, by_reference):
    monkeypatch.setenv(VARIABLE, variable)
    assert Machine(kernels).by_reference == by_reference


def test_another_value_of_the_variable_is_refused(monkeypatch):
    monkeypatch.setenv(VARIABLE, 'quick')
    with pytest.raises(ValueError, match="SPADE_ANIME_KERNELS is 'quick'"):
        _ = Machine().by_reference


@pytest.mark.parametrize('wrong', [{'kernels': 'quick'}, {'precision': 'bf16'}])
def test_unknown_names_are_refused_and_nothing_changes(wrong):
    before = machine()
    with pytest.raises(ValueError, match=f'{next(iter(wrong))} is .* it may be'):
        choose(**wrong)
    assert machine() is before


def test_a_change_returns_what_held_before():
    before = choose(precision='fp32')
    assert before.precision == 'tf32' and machine().precision == 'fp32'
    with pytest.raises(ZeroDivisionError), using(kernels='reference'):
        assert machine() == Machine('reference', 'fp32')
        _ = 1 / 0
    assert machine() == Machine(precision='fp32')
