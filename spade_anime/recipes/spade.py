"""SPADE: a label map and a hair-colour map become a portrait."""
import dataclasses

import chainer
import numpy

from spade_anime import losses
from spade_anime.data.checking import check_dataset
from spade_anime.data.inputs import read_inputs
from spade_anime.data.paired import open_dataset
from spade_anime.data.palette import NAMES, label_to_rgb
from spade_anime.data.pictures import to_pixels
from spade_anime.data.splitting import Mirrored, split
from spade_anime.evaluation.color import hair_color_error, mean_absolute_error
from spade_anime.evaluation.segmentation_judge import LabelJudge
from spade_anime.functions.losses import mean_absolute_difference
from spade_anime.functions.parts import gathered, part_of
from spade_anime.networks import lineage
from spade_anime.networks.spade import PatchDiscriminator, SpadeGenerator
from spade_anime.networks.vgg import VGGFeatures
from spade_anime.recipes import spade_options
from spade_anime.recipes.augmentation import DiffAugment, label_and_color
from spade_anime.recipes.common import option
from spade_anime.recipes.objectives import ConditionalObjective, LazyPenalty
from spade_anime.recipes.recipe import Conditions, Recipe
from spade_anime.runs.weights import load_network


@dataclasses.dataclass
class SpadeInputs:
    """What a portrait is painted from."""

    label: str = option('', 'input', 'label map to paint, or a directory of them')
    color: str = option('', 'input', 'hair colour: an image, #rrggbb, or none for a random one; with a directory of '
                        'labels also a directory of images of the same names')


class SpadeObjective(ConditionalObjective):
    """Named loss terms of both sides for one batch ``(image, label, color)``.

    ``perceptual_network`` is None where the perceptual loss is off.
    """

    def __init__(self, gen, dis, options, perceptual_network=None, augment: DiffAugment | None = None):
        super().__init__(gen, dis, options, augment)
        self.penalty = LazyPenalty(options, options.gp_form)
        self.perceptual_network = perceptual_network
        # Mode seeking draws its noises on the host, to measure how far apart they lie; an image that is kept from one
        # iteration to the next has no place in a graph.
        self.capturable = not (options.ms_coef or options.reuse_fake)
        self._kept = None

    def discriminator_terms(self, image, label, color) -> dict:
        """Adversarial terms of real and fake, and the gradient penalty on the updates that it is due."""
        fake, condition = self._kept or (self.painted((label, color)), (label, color))
        real, fake = self.seen(chainer.Variable(image), (label, color)), self.seen(fake, condition)
        real_logits, fake_logits = self.dis(*real)[0], self.dis(*fake)[0]
        real_term, fake_term = losses.discriminator_loss(self.options.adv_loss_mode, real_logits, fake_logits)
        pairs = {'real': [(real_logits, real[0])], 'fake': [(fake_logits, fake[0])]}
        pairs['real_fake'] = pairs['both'] = pairs['real'] + pairs['fake']
        return {'real': real_term, 'fake': fake_term} | self.penalty.terms(pairs[self.options.zero_gp_mode])

    def generator_terms(self, image, label, color) -> dict:
        """Adversarial term, feature matching, and what else the options ask for."""
        options = self.options
        # Mode seeking asks how far apart the noises lie; else the generator draws where it computes.
        z = self.gen.draw_noise(len(image)) if options.ms_coef else None
        fake = self.gen(label, color, z)
        if options.reuse_fake:
            self._kept = chainer.Variable(fake.array), (label, color)
        # The same is done to both: features are compared place by place.
        seen = self.augment.draw(image)
        logits, features = self.dis(*seen(fake, (label, color)))
        terms = {'adversarial': losses.generator_loss(options.adv_loss_mode, logits)}
        if options.fm_coef:
            with chainer.no_backprop_mode():
                real_features = self.dis(*seen(image, (label, color)))[1]
            terms['feature_matching'] = options.fm_coef * losses.feature_matching(real_features, features)
        if options.l1_coef:
            terms['l1'] = options.l1_coef * mean_absolute_difference(fake, image)
        if self.perceptual_network is not None:
            terms['perceptual'] = options.perceptual_coef * self._perceptual(image, fake)
        if options.ms_coef:
            terms['mode_seeking'] = options.ms_coef * self._mode_seeking(fake, z, label, color)
        return terms

    def serialize(self, serializer) -> None:
        """As every objective; and the image that is kept for the discriminator, with its condition."""
        super().serialize(serializer)
        if not self.options.reuse_fake:
            return
        loading = isinstance(serializer, chainer.Deserializer)
        arrays = [None] * 3 if loading else map(gathered, (self._kept[0].array, *self._kept[1]))
        saved = [serializer(name, array) for name, array in zip(('fake', 'label', 'color'), arrays)]
        if loading:
            fake, *condition = (self.gen.device.send(part_of(array)) for array in saved)
            self._kept = chainer.Variable(fake), tuple(condition)

    def _perceptual(self, image, fake):
        with chainer.no_backprop_mode():
            real_features = self.perceptual_network(image)
        return losses.perceptual(real_features, self.perceptual_network(fake), self.options.perceptual_mode)

    def _mode_seeking(self, fake, z, label, color):
        other = self.gen.draw_noise(len(label))
        flat = tuple(numpy.concatenate([noise.ravel() for noises in drawn for noise in noises])
                     for drawn in (z, other))
        return losses.mode_seeking((fake, self.gen(label, color, other)), flat)


class SpadeRecipe(Recipe):
    """Label map and hair-colour map to portrait."""

    Options = spade_options.SpadeOptions
    Inputs = SpadeInputs
    PRESETS = spade_options.PRESETS
    SUGGESTION = '--label examples/seg.png --color examples/color.png'
    deciding_metrics = Recipe.deciding_metrics | {'label_miou': 'higher', 'hair_color_error': 'lower'}
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
