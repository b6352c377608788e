"""Options that the systems share which paint from a vector: a class, attributes or a text."""
import dataclasses

from spade_anime.fields import option
from spade_anime.systems.options import CommonOptions


@dataclasses.dataclass(frozen=True)
class VectorOptions(CommonOptions):
    """What such a run takes beside ``CommonOptions``."""

    batch_norm: bool = option(True, 'networks', 'batch normalisation in the discriminator')
    deviation: bool = option(False, 'networks', 'the discriminator sees how much the images of a batch differ, so that '
                             'noise is not ignored')
    encoder_ch: int = option(32, 'networks', 'channels of the first layer of the encoder, with --reconstruction_coef '
                             'or --feature_coef', low=1, high=2048)
    reconstruction_coef: float = option(0.0, 'losses', 'weight of the mean absolute error of real images that an '
                                        'encoder turns into noise and the generator paints again; 0: none', low=0)
    feature_coef: float = option(0.0, 'losses', "weight of the mean absolute error of the discriminator's feature maps "
                                 'of those images, which keeps them sharp; 0: none', low=0)
    features_from: int = option(0, 'losses', 'iteration from which --feature_coef counts: the discriminator has to '
                                'know pictures before what it sees in them means something', low=0)
    fade_from: int = option(0, 'losses', 'iteration from which --reconstruction_coef and --feature_coef count a sixth, '
                            'and the discriminator decides most; 0: never', low=0)
    latent_coef: float = option(0.02, 'losses', 'weight of the divergence of that noise from a standard normal one',
                                low=0)

    @property
    def encodes(self) -> bool:
        """Whether the generator has an encoder."""
        return bool(self.reconstruction_coef or self.feature_coef)
