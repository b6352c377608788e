"""A network whose spectrally normalised weights are made together."""
import chainer

from spade_anime.functions.spectral_norm import SpectralLayers
from spade_anime.layers.convolution import _Convolution


class SpectralChain(chainer.Chain):
    """Before each call, normalises the weights of all its convolutions at once, each as it would itself.

    On a GPU that takes four launches instead of four a layer. Every spectrally normalised convolution below has to be
    used exactly once a call, as its step of the power iteration is taken here.
    """

    def __init__(self):
        super().__init__()
        self._layers = SpectralLayers()

    def __call__(self, *args, **kwargs):
        links = [link for link in self.links() if isinstance(link, _Convolution) and link.spectral]
        weights = self._layers.normalize([link.W for link in links], [link.W_u for link in links],
                                         [link.axis for link in links], chainer.config.train)
        for link, weight in zip(links, weights):
            link.normalized = weight
        try:
            return super().__call__(*args, **kwargs)
        finally:
            for link in links:
                link.normalized = None
