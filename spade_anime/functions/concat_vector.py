"""A vector beside every pixel of a feature map."""
import chainer
import chainer.functions as F


def concat_vector(x, vector) -> chainer.Variable:
    """Channels of ``x`` (B, C, H, W), or (B, C), followed by those of ``vector`` (B, n), the same at every pixel."""
    if x.ndim == 2:
        return F.concat((x, vector))
    maps = F.broadcast_to(F.reshape(vector, (*vector.shape, 1, 1)), (*vector.shape, *x.shape[2:]))
    return F.concat((x, maps))
