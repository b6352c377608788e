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
        'gf': 16, 'gfc': 256, 'df': 32, 'dfc': 256, 'batch_size': 16, 'g_lr': 4e-4, 'd_lr': 8e-4, 'gp_coef': 1.0,
        'gp_interval': 4, 'average_decay': 0.998, 'max_iteration': 1000, 'sample_interval': 250,
        'snapshot_interval': 500,
    },
}

DECLARED = Declared(DCGANOptions, PRESETS, (ClassInputs,))
