"""What pix2pix' networks are trained for."""
from spade_anime import losses
from spade_anime.functions.losses import mean_absolute_difference
from spade_anime.systems.objectives import ConditionalObjective


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
