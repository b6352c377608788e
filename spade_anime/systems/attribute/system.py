"""Attribute GAN: a list of attributes becomes a picture that has them."""
import chainer

from spade_anime.conditions.attributes.condition import Attributes
from spade_anime.conditions.attributes.dataset import (
    AttributeVectors,
    MirroredAttributes,
    open_attributes,
    selected,
)
from spade_anime.data.checking import check_dataset
from spade_anime.data.splitting import split
from spade_anime.fields import OptionError
from spade_anime.systems.attribute.mismatched import WrongVectors
from spade_anime.systems.attribute.networks import AttributeDiscriminator, AttributeGenerator, doublings
from spade_anime.systems.attribute.options import PRESETS, AttributeOptions
from spade_anime.systems.augmentation import DiffAugment
from spade_anime.systems.objectives import MatchingAwareObjective
from spade_anime.systems.options import check_augment
from spade_anime.systems.reconstruction import Reconstruction, give_encoder
from spade_anime.systems.system import System, TrainingData, TrainingSet


class AttributeSystem(System[AttributeOptions, Attributes]):
    """Attributes to picture."""

    Options = AttributeOptions
    PRESETS = PRESETS
    CONDITIONS = (Attributes,)
    deciding_metrics = System.deciding_metrics | {'mean': 'higher'}
    preview_draws = 3
    evaluation_draws = 200

    @staticmethod
    def check(options: AttributeOptions) -> None:
        """Raise OptionError where the networks cannot be built."""
        check_augment(options, Attributes.in_words)
        try:
            doublings(options.image_size)
        except ValueError as error:
            raise OptionError(f'--image_size: {error}') from None

    def open_data(self, known: Attributes | None = None) -> TrainingData:
        """Samples ``(image, vector)``, of the attributes that the options name or else of all in the table.

        Wrong conditions are drawn from the training set's vectors.
        """
        o = self.options
        names, dataset = open_attributes(o.dataset_dir, o.attribute_table, o.image_size)
        check_dataset(dataset, workers=o.workers)
        condition = known or Attributes(o.attribute_names or names)
        dataset = selected(dataset, names, condition.attribute_names)
        vectors = list(split(AttributeVectors(dataset), seed=o.seed)[0])
        training, validation = split(dataset, seed=o.seed)
        if o.augment_data:
            training = condition.mirrored(training)
            vectors += list(map(MirroredAttributes(condition.attribute_names), vectors))
        return TrainingData([TrainingSet('main', training)], validation, condition, vectors)

    def generator(self, condition: Attributes) -> AttributeGenerator:
        o = self.options
        gen = AttributeGenerator(condition.channels, o.image_size, o.gf, o.z_size, o.every_layer, o.upsampling,
                                 o.full_size_ch)
        give_encoder(gen, o, condition.channels, o.z_size)
        return gen

    def discriminator(self, condition: Attributes) -> AttributeDiscriminator:
        o = self.options
        return AttributeDiscriminator(condition.channels, o.image_size, o.df, o.every_layer, o.batch_norm, o.shift,
                                      o.deviation)

    def objective(self, gen: chainer.Link, dis: chainer.Link, data: TrainingData) -> MatchingAwareObjective:
        """Matching-aware objective, with wrong attributes from the training set."""
        o = self.options
        more = Reconstruction(gen, o, lambda *given: dis(*given)[1])
        return MatchingAwareObjective(gen, dis, o, WrongVectors(data.others, o.wrong_attributes, o.seed),
                                      DiffAugment(o.augment, data.condition.moved), more)
