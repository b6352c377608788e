import pytest
from drawn_squares import TWO, drawing

from spade_anime.labelling import labeller
from spade_anime.labelling.network import LabellingNetwork


@pytest.fixture(scope='package', autouse=True)
def small():
    """Drawings are seen at 32 px, which is quicker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labeller, 'SIZE', 32)
        yield


@pytest.fixture(scope='package')
def learnt(small):
    """A labeller that tells a red square from its background, and the shares of its training that it called."""
    cats = labeller.Labeller(LabellingNetwork(2), TWO)
    shares = []
    cats.learn([drawing(i) for i in range(4)], progress=shares.append, iterations=12)
    return cats, shares


@pytest.fixture(scope='package')
def stored(learnt, tmp_path_factory):
    """Its file."""
    path = tmp_path_factory.mktemp('labeller') / 'cats.npz'
    learnt[0].save(path)
    return path
