"""pix2pix: a label map, a hair colour or attributes become a portrait (Isola et al. 2017, arXiv:1611.07004)."""
import dataclasses

import numpy

from spade_anime.data.checking import check_dataset
from spade_anime.data.cropping import Cropped
from spade_anime.data.pictures import to_pixels
from spade_anime.data.splitting import split
from spade_anime.fields import OptionError
from spade_anime.systems.attribute.system import AttributeInputs
from spade_anime.systems.augmentation import DiffAugment
from spade_anime.systems.options import check_augment
from spade_anime.systems.pix2pix.conditions import CONDITIONS
from spade_anime.systems.pix2pix.networks import PatchGAN, UNetGenerator, unet_levels
from spade_anime.systems.pix2pix.objective import Pix2PixObjective
from spade_anime.systems.pix2pix.options import Pix2PixOptions
from spade_anime.systems.spade.system import SpadeInputs
from spade_anime.systems.system import Conditions, System

TAG_OPTIONS = 'attribute_table', 'attribute_names', 'label_key'


@dataclasses.dataclass
class Pix2PixInputs(AttributeInputs, SpadeInputs):
    """What a portrait is painted from; which of these a generator takes follows from its ``--condition``."""


class Pix2PixSystem(System):
    """Label map, label and colour map, or attributes to portrait."""

    Options = Pix2PixOptions
    Inputs = Pix2PixInputs
    PRESETS = {
        'reference': {},
        'tiny': {
            'image_size': 64, 'jitter': 8, 'ngf': 24, 'ndf': 16, 'batch_size': 8, 'g_lr': 4e-4, 'd_lr': 2e-4,
            'gp_coef': 1.0, 'gp_interval': 4, 'average_decay': 0.998, 'lr_poly_train_period': 0.5,
            'max_iteration': 2000, 'sample_interval': 200, 'snapshot_interval': 1000,
        },
    }

    deciding_metrics = System.deciding_metrics | {'label_miou': 'higher', 'mean_absolute_error': 'lower'}

    @property
    def condition(self):
        """What this system paints from, by the options as they are now."""
        return CONDITIONS[self.options.condition](self.options)

    @staticmethod
    def check(options: Pix2PixOptions) -> None:
        """Raise OptionError where the networks cannot be built, or an option has no use."""
        check_augment(options, in_words=options.condition == 'tags')
        try:
            unet_levels(options.image_size)
        except ValueError as error:
            raise OptionError(f'--image_size: {error}') from None
        for name in TAG_OPTIONS:
            value = getattr(options, name)
            if value and options.condition != 'tags':
                raise OptionError(f'--{name} {value} contradicts --condition {options.condition}: allowed with tags '
                                  'alone')

    @property
    def SUGGESTION(self) -> str:
        """Flags that paint something with a run that has just finished."""
        return self.condition.suggestion()

    def generator(self) -> UNetGenerator:
        """Generator with fresh weights."""
        return UNetGenerator(self.condition.channels(), self.options.image_size, self.options.ngf)

    def discriminator(self) -> PatchGAN:
        """Discriminator with fresh weights."""
        return PatchGAN(self.condition.channels(), self.options.ndf)

    def objective(self, gen, dis) -> Pix2PixObjective:
        """Objective of the two networks."""
        return Pix2PixObjective(gen, dis, self.options, DiffAugment(self.options.augment, self.adapted))

    def adapted(self, condition: tuple, draw) -> tuple:
        """Condition of images that a ``draw`` has changed."""
        return self.condition.adapted(condition, draw)

    def training_data(self) -> tuple:
        """``(sets, validation)``: sets is a list of (name, data set, weight of its losses)."""
        o = self.options
        whole = self.condition.open(o.image_size)
        check_dataset(whole, workers=o.workers)
        training, validation = split(whole, seed=o.seed)
        if o.jitter:
            training, _ = split(self.condition.open(o.image_size + o.jitter), seed=o.seed)
        if o.augment_data:
            training = self.condition.mirrored(training)
        return [('main', Cropped(training, o.image_size) if o.jitter else training, 1.0)], validation

    def condition_shapes(self) -> list:
        """Shapes of the arrays of a condition, without the batch."""
        return self.condition.shapes()

    def conditions(self, inputs: Pix2PixInputs, seed: int) -> Conditions:
        """What the inputs name. Raises OptionError for an input that this generator does not take."""
        allowed = self.condition.INPUTS
        for name, value in vars(inputs).items():
            if value and name not in allowed:
                raise OptionError(f'--{name} {value}: this generator paints from {self.condition.TEXT}; allowed is '
                                  f'--{" and --".join(allowed)}')
        return self.condition.read(inputs, seed)

    def tiles(self, sample: tuple) -> dict:
        """Pictures of a sample, by caption."""
        image, *condition = sample
        return self.condition.tiles(*condition) | {'real': to_pixels(image)}

    def metrics(self, samples: list, painted) -> dict:
        """Scores of the images (N, 3, S, S) painted from the conditions of ``samples``, by name."""
        return self.condition.metrics(painted, *(numpy.stack(arrays) for arrays in zip(*samples)))

    def judges(self, training, directory=None) -> list:
        """Label agreement, where label maps are painted from."""
        return self.condition.judges(training, directory)
