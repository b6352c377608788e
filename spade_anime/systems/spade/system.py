"""SPADE: a label map and a hair-colour map become a portrait."""
import dataclasses

import numpy

from spade_anime.conditions.label_color.dataset import open_dataset
from spade_anime.conditions.label_color.inputs import read_inputs
from spade_anime.data.checking import check_dataset
from spade_anime.data.palette import NAMES, label_to_rgb
from spade_anime.data.pictures import to_pixels
from spade_anime.data.splitting import Mirrored, split
from spade_anime.evaluation.color import hair_color_error, mean_absolute_error
from spade_anime.evaluation.segmentation_judge import LabelJudge
from spade_anime.fields import option
from spade_anime.runs.weights import load_network
from spade_anime.systems.augmentation import DiffAugment, label_and_color
from spade_anime.systems.spade import lineage
from spade_anime.systems.spade import options as spade_options
from spade_anime.systems.spade.networks import PatchDiscriminator, SpadeGenerator
from spade_anime.systems.spade.objective import SpadeObjective
from spade_anime.systems.spade.vgg import VGGFeatures
from spade_anime.systems.system import Conditions, System


@dataclasses.dataclass
class SpadeInputs:
    """What a portrait is painted from."""

    label: str = option('', 'input', 'label map to paint, or a directory of them')
    color: str = option('', 'input', 'hair colour: an image, #rrggbb, or none for a random one; with a directory of '
                        'labels also a directory of images of the same names')


class SpadeSystem(System):
    """Label map and hair-colour map to portrait."""

    Options = spade_options.SpadeOptions
    Inputs = SpadeInputs
    PRESETS = spade_options.PRESETS
    SUGGESTION = '--label examples/seg.png --color examples/color.png'
    deciding_metrics = System.deciding_metrics | {'label_miou': 'higher', 'hair_color_error': 'lower'}
    snapshot_paths = {'gen': lineage.generator_path, 'dis': lineage.discriminator_path}

    check = staticmethod(spade_options.check)
    adapted = staticmethod(label_and_color)

    @classmethod
    def preset(cls, name: str, given: dict) -> dict:
        """Values of a preset; paintings are used twice only where that is possible."""
        several = given.get('use_rough') or given.get('n_dpg', 1) > 1
        return cls.PRESETS[name] | ({'reuse_fake': False} if several else {})

    def generator(self) -> SpadeGenerator:
        """Generator with fresh weights."""
        o = self.options
        return SpadeGenerator(o.image_size, o.start_size, o.ngf, o.spade_ch, o.class_num, o.upsampling_mode,
                              o.align_corners, o.label_pooling, o.color_blocks, o.conv_norm != 'original',
                              o.aspp_nf if o.use_aspp else None)

    def discriminator(self) -> PatchDiscriminator:
        """Discriminator with fresh weights."""
        o = self.options
        return PatchDiscriminator(o.ndf, o.class_num, o.division_ch, o.conv_norm != 'original',
                                  o.double_activation)

    def notes(self) -> list:
        """What the user should know about this configuration, a line each."""
        o = self.options
        if o.perceptual_coef and not o.perceptual_weights:
            return ['The perceptual loss is off: --perceptual_weights names no file.']
        return []

    def objective(self, gen, dis) -> SpadeObjective:
        """Objective of the two networks; reads the weights of the perceptual loss if they are named."""
        return SpadeObjective(gen, dis, self.options, self._perceptual_network(gen.device),
                              DiffAugment(self.options.augment, self.adapted))

    def training_data(self) -> tuple:
        """``(sets, validation)``: sets is a list of (name, data set, weight of its losses)."""
        o = self.options
        training, validation = split(self._checked(o.dataset_dir), seed=o.seed)
        sets = [('main', Mirrored(training) if o.augment_data else training, 1.0)]
        if o.use_rough:
            sets.append(('rough', self._checked(o.rough_dataset_dir), o.rough_loss_weight))
        return sets, validation

    def conditions(self, inputs: SpadeInputs, seed: int) -> Conditions:
        """``(label, color)`` of each label map that the inputs name; a missing colour is drawn by ``seed``."""
        return Conditions([(name, (label, color)) for name, label, color
                           in read_inputs(inputs.label, inputs.color, self.options.image_size, seed)])

    def condition_shapes(self) -> list:
        """Shapes of label and colour map, without the batch."""
        o = self.options
        return [(o.class_num, o.image_size, o.image_size), (3, o.image_size, o.image_size)]

    @classmethod
    def options_from_arrays(cls, arrays: dict, image_size: int) -> spade_options.SpadeOptions | None:
        """Options that build the generator of a lineage snapshot; None where it is not one."""
        shapes = {name: array.shape for name, array in arrays.items()}
        found = lineage.generator_options(shapes)
        if found is None:
            return None
        options = cls.Options(**found, image_size=image_size, start_size=image_size // 64)
        cls.check(options)
        return options

    @staticmethod
    def tiles(sample: tuple) -> dict:
        """Pictures of a sample, by caption."""
        image, label, color = sample
        return {'label': label_to_rgb(label), 'colour': to_pixels(color * 2 - 1), 'real': to_pixels(image)}

    @staticmethod
    def metrics(samples: list, painted) -> dict:
        """Scores of the images (N, 3, S, S) painted from the conditions of ``samples``, by name."""
        images, labels, colors = (numpy.stack(arrays) for arrays in zip(*samples))
        return {'hair_color_error': hair_color_error(painted, labels, colors),
                'mean_absolute_error': mean_absolute_error(painted, images)}

    def judges(self, training, directory=None) -> list:
        """Label agreement."""
        return [LabelJudge(training, NAMES, directory)]

    def _perceptual_network(self, device):
        if not self.options.perceptual_weights:
            return None
        network = VGGFeatures(self.options.perceptual_model)
        load_network(self.options.perceptual_weights, network)
        network.to_device(device)
        return network

    def _checked(self, directory):
        dataset = open_dataset(directory, self.options.image_size)
        check_dataset(dataset, workers=self.options.workers)
        return dataset
