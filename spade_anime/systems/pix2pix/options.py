"""Options of pix2pix."""
import dataclasses

from spade_anime.conditions.attributes.condition import Tags
from spade_anime.conditions.condition import Condition
from spade_anime.conditions.label_color.condition import Label, LabelColor
from spade_anime.fields import option
from spade_anime.systems.options import CommonOptions, changed

KINDS: dict[str, type[Condition]] = {kind.KIND: kind for kind in (LabelColor, Label, Tags)}
TAG_OPTIONS = 'attribute_table', 'attribute_names', 'label_key'


@dataclasses.dataclass(frozen=True)
class Pix2PixOptions(CommonOptions):
    """Defaults are the paper's numbers."""

    model: str = changed('model', 'pix2pix')
    condition: str = option('label_color', 'data', 'what is painted from: label map and hair colour, label map alone, '
                            'or tags, the attributes of a picture', choices=tuple(KINDS))
    attribute_table: str = option('', 'data', 'for tags: CSV file of attributes, or directory of the SUN attribute '
                                  'database\'s .mat files; none: metadata.jsonl of the data set')
    attribute_names: tuple = option((), 'data', 'for tags: those to use, in this order; none: all there are',
                                    names=True)
    label_key: str = option('', 'data', 'for tags: key in metadata.jsonl whose value is a tag as well, such as hair')
    jitter: int = option(30, 'data', 'training images are made so much larger and cropped at random; 0: not', low=0,
                         high=1024, unit='px')

    ngf: int = option(64, 'networks', 'channels of the generator\'s outermost level', low=1, high=2048)
    ndf: int = option(64, 'networks', 'channels of the discriminator\'s first layer', low=1, high=2048)
    l1_coef: float = option(100.0, 'losses', 'weight of the mean absolute error; 0: none', low=0)
