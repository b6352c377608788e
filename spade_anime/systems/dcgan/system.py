"""Label-to-image DCGAN: a class becomes an image."""
import dataclasses

import numpy

from spade_anime.conditions.classes.dataset import class_counts, class_vector, find_classes, open_classes
from spade_anime.data.errors import DataError
from spade_anime.data.hair import HAIR_COLORS
from spade_anime.data.pictures import text_tile, to_pixels
from spade_anime.data.splitting import Mirrored
from spade_anime.evaluation.classes import class_mean_distance, nearest_class_mean
from spade_anime.evaluation.hair import hair_obeyed
from spade_anime.fields import OptionError, option
from spade_anime.systems.augmentation import DiffAugment
from spade_anime.systems.dcgan.networks import SHRINKING, DCGANDiscriminator, DCGANGenerator
from spade_anime.systems.dcgan.options import PRESETS, DCGANOptions
from spade_anime.systems.objectives import ConditionalObjective
from spade_anime.systems.options import check_augment
from spade_anime.systems.system import Conditions, System

ALL = 'all'


@dataclasses.dataclass
class DCGANInputs:
    """What an image is painted from."""

    class_name: str = option('', 'input', f'class to paint; {ALL}: a sheet with a row of each', aliases=('class',))


class DCGANSystem(System):
    """Class label to image."""

    Options = DCGANOptions
    Inputs = DCGANInputs
    PRESETS = PRESETS
    SUGGESTION = f'--class {ALL} --samples 8'
    deciding_metrics = System.deciding_metrics | {'hair_obeyed': 'higher', 'class_mean_distance': 'lower'}
    preview_draws = 4
    evaluation_draws = 100

    @staticmethod
    def check(options: DCGANOptions) -> None:
        """Raise OptionError where the networks cannot be built from the options."""
        check_augment(options, in_words=True)
        if options.image_size % SHRINKING:
            raise OptionError(f'--image_size {options.image_size}: only multiples of {SHRINKING} are allowed')
        if len(set(options.class_names)) < len(options.class_names):
            raise OptionError(f'--class_names {",".join(options.class_names)}: each may be named once')

    def generator(self) -> DCGANGenerator:
        """Generator with fresh weights."""
        o = self.options
        return DCGANGenerator(len(o.class_names), o.image_size, o.z_dim, o.gf, o.gfc)

    def discriminator(self) -> DCGANDiscriminator:
        """Discriminator with fresh weights."""
        o = self.options
        return DCGANDiscriminator(len(o.class_names), o.image_size, o.df, o.dfc)

    def objective(self, gen, dis) -> ConditionalObjective:
        """Objective of the two networks."""
        return ConditionalObjective(gen, dis, self.options, DiffAugment(self.options.augment, self.adapted))

    def notes(self) -> list:
        """The classes that the data set has."""
        found = find_classes(self.options.dataset_dir, self.options.label_key)
        counts = class_counts(found)
        told = ', '.join(f'{name} ({count})' for name, count in counts.items())
        return [f'{len(counts)} classes by {found.source}: {told}']

    def training_data(self) -> tuple:
        """``(sets, validation)`` of samples ``(image, one-hot class)``; the classes become an option if none are."""
        o = self.options
        found = find_classes(o.dataset_dir, o.label_key)
        o.class_names = o.class_names or tuple(class_counts(found))
        training, validation = open_classes(found, o.image_size, o.class_names, o.seed, o.workers)
        return [('main', Mirrored(training) if o.augment_data else training, 1.0)], validation

    def condition_shapes(self) -> list:
        """Shape of a class, without the batch."""
        return [(len(self.options.class_names),)]

    def conditions(self, inputs: DCGANInputs, seed: int) -> Conditions:
        """The class that the inputs name, or all of them, a row each."""
        names, wanted = self.options.class_names, inputs.class_name
        if wanted == ALL and ALL not in names:
            return Conditions([(name, (class_vector(name, names),)) for name in names], 'rows')
        if not wanted:
            raise OptionError(f'--class is missing: allowed are {ALL}, {", ".join(names)}')
        try:
            return Conditions([(wanted, (class_vector(wanted, names),))])
        except DataError as error:
            raise OptionError(f'--class {error}') from None

    def tiles(self, sample: tuple) -> dict:
        """Pictures of a sample, by caption."""
        image, vector = sample
        return {'class': text_tile(self.options.class_names[vector.argmax()]), 'real': to_pixels(image)}

    def metrics(self, samples: list, painted) -> dict:
        """Scores of the images (N, 3, S, S) painted from the classes of ``samples``, by name."""
        images, vectors = (numpy.stack(arrays) for arrays in zip(*samples))
        names = numpy.array(self.options.class_names)[vectors.argmax(axis=1)]
        if HAIR_COLORS.keys() >= set(self.options.class_names):
            return {'hair_obeyed': hair_obeyed(painted, list(names))}
        return {'class_mean_distance': class_mean_distance(painted, images, names),
                'nearest_class_mean': nearest_class_mean(painted, images, names)}
