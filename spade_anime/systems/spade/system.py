"""SPADE: a label map and a hair-colour map become a portrait."""
import dataclasses

import chainer

from spade_anime.conditions.label_color.colored import LabelColors
from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.conditions.label_color.dataset import PairedDataset
from spade_anime.data.checking import check_dataset
from spade_anime.data.splitting import split
from spade_anime.fields import OptionError
from spade_anime.runs.weights import load_network
from spade_anime.systems.augmentation import DiffAugment
from spade_anime.systems.spade import lineage
from spade_anime.systems.spade.check import check
from spade_anime.systems.spade.networks import PatchDiscriminator, SpadeGenerator
from spade_anime.systems.spade.oasis import SegmentationDiscriminator
from spade_anime.systems.spade.objective import OasisObjective, SpadeObjective
from spade_anime.systems.spade.options import CPU_PRESET, KINDS, LEAST_IN_BLOCKS, PRESETS, SpadeOptions
from spade_anime.systems.spade.vgg import VGGFeatures
from spade_anime.systems.system import System, TrainingData, TrainingSet


class SpadeSystem(System[SpadeOptions, LabelColor]):
    """Label map and hair-colour map to portrait."""

    Options = SpadeOptions
    PRESETS = PRESETS
    CPU_PRESET = CPU_PRESET
    CONDITIONS = (LabelColor, LabelColors)
    RETIRED = frozenset({'class_num'})
    deciding_metrics = System.deciding_metrics | {'label_miou': 'higher', 'hair_color_error': 'lower'}
    inherited = System.inherited | {'color_regions'}
    snapshot_paths = {'gen': lineage.generator_path, 'dis': lineage.discriminator_path}

    check = staticmethod(check)

    @property
    def kind(self) -> type[LabelColor]:
        """As the option ``color_regions`` says."""
        wanted = KINDS[self.options.color_regions]
        return next(kind for kind in self.CONDITIONS if wanted == kind.KIND)

    @classmethod
    def preset(cls, name: str, given: dict) -> dict:
        """Values of a preset; paintings are used twice, colours painted over, and pixels taken in blocks, only where
        that is possible."""
        several = given.get('use_rough') or given.get('n_dpg', 1) > 1
        hair_alone = given.get('color_regions') == 'hair'
        tiny = given.get('image_size', LEAST_IN_BLOCKS) < LEAST_IN_BLOCKS
        return (cls.PRESETS[name] | ({'reuse_fake': False} if several else {})
                | ({'composed': False} if hair_alone else {}) | ({'block': 1, 'dis_block': 1} if tiny else {}))

    def generator(self, condition: LabelColor) -> SpadeGenerator:
        o = self.options
        return SpadeGenerator(o.image_size, o.start_size, o.ngf, o.spade_ch, condition.palette.channels,
                              o.upsampling_mode, o.align_corners, o.label_pooling, o.color_blocks,
                              o.conv_norm != 'original', o.aspp_nf if o.use_aspp else None, o.block, o.pixel_ch,
                              o.least_ch, o.noise, o.composed)

    def discriminator(self, condition: LabelColor) -> PatchDiscriminator | SegmentationDiscriminator:
        o = self.options
        if o.discriminator == 'oasis':
            return SegmentationDiscriminator(o.ndf, condition.palette.channels, o.conv_norm != 'original', o.dis_block)
        return PatchDiscriminator(o.ndf, condition.palette.channels, o.division_ch, o.conv_norm != 'original',
                                  o.double_activation, o.dis_block)

    def notes(self) -> list[str]:
        """What the user should know about this configuration, a line each."""
        o = self.options
        if o.perceptual_coef and not o.perceptual_weights:
            return ['The perceptual loss is off: --perceptual_weights names no file.']
        return []

    def objective(self, gen: chainer.Link, dis: chainer.Link, data: TrainingData) -> SpadeObjective:
        """Objective of the two networks; reads the weights of the perceptual loss if they are named."""
        kind = OasisObjective if self.options.discriminator == 'oasis' else SpadeObjective
        return kind(gen, dis, self.options, self._perceptual_network(gen.device),
                    DiffAugment(self.options.augment, data.condition.moved))

    def open_data(self, known: LabelColor | None = None) -> TrainingData:
        """Samples ``(image, label, color)``; with ``use_rough`` a second set, of labels made by a machine."""
        o = self.options
        whole = self._checked(o.dataset_dir, known)
        training, validation = split(whole, seed=o.seed)
        condition = known or self.kind.of_data(o.image_size, training)
        sets = [TrainingSet('main', condition.mirrored(training) if o.augment_data else training)]
        if o.use_rough:
            sets.append(TrainingSet('rough', self._checked(o.rough_dataset_dir, condition), o.rough_loss_weight))
        return TrainingData(sets, validation, condition)

    def at_size(self, image_size: int, condition: LabelColor) -> tuple['SpadeSystem', LabelColor]:
        """The generator is fully convolutional: it starts at another size, and doubles that as often."""
        doublings = self.options.image_size // self.options.start_size
        if image_size % doublings:
            near = max(round(image_size / doublings), 1) * doublings
            raise OptionError(f'--image_size {image_size}: this generator paints multiples of {doublings} px, such as '
                              f'{near}; it was trained at {self.options.image_size}')
        options = dataclasses.replace(self.options, image_size=image_size, start_size=image_size // doublings)
        return SpadeSystem(options), dataclasses.replace(condition, image_size=image_size)

    @classmethod
    def options_from_arrays(cls, arrays: dict, image_size: int) -> SpadeOptions | None:
        """Options that build the generator of a lineage snapshot; None where it is not one."""
        shapes = {name: array.shape for name, array in arrays.items()}
        found = lineage.generator_options(shapes)
        if found is None:
            return None
        options = cls.Options(**found, image_size=image_size, start_size=image_size // 64)
        cls.check(options)
        return options

    def _perceptual_network(self, device: chainer.backend.Device) -> VGGFeatures | None:
        if not self.options.perceptual_weights:
            return None
        network = VGGFeatures(self.options.perceptual_model)
        load_network(self.options.perceptual_weights, network)
        network.to_device(device)
        return network

    def _checked(self, directory: str, known: LabelColor | None) -> PairedDataset:
        dataset = self.kind.open(directory, self.options.image_size, known.palette if known else None,
                                  self.options.fit)
        check_dataset(dataset, workers=self.options.workers)
        return dataset
