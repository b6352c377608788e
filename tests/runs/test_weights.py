import numpy
import pytest
from from_systems import of_system

from spade_anime.errors import WriteError
from spade_anime.runs import weights

PatchDiscriminator = of_system('spade.networks.PatchDiscriminator')
SpadeGenerator = of_system('spade.networks.SpadeGenerator')


def network(ngf=4):
    return SpadeGenerator(64, 4, ngf, 8)


def test_saved_network_comes_back(tmp_path, random):
    first, second = network(), network()
    first(random.rand(2, 4, 64, 64).astype('f'), random.rand(2, 3, 64, 64).astype('f'))
    weights.save_network(tmp_path / 'gen.npz', first)
    weights.load_network(tmp_path / 'gen.npz', second)
    assert [path.name for path in tmp_path.iterdir()] == ['gen.npz']
    saved, loaded = (weights.arrays_of(link) for link in (first, second))
    assert all(numpy.array_equal(saved[name], loaded[name]) for name in saved)


def test_half_precision_is_small_and_near(tmp_path):
    first, second = network(), network()
    weights.save_network(tmp_path / 'full.npz', first)
    weights.save_network(tmp_path / 'half.npz', first, numpy.float16)
    weights.load_network(tmp_path / 'half.npz', second)
    assert (tmp_path / 'half.npz').stat().st_size < 0.6 * (tmp_path / 'full.npz').stat().st_size
    numpy.testing.assert_allclose(second.head.W.array, first.head.W.array, atol=1e-3)
    assert second.head.W.dtype == numpy.float32


def test_interrupted_writing_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'gen.npz'
    weights.save_network(path, network())
    before = path.read_bytes()

    def full_disk(file, **arrays):
        file.write(b'half')
        raise OSError(28, 'No space left on device')
    monkeypatch.setattr(numpy, 'savez', full_disk)
    with pytest.raises(WriteError, match='gen.npz: cannot be written: No space left on device'):
        weights.save_network(path, network())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('content', [b'', b'PK\x03\x04 cut short', b'plain text'])
def test_damaged_files_are_refused_by_name(tmp_path, content):
    path = tmp_path / 'gen.npz'
    path.write_bytes(content)
    with pytest.raises(weights.SnapshotError, match='gen.npz'):
        weights.load_network(path, network())


def test_pickles_are_not_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return pytest.fail, ('a pickle was executed',)
    path = tmp_path / 'gen.npz'
    numpy.savez(path, **{'head/W': numpy.array([Trap()], dtype=object)})
    with pytest.raises(weights.SnapshotError, match='gen.npz'):
        weights.load_network(path, network())


def test_missing_file_and_other_networks_are_refused(tmp_path):
    with pytest.raises(weights.SnapshotError, match='no such file'):
        weights.load_network(tmp_path / 'none.npz', network())
    weights.save_network(tmp_path / 'gen.npz', network(8))
    with pytest.raises(weights.SnapshotError, match='blocks/0/conv1/W is') as caught:
        weights.load_network(tmp_path / 'gen.npz', network())
    assert '\n' not in str(caught.value)
    with pytest.raises(weights.SnapshotError, match='missing'):
        weights.load_network(tmp_path / 'gen.npz', PatchDiscriminator(8))
