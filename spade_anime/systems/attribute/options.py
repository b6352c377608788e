"""Options of the attribute GAN."""
import dataclasses

from spade_anime.fields import option
from spade_anime.systems.attribute.mismatched import KINDS
from spade_anime.systems.options import CommonOptions, changed


@dataclasses.dataclass(frozen=True)
class AttributeOptions(CommonOptions):
    """Defaults are those of the reference, with its faults mended."""

    model: str = changed('model', 'attribute')
    image_size: int = changed('image_size', 128)
    attribute_table: str = option('', 'data', 'CSV file of attributes, or directory of the SUN attribute database\'s '
                                  '.mat files; none: metadata.jsonl of the data set')
    attribute_names: tuple = option((), 'data', 'attributes to use, in this order; none: all there are', names=True)

    gf: int = option(64, 'networks', 'channels of the generator before its last layer; they double towards its first',
                     low=1, high=2048)
    df: int = option(64, 'networks', 'channels of the discriminator\'s first layer; they double with each',
                     low=1, high=2048)
    z_size: int = option(10, 'networks', 'numbers of the noise', low=1, high=8192)
    every_layer: bool = option(False, 'networks', 'attributes beside the input of every convolution')
    batch_norm: bool = option(True, 'networks', 'batch normalisation in the discriminator')
    shift: int = option(0, 'networks', 'the discriminator sees images moved by up to so many pixels, which helps where '
                        'there are few', low=0, unit='px')
    wrong_attributes: str = option('any', 'losses', 'of which other image wrong attributes are: any, or one that '
                                   'differs in few', choices=KINDS)

    batch_size: int = changed('batch_size', 20)
    g_lr: float = changed('g_lr', 5e-4)
    g_beta1: float = changed('g_beta1', 0.1)
    d_lr: float = changed('d_lr', 5e-4)
    d_beta1: float = changed('d_beta1', 0.1)
