"""WGAN-GP, after Gulrajani et al., 2017, arXiv 1704.00028."""

from multigan import (
    AdversarialGame,
    convolutional_critic,
    convolutional_generator,
    dense_critic,
    dense_generator,
    gradient_penalty,
)

__all__ = ["WGANGP", "PointWGANGP"]


class WGANGP(AdversarialGame):
    """A generator and a critic whose gradient norm is held near one between real and generated samples."""

    opponent = "critic"
    follows = (*AdversarialGame.follows, "penalty")

    def __init__(self, data, *, seed=0, **options):
        super().__init__(data, seed=seed, **options, loss="wasserstein")

    @property
    def opponent_updates(self):
        """Each with a batch of its own."""
        return self.options["critic_steps"]

    def penalties(self, real, fake, batch):
        """The gradient penalty, between what the critic sees of real and of generated samples."""

        def penalty(judge, real, fake):
            return gradient_penalty(judge, real, fake, self.seed, one_sided=self.options["one_sided"])

        # In deviations: the authors' toy data, to which their lambda of 0.1 belongs, have a deviation of one.
        return {"penalty": self.now("penalty") * self.penalise(penalty, batch, real, fake)}

    def build_generator(self, data):
        """DCGAN's."""
        return convolutional_generator(data.shape, self.options["latent_dim"], self.options["width"])

    def build_opponent(self, data):
        """DCGAN's, with layer norm in place of batch norm."""
        options, (*sides, channels) = self.options, data.shape
        return convolutional_critic(
            (*sides, channels * options["pack"]),
            options["width"],
            norm="layer" if options["layer_norm"] else "none",
            minibatch_stddev=options["minibatch_stddev"],
            name="critic",
        )


class PointWGANGP(WGANGP):
    """The same on points, with dense layers."""

    def build_generator(self, data):
        """Three hidden layers."""
        return dense_generator(data, self.options["latent_dim"], [self.options["units"]] * 3, batch_norm=False)

    def build_opponent(self, data):
        """Three hidden layers."""
        options = self.options
        return dense_critic(
            data,
            [options["units"]] * 3,
            pack=options["pack"],
            minibatch_stddev=options["minibatch_stddev"],
            bias=self.scores_have_bias,
            name="critic",
        )
