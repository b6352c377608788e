import ctypes

import pytest

from spade_anime import gpus


class Driver:
    def __init__(self, devices, started=0):
        self.devices, self.started = devices, started

    def cuInit(self, flags):  # noqa: N802  (the driver's name)
        return self.started

    def cuDeviceGetCount(self, count):  # noqa: N802
        count._obj.value = self.devices
        return 0


@pytest.mark.parametrize('driver, found', [(Driver(1), True), (Driver(0), False), (Driver(2, started=100), False)])
def test_the_driver_is_asked(monkeypatch, driver, found):
    monkeypatch.setattr(gpus.importlib.util, 'find_spec', lambda _: object())
    monkeypatch.setattr(ctypes, 'CDLL', lambda _: driver)
    assert gpus.has_gpu() is found


def test_without_cupy_or_driver_there_is_none(monkeypatch):
    monkeypatch.setattr(gpus, 'DRIVER', 'libno_such_driver.so')
    assert not gpus.has_gpu()
    monkeypatch.setattr(gpus.importlib.util, 'find_spec', lambda _: None)
    monkeypatch.setattr(ctypes, 'CDLL', lambda _: Driver(1))
    assert not gpus.has_gpu()
