"""Options and presets of the SPADE system. Names of the lineage's command line are kept where they exist."""
import dataclasses
from typing import Any

from spade_anime.choices import PENALTY_FORMS, UPSAMPLING_MODES
from spade_anime.conditions.label_color.options import LabelColorInputs, LabelColorsInputs
from spade_anime.data.options import fit_option
from spade_anime.fields import option
from spade_anime.systems.options import CommonOptions, Declared, changed
from spade_anime.systems.spade.lineage import LINEAGE_FORM
from spade_anime.systems.spade.vgg_groups import GROUPS

BLOCKS = 1, 2, 4
KINDS = {'hair': 'label_color', 'all': 'label_colors'}
"""Condition by the regions that have colours."""


@dataclasses.dataclass(frozen=True)
class SpadeOptions(CommonOptions):
    """Defaults are the lineage's numbers, with its faults mended."""

    fit: str = fit_option('data')
    use_rough: bool = option(False, 'data', 'train on a second set with machine-made labels as well')
    rough_dataset_dir: str = option('', 'data', 'directory of that second set', changeable=True, path=True)
    img_shape: tuple = option((), 'data', 'image shape as the lineage gave it, "3,256,256"; use --image_size')
    c_shape: tuple = option((), 'data', 'shape of the colour map as the lineage gave it; must equal --img_shape')
    color_regions: str = option('hair', 'data', 'regions whose colour the colour map gives: the hair, or all, measured '
                                'in the pictures', choices=tuple(KINDS))

    ngf: int = option(64, 'networks', 'channels of the generator, in units of which all others are given',
                      low=2, high=2048)
    ndf: int = option(64, 'networks', 'channels of the discriminator, likewise', low=2, high=2048)
    spade_ch: int = option(32, 'networks', 'channels of the mapped conditions; a multiple of 8', low=8, high=2048)
    division_ch: int = option(8, 'networks', 'channels of self-attention are ndf * 4 divided by this', low=1, high=2048)
    start_size: int = option(4, 'networks', 'size at which the generator starts (the lineage: image_size / 64)',
                             low=1, unit='px')
    label_pooling: str = option('area', 'networks', 'how the label shrinks to the start size; bilinear loses '
                                'small eyes', choices=('area', 'bilinear'))
    block: int = option(1, 'networks', 'the generator works on blocks of so many pixels squared: a picture of twice '
                        'the size in nearly the same time', choices=BLOCKS, unit='px')
    dis_block: int = option(1, 'networks', 'the discriminator likewise', choices=BLOCKS, unit='px')
    pixel_ch: int = option(0, 'networks', 'channels of a last layer at full size, which reads the label and the colour '
                           'map as well; 0: none', low=0, high=2048)
    discriminator: str = option('patch', 'networks', 'patch judges patches beside their condition; oasis finds the '
                                'class of every pixel, or that it is painted', choices=('patch', 'oasis'))
    least_ch: int = option(1, 'networks', 'no block of the generator has fewer channels', low=1, high=2048)
    noise: bool = option(True, 'networks', 'add noise before each normalisation')
    composed: bool = option(False, 'networks', 'paint over the colour map, with an opacity for every pixel, so '
                            'that flat colours need not be learnt; with --color_regions all')
    color_blocks: int = option(2, 'networks', 'the colour map drives this many of the last blocks', low=0)
    upsampling_mode: str = option('bilinear', 'networks', 'how the generator doubles its size',
                                  choices=UPSAMPLING_MODES)
    align_corners: bool = option(False, 'networks', 'interpolate with aligned corners, as the lineage, instead of '
                                 'half-pixel centres')
    conv_norm: str = option('spectral_norm_hook', 'networks', 'weights of convolutions: spectrally normalised '
                            '(both names mean the same here) or original',
                            choices=('original', 'spectral_norm', 'spectral_norm_hook'))
    use_aspp: bool = option(False, 'networks', 'end the mapping networks with atrous spatial pyramid pooling')
    aspp_nf: int = option(256, 'networks', 'channels of each branch of the pyramid', low=1, high=2048)
    double_activation: bool = option(False, 'networks', 'apply the first leaky ReLU of the discriminator\'s '
                                     'residual blocks twice, as the lineage')

    adv_loss_mode: str = changed('adv_loss_mode', 'hinge')
    gp_coef: float = changed('gp_coef', 10.0)
    zero_gp_mode: str = option('real', 'losses', 'images on which the gradient is penalised; both is real_fake',
                               choices=('real', 'fake', 'real_fake', 'both'))
    gp_form: str = option('square_then_sum', 'losses', 'true R1, or the lineage\'s square of the sum',
                          choices=PENALTY_FORMS)
    fm_coef: float = option(10.0, 'losses', 'weight of feature matching; 0: none', low=0)
    l1_coef: float = option(0.0, 'losses', 'weight of the mean absolute error; 0: none', low=0)
    labelmix_coef: float = option(0.0, 'losses', 'weight of LabelMix: the discriminator oasis judges mixtures of real '
                                  'and painted regions as it does the two; 0: none', low=0)
    perceptual_coef: float = option(10.0, 'losses', 'weight of the perceptual loss, which --perceptual_weights '
                                    'turns on', low=0)
    perceptual_model: str = option('VGG16', 'losses', 'network of the perceptual loss', choices=tuple(GROUPS))
    perceptual_mode: str = option('MAE', 'losses', 'distance of its features', choices=('MAE', 'MSE'))
    perceptual_weights: str = option('', 'losses', 'npz file with its weights (conv1_1/W, conv1_1/b, ...)', path=True)
    reuse_fake: bool = option(False, 'losses', 'the discriminator judges what the generator last painted for its own '
                              'update, instead of painting anew: a sixth faster')
    ms_coef: float = option(0.0, 'losses', 'weight of mode seeking, which rewards variety; 0: none', low=0)
    rough_loss_weight: float = option(0.1, 'losses', 'weight of all losses on the rough set', low=0)

    g_lr: float = changed('g_lr', 5e-5)
    g_beta1: float = changed('g_beta1', 0.0)
    g_beta2: float = changed('g_beta2', 0.9)
    d_beta1: float = changed('d_beta1', 0.0)
    d_beta2: float = changed('d_beta2', 0.9)
    n_dpg: int = changed('n_dpg', 2)
    lr_poly_train_period: float = changed('lr_poly_train_period', 0.4)
    snap_interval_epoch: int = changed('snap_interval_epoch', 50)


TINY: dict[str, Any] = {
    'image_size': 64, 'ngf': 16, 'ndf': 16, 'color_blocks': 5, 'batch_size': 4, 'n_dpg': 1,
    'g_lr': 4e-4, 'd_lr': 2e-4, 'gp_interval': 4, 'l1_coef': 10.0, 'average_decay': 0.998,
    'reuse_fake': True,
    'max_iteration': 1500, 'sample_interval': 150, 'snapshot_interval': 500, 'snap_interval_epoch': 0,
}
COLORED: dict[str, Any] = {'color_regions': 'all', 'composed': True, 'noise': False, 'l1_coef': 30.0}
"""Colours of all regions, over which the generator paints lines and light."""
PRESETS: dict[str, dict[str, Any]] = {
    'full': COLORED | {'pixel_ch': 32},
    'lineage': LINEAGE_FORM | {'average_decay': 0.0},
    'tiny': TINY,
    'small': TINY | COLORED | {'image_size': 128, 'block': 2, 'dis_block': 2, 'pixel_ch': 16, 'gp_coef': 1.0,
                              'g_lr': 1e-3, 'd_lr': 1e-4, 'max_iteration': 1200, 'snapshot_interval': 400},
}

CPU_PRESET = 'small'
LEAST_IN_BLOCKS = 64
"""Smaller pictures, in pixels, are too few for the blocks of a preset."""
DECLARED = Declared(SpadeOptions, PRESETS, (LabelColorInputs, LabelColorsInputs), CPU_PRESET)
