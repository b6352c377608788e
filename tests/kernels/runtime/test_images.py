"""What is refused of images and of vectors beside them, before any of it is launched."""
import numpy
import pytest

from kernels import spade_norm
from kernels.bias_act import bias_act
from kernels.runtime import images


def test_arrays_on_two_devices_are_refused(monkeypatch):
    x, b = numpy.zeros((1, 2, 3, 4), 'f'), numpy.zeros(2, 'f')
    monkeypatch.setattr(images, 'array_module', lambda array: 'NumPy' if array is x else 'another')
    with pytest.raises(TypeError, match='bias_act: x and b are on different devices'):
        bias_act(x, b)


def test_noise_on_another_device_is_refused(monkeypatch):
    x, weight, noise = numpy.zeros((1, 2, 3, 4), 'f'), numpy.zeros((1, 2, 1, 1), 'f'), numpy.zeros((1, 1, 3, 4), 'f')
    monkeypatch.setattr(spade_norm, 'array_module', lambda array: 'another' if array is noise else 'NumPy')
    with pytest.raises(TypeError, match='spade_norm: x and noise are on different devices'):
        spade_norm.modulate(x, x, x, weight, noise)
