"""The benchmark's captured side, on a stand-in for CUDA."""
from cuda_stand_in import StandIn
from from_systems import needs

from benchmarks.chainer_sides import Captured
from benchmarks.sides import Settings


@needs('spade')
def test_the_captured_side_replays(monkeypatch):
    class Standing(StandIn):
        def __init__(self):
            super().__init__(list)
    monkeypatch.setattr('spade_anime.training.cuda_graphs.CUDAGraphs', Standing)
    side = Captured(Settings(batch=2, size=64, ngf=2))
    side.seconds('iteration', 6)
    assert side.graphs.log.count('replay') == 2
