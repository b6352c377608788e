"""Options and presets of DCGAN."""
import dataclasses
from typing import Any

from spade_anime.choices import DOUBLING_MODES
from spade_anime.conditions.classes.options import ClassInputs
from spade_anime.fields import option
from spade_anime.systems.options import Declared, changed
from spade_anime.systems.vector_options import VectorOptions


@dataclasses.dataclass(frozen=True)
class DCGANOptions(VectorOptions):
    """Defaults are the reference's numbers, with its faults mended."""

    model: str = changed('model', 'dcgan')
    image_size: int = changed('image_size', 64)
    label_key: str = option('', 'data', 'key of the metadata whose value is the class; without metadata the '
                            'classes are folders or IDX files')
    class_names: tuple = option((), 'data', 'classes in the order of their vector; none: those found', names=True)

    z_dim: int = option(100, 'networks', 'values of noise, uniform in -1..1', low=1, high=8192)
    gf: int = option(64, 'networks', 'half the channels of the maps in the generator', low=1, high=2048)
    doublings: int = option(2, 'networks', 'how often the generator doubles its size, and the discriminator halves it',
                            low=2, high=6)
    upsampling: str = option('deconv', 'networks', 'how the generator doubles its size: deconvolutions, or resizing '
                             'and convolutions, which leave no checkerboard', choices=DOUBLING_MODES)
    full_size_ch: int = option(0, 'networks', 'channels of a last layer of the generator at the size of the image; the '
                               'layers of all sizes then add their colours to it; 0: none', low=0, high=2048)
    gfc: int = option(1024, 'networks', 'width of its fully connected layer', low=1, high=8192)
    df: int = option(64, 'networks', 'channels of the discriminator\'s second convolution', low=1, high=2048)
    dfc: int = option(1024, 'networks', 'width of its fully connected layer', low=1, high=8192)

    batch_size: int = changed('batch_size', 64)
    max_iteration: int = changed('max_iteration', 20_000)
    sample_interval: int = changed('sample_interval', 100)
    snapshot_interval: int = changed('snapshot_interval', 2000)


PRESETS: dict[str, dict[str, Any]] = {
    'reference': {},
    'tiny': {
        'gf': 24, 'gfc': 256, 'df': 32, 'dfc': 128, 'z_dim': 48, 'encoder_ch': 24, 'doublings': 4,
        'upsampling': 'resize', 'full_size_ch': 16, 'batch_norm': False, 'deviation': True,
        'reconstruction_coef': 150.0, 'latent_coef': 0.3, 'gp_coef': 0.1, 'gp_interval': 4, 'batch_size': 16,
        'g_lr': 1e-3, 'd_lr': 5e-4, 'd_beta1': 0.0, 'average_decay': 0.998, 'lr_poly_train_period': 0.5,
        'max_iteration': 1600, 'sample_interval': 200, 'snapshot_interval': 800,
    },
}


def preset(name: str, given: dict) -> dict:
    """Values of a preset; a size that does not halve so often is doubled less often."""
    values = PRESETS[name]
    size, most = given.get('image_size', 64), values.get('doublings', 2)
    return values | {'doublings': next((count for count in range(most, 2, -1) if size % 2 ** count == 0), 2)}


DECLARED = Declared(DCGANOptions, PRESETS, (ClassInputs,))
