"""What pix2pix paints from: how each kind of condition is read, shown and measured."""
from spade_anime.conditions.attributes.dataset import MirroredAttributes, switched_on
from spade_anime.conditions.attributes.tags import open_tags
from spade_anime.conditions.label_color.dataset import LabelledDataset, PairedDataset, open_dataset
from spade_anime.conditions.label_color.inputs import read_inputs
from spade_anime.data.described import DescribedImages
from spade_anime.data.palette import CHANNELS, NAMES, label_to_rgb
from spade_anime.data.pictures import text_tile, to_pixels
from spade_anime.data.splitting import Mirrored
from spade_anime.evaluation.color import hair_color_error, mean_absolute_error
from spade_anime.evaluation.segmentation_judge import LabelJudge
from spade_anime.fields import OptionError
from spade_anime.systems.attribute.system import AttributeSystem
from spade_anime.systems.augmentation import label_and_color, unchanged
from spade_anime.systems.system import Conditions


class LabelAndColor:
    """Label map and hair-colour map."""

    TEXT = 'a label map and a hair-colour map'
    INPUTS = ('label', 'color')
    adapted = staticmethod(label_and_color)

    def __init__(self, options):
        self.options = options

    def suggestion(self) -> str:
        """Flags that paint something."""
        return '--label examples/seg.png --color examples/color.png'

    def shapes(self) -> list:
        """Shapes of a condition's arrays."""
        return [(channels, self.options.image_size, self.options.image_size) for channels in (CHANNELS, 3)]

    def channels(self) -> int:
        """Channels of all arrays of a condition together."""
        return sum(shape[0] for shape in self.shapes())

    def open(self, image_size: int) -> PairedDataset:
        """The whole data set, samples ``(image, label, color)``."""
        return open_dataset(self.options.dataset_dir, image_size)

    def mirrored(self, dataset) -> Mirrored:
        """A data set and its mirror images."""
        return Mirrored(dataset)

    def read(self, inputs, seed: int) -> Conditions:
        """What the user names; a missing colour is drawn by ``seed``."""
        return Conditions([(name, (label, color)) for name, label, color
                           in read_inputs(inputs.label, inputs.color, self.options.image_size, seed)])

    def tiles(self, label, color) -> dict:
        """Pictures of a condition, by caption."""
        return {'label': label_to_rgb(label), 'colour': to_pixels(color * 2 - 1)}

    def metrics(self, painted, images, labels, colors) -> dict:
        """Scores of painted images against the true ones."""
        return {'hair_color_error': hair_color_error(painted, labels, colors),
                'mean_absolute_error': mean_absolute_error(painted, images)}

    def judges(self, training, directory) -> list:
        """Label agreement."""
        return [LabelJudge(training, NAMES, directory)]


class Label(LabelAndColor):
    """Label map alone."""

    TEXT = 'a label map'
    INPUTS = ('label',)

    def suggestion(self) -> str:
        """Flags that paint something."""
        return '--label examples/seg.png'

    def shapes(self) -> list:
        """Shape of a label map."""
        return super().shapes()[:1]

    def open(self, image_size: int) -> LabelledDataset:
        """The whole data set, samples ``(image, label)``."""
        paired = super().open(image_size)
        return LabelledDataset(paired.samples, paired.image_size, paired.problems)

    def read(self, inputs, seed: int) -> Conditions:
        """What the user names."""
        return Conditions([(name, (label,)) for name, (label, _) in super().read(inputs, seed).named])

    @staticmethod
    def adapted(condition: tuple, draw) -> tuple:
        """Label map of images that a ``draw`` has changed."""
        return draw.maps(condition[0]),

    def tiles(self, label) -> dict:
        """Picture of a condition."""
        return {'label': label_to_rgb(label)}

    def metrics(self, painted, images, labels) -> dict:
        """Score of painted images against the true ones."""
        return {'mean_absolute_error': mean_absolute_error(painted, images)}


class Tags:
    """Tags, attributes and words: a vector that the networks spread over constant maps."""

    TEXT = 'tags'
    INPUTS = ('attributes',)
    adapted = staticmethod(unchanged)

    def __init__(self, options):
        self.options = options

    def suggestion(self) -> str:
        """Flags that paint something."""
        return f'--attributes {",".join(self.options.attribute_names[:2])} --samples 4'

    def shapes(self) -> list:
        """Shape of the tags."""
        return [(self.channels(),)]

    def channels(self) -> int:
        """How many tags there are."""
        return len(self.options.attribute_names)

    def open(self, image_size: int) -> DescribedImages:
        """The whole data set, samples ``(image, vector)``; fills in the names of the tags."""
        o = self.options
        o.attribute_names, dataset = open_tags(o.dataset_dir, o.attribute_table, o.label_key, image_size,
                                               o.attribute_names)
        return dataset

    def mirrored(self, dataset) -> Mirrored:
        """A data set and its mirror images, in which left and right attributes trade places."""
        return Mirrored(dataset, MirroredAttributes(self.options.attribute_names))

    def read(self, inputs, seed: int) -> Conditions:
        """The tags that the user names; for 'all' each in turn."""
        if not inputs.attributes:
            raise OptionError(f'--attributes is missing; allowed are all, or some of '
                              f'{", ".join(self.options.attribute_names)}')
        return AttributeSystem(self.options).conditions(inputs, seed)

    def tiles(self, vector) -> dict:
        """The tags as a text."""
        return {'tags': text_tile(switched_on(vector, self.options.attribute_names))}

    def metrics(self, painted, images, vectors) -> dict:
        """Score of painted images against those that have these tags."""
        return {'mean_absolute_error': mean_absolute_error(painted, images)}

    def judges(self, training, directory) -> list:
        """None: there is no label map to agree with."""
        return []


CONDITIONS = {'label_color': LabelAndColor, 'label': Label, 'tags': Tags}
