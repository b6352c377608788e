"""Label-to-image DCGAN: a class becomes an image."""
import chainer

from spade_anime.conditions.classes.condition import Classes
from spade_anime.conditions.classes.dataset import class_counts, find_classes, open_classes
from spade_anime.fields import OptionError
from spade_anime.systems.augmentation import DiffAugment
from spade_anime.systems.dcgan.networks import DCGANDiscriminator, DCGANGenerator
from spade_anime.systems.dcgan.options import PRESETS, DCGANOptions, preset
from spade_anime.systems.objectives import ConditionalObjective
from spade_anime.systems.options import check_augment
from spade_anime.systems.reconstruction import Reconstruction, give_encoder
from spade_anime.systems.system import System, TrainingData, TrainingSet


class DCGANSystem(System[DCGANOptions, Classes]):
    """Class label to image."""

    Options = DCGANOptions
    PRESETS = PRESETS
    CONDITIONS = (Classes,)
    deciding_metrics = System.deciding_metrics | {'hair_obeyed': 'higher', 'class_mean_distance': 'lower'}
    preview_draws = 4
    evaluation_draws = 100

    preset = staticmethod(preset)

    @staticmethod
    def check(options: DCGANOptions) -> None:
        """Raise OptionError where the networks cannot be built from the options."""
        check_augment(options, Classes.in_words)
        step = 2 ** options.doublings
        if options.image_size % step:
            raise OptionError(f'--image_size {options.image_size}: only multiples of {step} are allowed with '
                              f'--doublings {options.doublings}')
        if len(set(options.class_names)) < len(options.class_names):
            raise OptionError(f'--class_names {",".join(options.class_names)}: each may be named once')

    def open_data(self, known: Classes | None = None) -> TrainingData:
        """Samples ``(image, one-hot class)``, of the classes that the options name or else of all there are."""
        o = self.options
        found = find_classes(o.dataset_dir, o.label_key)
        condition = known or Classes(o.class_names or tuple(class_counts(found)))
        training, validation = open_classes(found, o.image_size, condition.class_names, o.seed, o.workers)
        main = TrainingSet('main', condition.mirrored(training) if o.augment_data else training)
        return TrainingData([main], validation, condition)

    def generator(self, condition: Classes) -> DCGANGenerator:
        o = self.options
        gen = DCGANGenerator(condition.channels, o.image_size, o.z_dim, o.gf, o.gfc, o.doublings, o.upsampling,
                             o.full_size_ch, 'normal' if o.encodes else 'uniform')
        give_encoder(gen, o, condition.channels, o.z_dim)
        return gen

    def discriminator(self, condition: Classes) -> DCGANDiscriminator:
        o = self.options
        return DCGANDiscriminator(condition.channels, o.image_size, o.df, o.dfc, o.doublings, o.batch_norm, o.deviation)

    def objective(self, gen: chainer.Link, dis: chainer.Link, data: TrainingData) -> ConditionalObjective:
        more = Reconstruction(gen, self.options, lambda *given: dis(*given)[1])
        return ConditionalObjective(gen, dis, self.options, DiffAugment(self.options.augment, data.condition.moved),
                                    more)

    def notes(self) -> list[str]:
        """The classes that the data set has."""
        found = find_classes(self.options.dataset_dir, self.options.label_key)
        counts = class_counts(found)
        listed = ', '.join(f'{name} ({count})' for name, count in counts.items())
        return [f'{len(counts)} class{"es" * (len(counts) > 1)} by {found.source}: {listed}']
