"""What pix2pix' networks are trained for."""
import chainer

from spade_anime import losses
from spade_anime.functions.losses import mean_absolute_difference
from spade_anime.systems.objectives import ConditionalObjective
from spade_anime.systems.pix2pix.options import Pix2PixOptions
from spade_anime.types import Array


class Pix2PixObjective(ConditionalObjective):
    """Adversarial terms, and for the generator the mean absolute error (equations 3 and 4)."""

    options: Pix2PixOptions

    def generator_terms(self, image: Array, *condition: Array) -> dict[str, chainer.Variable]:
        """Adversarial term and L1."""
        options, fake = self.options, self.gen(*condition)
        logits = self.dis(*self.seen(fake, condition))[0]
        terms = {'adversarial': losses.generator_loss(options.adv_loss_mode, logits)}
        if options.l1_coef:
            terms['l1'] = options.l1_coef * mean_absolute_difference(fake, image)
        return terms
