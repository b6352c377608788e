"""pix2pix: a label map, a hair colour or attributes become a portrait (Isola et al. 2017, arXiv:1611.07004)."""
from typing import Any

import chainer

from spade_anime.conditions.attributes.condition import Tags
from spade_anime.conditions.attributes.tags import open_tags
from spade_anime.conditions.condition import Condition
from spade_anime.conditions.label_color.colored import LabelColors
from spade_anime.conditions.label_color.condition import Label, LabelColor
from spade_anime.data.checking import check_dataset
from spade_anime.data.cropping import Cropped
from spade_anime.data.splitting import split
from spade_anime.fields import OptionError
from spade_anime.systems.augmentation import DiffAugment
from spade_anime.systems.options import check_augment
from spade_anime.systems.pix2pix.networks import PatchGAN, UNetGenerator, unet_levels
from spade_anime.systems.pix2pix.objective import Pix2PixObjective
from spade_anime.systems.pix2pix.options import PRESETS, TAG_OPTIONS, Pix2PixOptions
from spade_anime.systems.system import System, TrainingData, TrainingSet

KINDS = {kind.KIND: kind for kind in (LabelColor, LabelColors, Label, Tags)}


class Pix2PixSystem(System[Pix2PixOptions, Condition]):
    """Label map, label and colour map, or attributes to portrait."""

    Options = Pix2PixOptions
    PRESETS = PRESETS
    CONDITIONS = tuple(KINDS.values())
    inherited = System.inherited | {'condition'}
    deciding_metrics = System.deciding_metrics | {'label_miou': 'higher', 'mean_absolute_error': 'lower'}

    @property
    def kind(self) -> type[Condition]:
        """As the option ``condition`` says."""
        return KINDS[self.options.condition]

    @staticmethod
    def check(options: Pix2PixOptions) -> None:
        """Raise OptionError where the networks cannot be built, or an option has no use."""
        check_augment(options, KINDS[options.condition].in_words)
        try:
            unet_levels(options.image_size)
        except ValueError as error:
            raise OptionError(f'--image_size: {error}') from None
        for name in TAG_OPTIONS:
            value = getattr(options, name)
            if value and options.condition != Tags.KIND:
                raise OptionError(f'--{name} {value} contradicts --condition {options.condition}: allowed with tags '
                                  'alone')
        if options.fit != 'none' and options.condition == Tags.KIND:
            raise OptionError(f'--fit {options.fit} contradicts --condition {Tags.KIND}: allowed with label maps; of '
                              'other pictures the square in the middle is taken')

    def open_data(self, known: Condition | None = None) -> TrainingData:
        """Samples ``(image, *condition)``; those for training are cropped at random from larger ones."""
        o = self.options
        whole, condition = self._open(o.image_size, known)
        check_dataset(whole, workers=o.workers)
        training, validation = split(whole, seed=o.seed)
        if o.jitter:
            training, _ = split(self._open(o.image_size + o.jitter, condition)[0], seed=o.seed)
        if o.augment_data:
            training = condition.mirrored(training)
        main = TrainingSet('main', Cropped(training, o.image_size) if o.jitter else training)
        return TrainingData([main], validation, condition)

    def generator(self, condition: Condition) -> UNetGenerator:
        return UNetGenerator(condition.channels, self.options.image_size, self.options.ngf)

    def discriminator(self, condition: Condition) -> PatchGAN:
        return PatchGAN(condition.channels, self.options.ndf)

    def objective(self, gen: chainer.Link, dis: chainer.Link, data: TrainingData) -> Pix2PixObjective:
        return Pix2PixObjective(gen, dis, self.options, DiffAugment(self.options.augment, data.condition.moved))

    def _open(self, size: int, known: Condition | None) -> tuple[Any, Condition]:
        """The whole data set, images of ``size`` px, and its condition, which is the ``known`` one if there is any."""
        o, kind = self.options, self.kind
        if issubclass(kind, LabelColor):
            dataset = kind.open(o.dataset_dir, size, known.palette if isinstance(known, kind) else None, o.fit)
            return dataset, known or kind.of_data(o.image_size, split(dataset, seed=o.seed)[0])
        wanted = known.attribute_names if isinstance(known, Tags) else o.attribute_names
        names, dataset = open_tags(o.dataset_dir, o.attribute_table, o.label_key, size, wanted)
        return dataset, known or Tags(names)
