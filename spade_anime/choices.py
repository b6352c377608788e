"""Names that options choose among, and losses and layers compute by. They need no Chainer."""
from kernels.gradient_penalty import FORMS as PENALTY_FORMS

__all__ = ['ADVERSARIAL_LOSSES', 'DOUBLING_MODES', 'PENALTY_FORMS', 'UPSAMPLING_MODES']

ADVERSARIAL_LOSSES = 'hinge', 'bce', 'mse', 'wgan'
DOUBLING_MODES = 'deconv', 'resize'
UPSAMPLING_MODES = 'bilinear', 'nearest', 'deconv', 'subpx_conv'
