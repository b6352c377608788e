"""Attribute GAN: a list of attributes becomes a picture that has them."""
import dataclasses

import numpy

from spade_anime.conditions.attributes.dataset import (
    ALL,
    AttributeVectors,
    MirroredAttributes,
    chosen,
    open_attributes,
    selected,
    switched_on,
)
from spade_anime.data.checking import check_dataset
from spade_anime.data.errors import DataError
from spade_anime.data.pictures import text_tile, to_pixels
from spade_anime.data.splitting import Mirrored, split
from spade_anime.evaluation.classifier import balanced_accuracies, recognised, train_classifier
from spade_anime.fields import OptionError, option
from spade_anime.systems.attribute.mismatched import WrongVectors
from spade_anime.systems.attribute.networks import AttributeDiscriminator, AttributeGenerator, doublings
from spade_anime.systems.attribute.options import AttributeOptions
from spade_anime.systems.augmentation import DiffAugment
from spade_anime.systems.objectives import MatchingAwareObjective
from spade_anime.systems.options import check_augment
from spade_anime.systems.system import Conditions, System


@dataclasses.dataclass
class AttributeInputs:
    """What a picture is painted from."""

    attributes: str = option('', 'input', 'attributes to have, like long_hair,glasses; all: one sheet that switches '
                             'on each in turn')


class AttributeSystem(System):
    """Attributes to picture."""

    Options = AttributeOptions
    Inputs = AttributeInputs
    PRESETS = {
        'reference': {},
        'tiny': {
            'image_size': 64, 'gf': 16, 'df': 16, 'shift': 2, 'wrong_attributes': 'near', 'batch_size': 16,
            'g_lr': 4e-4, 'd_lr': 6e-4, 'gp_coef': 0.5, 'gp_interval': 4, 'average_decay': 0.998,
            'lr_poly_train_period': 0.5, 'max_iteration': 2800, 'sample_interval': 200, 'snapshot_interval': 1400,
        },
    }
    SUGGESTION = f'--attributes {ALL} --samples 4'
    deciding_metrics = System.deciding_metrics | {'mean': 'higher'}
    preview_draws = 3
    evaluation_draws = 200

    _training = _vectors = _classifier = None

    @staticmethod
    def check(options: AttributeOptions) -> None:
        """Raise OptionError where the networks cannot be built."""
        check_augment(options, in_words=True)
        try:
            doublings(options.image_size)
        except ValueError as error:
            raise OptionError(f'--image_size: {error}') from None

    def generator(self) -> AttributeGenerator:
        """Generator with fresh weights."""
        o = self.options
        return AttributeGenerator(len(o.attribute_names), o.image_size, o.gf, o.z_size, o.every_layer)

    def discriminator(self) -> AttributeDiscriminator:
        """Discriminator with fresh weights."""
        o = self.options
        return AttributeDiscriminator(len(o.attribute_names), o.image_size, o.df, o.every_layer, o.batch_norm, o.shift)

    def objective(self, gen, dis) -> MatchingAwareObjective:
        """Matching-aware objective, with wrong attributes from the training set."""
        o = self.options
        vectors = list(self._vectors)
        if o.augment_data:
            vectors += [self._mirror()(vector) for vector in vectors]
        return MatchingAwareObjective(gen, dis, o, WrongVectors(vectors, o.wrong_attributes, o.seed),
                                      DiffAugment(o.augment, self.adapted))

    def training_data(self) -> tuple:
        """``(sets, validation)``; fills the option ``attribute_names`` from the table, unless it chooses some."""
        o = self.options
        names, dataset = open_attributes(o.dataset_dir, o.attribute_table, o.image_size)
        check_dataset(dataset, workers=o.workers)
        o.attribute_names = o.attribute_names or names
        dataset = selected(dataset, names, o.attribute_names)
        self._vectors, _ = split(AttributeVectors(dataset), seed=o.seed)
        self._training, validation = split(dataset, seed=o.seed)
        training = Mirrored(self._training, self._mirror()) if o.augment_data else self._training
        return [('main', training, 1.0)], validation

    def condition_shapes(self) -> list:
        """Shape of attributes, without the batch."""
        return [(len(self.options.attribute_names),)]

    def conditions(self, inputs: AttributeInputs, seed: int) -> Conditions:
        """The attributes chosen; for 'all' none of them, then each alone."""
        names = self.options.attribute_names
        if inputs.attributes.strip() != ALL:
            try:
                vector = chosen(inputs.attributes, names)
            except DataError as error:
                raise OptionError(f'--attributes {error}') from None
            return Conditions([(switched_on(vector, names) or 'none', (vector,))])
        vectors = numpy.eye(len(names), dtype=numpy.float32)
        alone = [(name, (vector,)) for name, vector in zip(names, vectors)]
        return Conditions([('none', (numpy.zeros_like(vectors[0]),)), *alone], 'rows')

    def tiles(self, sample: tuple) -> dict:
        """Pictures of a sample, by caption."""
        image, vector = sample
        return {'attributes': text_tile(switched_on(vector, self.options.attribute_names)), 'real': to_pixels(image)}

    def metrics(self, samples: list, painted) -> dict:
        """Balanced accuracy of a classifier of real training images on those painted, by attribute, and their mean.

        Attributes that all samples have, or none, cannot be measured and are left out.
        """
        o = self.options
        if self._classifier is None:
            print(f'Training a classifier on {len(self._training)} real images and their mirror images ...', flush=True)
            self._classifier = train_classifier(self._training, o.image_size, self._mirror(), o.seed)
        asked = numpy.stack([vector for _, vector in samples]) > 0.5
        scores = balanced_accuracies(recognised(self._classifier, painted), asked)
        found = {name: float(score) for name, score in zip(o.attribute_names, scores) if not numpy.isnan(score)}
        if not found:
            raise DataError(f'{o.dataset_dir}: the {len(samples)} validation samples have the same attributes; with '
                            'samples that differ their recognition can be measured')
        return found | {'mean': sum(found.values()) / len(found)}

    def _mirror(self):
        return MirroredAttributes(self.options.attribute_names)
