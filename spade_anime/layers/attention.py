"""Self-attention over pixels (Zhang et al. 2019, arXiv:1805.08318)."""
import chainer
import chainer.functions as F

from spade_anime.functions.attention import attention_softmax
from spade_anime.functions.matmul import matmul
from spade_anime.layers.convolution import Convolution2D
from spade_anime.types import Operand


class SelfAttention(chainer.Chain):
    """``x + gain * output(values softmax(queries^T keys))``, normalised over the first index; gain starts at 0.

    Queries, keys and values have ``channels / division`` channels.
    """

    def __init__(self, channels: int, division: int, spectral: bool):
        super().__init__()
        hidden = channels // division
        with self.init_scope():
            self.query = Convolution2D(channels, hidden, 1, spectral=spectral)
            self.key = Convolution2D(channels, hidden, 1, spectral=spectral)
            self.value = Convolution2D(channels, hidden, 1, spectral=spectral)
            self.output = Convolution2D(hidden, channels, 1, spectral=spectral)
            self.gain = chainer.Parameter(0, (1,))

    def forward(self, x: Operand) -> chainer.Variable:
        """(B, channels, H, W) to the same shape."""
        batch, _, height, width = x.shape
        query, key, value = (F.reshape(convolution(x), (batch, -1, height * width))
                             for convolution in (self.query, self.key, self.value))
        attention = attention_softmax(matmul(query, key, transa=True))
        # Channels stay where they are in memory, first or last.
        attended = F.reshape(matmul(value, attention, order='A'), (batch, -1, height, width))
        gain = F.broadcast_to(F.reshape(self.gain, (1, 1, 1, 1)), x.shape)
        return x + gain * self.output(attended)
