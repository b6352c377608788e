"""Options of pix2pix."""
import dataclasses

from spade_anime.conditions.attributes.options import AttributeInputs
from spade_anime.conditions.label_color.options import LabelColorInputs, LabelColorsInputs, LabelInputs
from spade_anime.data.options import fit_option
from spade_anime.fields import option
from spade_anime.systems.options import CommonOptions, Declared, changed

INPUTS = {'label_color': LabelColorInputs, 'label_colors': LabelColorsInputs, 'label': LabelInputs,
          'tags': AttributeInputs}
TAG_OPTIONS = 'attribute_table', 'attribute_names', 'label_key'


@dataclasses.dataclass(frozen=True)
class Pix2PixOptions(CommonOptions):
    """Defaults are the paper's numbers."""

    model: str = changed('model', 'pix2pix')
    condition: str = option('label_color', 'data', 'what is painted from: label map and hair colour, label map and '
                            'the colours of all regions, label map alone, '
                            'or tags, the attributes of a picture', choices=tuple(INPUTS))
    attribute_table: str = option('', 'data', 'for tags: table of attributes (CSV, JSON or CelebA\'s list), or '
                                  'directory of the SUN attribute database\'s .mat files; none: its metadata',
                                  path=True)
    attribute_names: tuple = option((), 'data', 'for tags: those to use, in this order; none: all there are',
                                    names=True)
    label_key: str = option('', 'data', 'for tags: key in the metadata whose value is a tag as well, such as hair')
    fit: str = fit_option('data')
    jitter: int = option(30, 'data', 'training images are made so much larger and cropped at random; 0: not', low=0,
                         high=1024, unit='px')

    ngf: int = option(64, 'networks', 'channels of the generator\'s outermost level', low=1, high=2048)
    ndf: int = option(64, 'networks', 'channels of the discriminator\'s first layer', low=1, high=2048)
    l1_coef: float = option(100.0, 'losses', 'weight of the mean absolute error; 0: none', low=0)


PRESETS = {
    'reference': {},
    'tiny': {
        'image_size': 64, 'jitter': 8, 'ngf': 24, 'ndf': 16, 'batch_size': 8, 'g_lr': 4e-4, 'd_lr': 2e-4,
        'gp_coef': 1.0, 'gp_interval': 4, 'average_decay': 0.998, 'lr_poly_train_period': 0.5,
        'max_iteration': 2000, 'sample_interval': 200, 'snapshot_interval': 1000,
    },
}

DECLARED = Declared(Pix2PixOptions, PRESETS, tuple(INPUTS.values()))
