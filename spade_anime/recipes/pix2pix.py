"""pix2pix: a label map, a hair colour or attributes become a portrait (Isola et al. 2017, arXiv:1611.07004)."""
import dataclasses

import numpy

from spade_anime import losses
from spade_anime.data.checking import check_dataset
from spade_anime.data.cropping import Cropped
from spade_anime.data.pictures import to_pixels
from spade_anime.data.splitting import split
from spade_anime.functions.losses import mean_absolute_difference
from spade_anime.networks.pix2pix import PatchGAN, UNetGenerator, unet_levels
from spade_anime.recipes.attribute import AttributeInputs
from spade_anime.recipes.augmentation import DiffAugment
from spade_anime.recipes.common import CommonOptions, OptionError, changed, check_augment, option
from spade_anime.recipes.objectives import ConditionalObjective
from spade_anime.recipes.pix2pix_conditions import CONDITIONS
from spade_anime.recipes.recipe import Conditions, Recipe
from spade_anime.recipes.spade import SpadeInputs

TAG_OPTIONS = 'attribute_table', 'attribute_names', 'label_key'


@dataclasses.dataclass
class Pix2PixOptions(CommonOptions):
    """Defaults are the paper's numbers."""

    model: str = changed('model', 'pix2pix')
    condition: str = option('label_color', 'data', 'what is painted from: label map and hair colour, label map alone, '
                            'or tags, the attributes of a picture', choices=tuple(CONDITIONS))
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


@dataclasses.dataclass
class Pix2PixInputs(AttributeInputs, SpadeInputs):
    """What a portrait is painted from; which of these a generator takes follows from its ``--condition``."""


class Pix2PixObjective(ConditionalObjective):
    """Adversarial terms, and for the generator the mean absolute error (equations 3 and 4)."""

    def generator_terms(self, image, *condition) -> dict:
        """Adversarial term and L1."""
        options, fake = self.options, self.gen(*condition)
        logits = self.dis(*self.seen(fake, condition))[0]
        terms = {'adversarial': losses.generator_loss(options.adv_loss_mode, logits)}
        if options.l1_coef:
            terms['l1'] = options.l1_coef * mean_absolute_difference(fake, image)
        return terms


class Pix2PixRecipe(Recipe):
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

    deciding_metrics = Recipe.deciding_metrics | {'label_miou': 'higher', 'mean_absolute_error': 'lower'}

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
