"""All that an iteration changes is put back, and a changed bit is seen."""
import tempfile

import numpy
import pytest
from small_updaters import run, training

from spade_anime.training.everything import Everything
from spade_anime.training.updater import GANUpdater


def full(*arguments, **settings):
    raise OSError('no space left')


@pytest.mark.parametrize('room', [True, False])
def test_all_is_put_back(room, monkeypatch):
    if not room:
        monkeypatch.setattr(tempfile, 'TemporaryFile', full)
    updater, gen, _ = training(GANUpdater, reuse_fake=True, augment=('color',))
    run(updater, 2)
    everything, array = Everything(updater), gen.to_image.W.array
    assert everything.stays()
    before = everything.digests()
    with everything.kept() as put_back:
        run(updater, 1)
        changed = [name for name, digest in everything.digests().items() if digest != before[name]]
        put_back()
    for part in ('gen/', 'dis/', '/m', '/t', 'penalty', 'fake', 'random/'):
        assert any(part in name for name in changed), part
    assert everything.digests() == before and gen.to_image.W.array is array and everything.stays()


def test_one_bit_and_another_place_are_seen():
    updater, gen, _ = training(GANUpdater)
    run(updater, 1)
    everything = Everything(updater)
    before = everything.digests()
    gen.to_image.W.array.view(numpy.int32)[0, 0, 0, 0] ^= 1
    assert [name for name, digest in everything.digests().items() if digest != before[name]] == ['gen/to_image/W']
    assert everything.stays()
    gen.to_image.W.array = gen.to_image.W.array.copy()
    assert not everything.stays()
