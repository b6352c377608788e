"""Options of the attribute GAN."""
import dataclasses

from spade_anime.choices import DOUBLING_MODES
from spade_anime.conditions.attributes.options import AttributeInputs
from spade_anime.fields import option
from spade_anime.systems.options import Declared, changed
from spade_anime.systems.vector_options import VectorOptions

KINDS = 'any', 'near'
"""Of which other image wrong attributes are."""


@dataclasses.dataclass(frozen=True)
class AttributeOptions(VectorOptions):
    """Defaults are those of the reference, with its faults mended."""

    model: str = changed('model', 'attribute')
    image_size: int = changed('image_size', 128)
    attribute_table: str = option('', 'data', 'table of attributes (CSV, JSON or CelebA\'s list), or directory of the '
                                  'SUN attribute database\'s .mat files; none: the data set\'s metadata', path=True)
    attribute_names: tuple = option((), 'data', 'attributes to use, in this order; none: all there are', names=True)

    gf: int = option(64, 'networks', 'channels of the generator before its last layer; they double towards its first',
                     low=1, high=2048)
    df: int = option(64, 'networks', 'channels of the discriminator\'s first layer; they double with each',
                     low=1, high=2048)
    z_size: int = option(10, 'networks', 'numbers of the noise', low=1, high=8192)
    upsampling: str = option('deconv', 'networks', 'how the generator doubles its size: deconvolutions, or resizing '
                             'and convolutions, which leave no checkerboard', choices=DOUBLING_MODES)
    full_size_ch: int = option(0, 'networks', 'channels of a last layer of the generator at the size of the image; the '
                               'layers of all sizes then add their colours to it; 0: none', low=0, high=2048)
    every_layer: bool = option(False, 'networks', 'attributes beside the input of every convolution')
    shift: int = option(0, 'networks', 'the discriminator sees images moved by up to so many pixels, which helps where '
                        'there are few', low=0, unit='px')
    wrong_attributes: str = option('any', 'losses', 'of which other image wrong attributes are: any, or one that '
                                   'differs in few', choices=KINDS)

    batch_size: int = changed('batch_size', 20)
    g_lr: float = changed('g_lr', 5e-4)
    g_beta1: float = changed('g_beta1', 0.1)
    d_lr: float = changed('d_lr', 5e-4)
    d_beta1: float = changed('d_beta1', 0.1)


PRESETS = {
    'reference': {},
    'tiny': {
        'image_size': 64, 'gf': 16, 'df': 16, 'upsampling': 'resize', 'shift': 2, 'wrong_attributes': 'near',
        'batch_size': 16, 'g_lr': 4e-4, 'd_lr': 6e-4, 'gp_coef': 0.5, 'gp_interval': 4, 'average_decay': 0.998,
        'lr_poly_train_period': 0.5, 'max_iteration': 2800, 'sample_interval': 200, 'snapshot_interval': 1400,
    },
}

DECLARED = Declared(AttributeOptions, PRESETS, (AttributeInputs,))
