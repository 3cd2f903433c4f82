"""WGAN, after Arjovsky, Chintala and Bottou, 2017, arXiv 1701.07875."""

import keras

from multigan import (
    AdversarialGame,
    Turn,
    clip_weights,
    convolutional_critic,
    convolutional_generator,
    dense_critic,
    dense_generator,
)

__all__ = ["WGAN", "PointWGAN"]


class WGAN(AdversarialGame):
    """A generator and a critic that is kept Lipschitz by clipping its weights; DCGAN's networks."""

    opponent = "critic"

    def __init__(self, data, *, seed=0, **options):
        super().__init__(data, seed=seed, **options, loss="wasserstein")
        clip = clip_weights("critic", self.options["clip"])
        self.turns = (
            Turn("critic", repeat=self.repeat, loss="opponent_loss", after=(clip,)),
            Turn("generator", fresh=False),
        )

    def updates_until(self, step: int) -> int:
        """The bursts count too."""
        return sum(map(self.repeat, range(1, step + 1)))

    def repeat(self, step: int) -> int:
        """Near its optimum the critic's gradient means something: many updates at first, and now and then."""
        options = self.options
        burst = step <= options["burst_first"] or (options["burst_every"] and step % options["burst_every"] == 0)
        return options["burst_steps"] if burst else options["critic_steps"]

    def optimizer_of(self, rate):
        """RMSprop: the paper saw momentum make the training unstable (section 4.3)."""
        clip = self.options["clip_norm"] or None
        # A clipped critic's gradients are small: torch's epsilon, which the reference trained with, not Keras' 1e-7.
        return keras.optimizers.RMSprop(rate, rho=0.99, epsilon=1e-8, global_clipnorm=clip)

    def build_generator(self, data):
        """DCGAN's."""
        return convolutional_generator(data.shape, self.options["latent_dim"], self.options["width"])

    def build_opponent(self, data):
        """DCGAN's, batch norm included, without a sigmoid."""
        *sides, channels = data.shape
        return convolutional_critic(
            (*sides, channels * self.options["pack"]),
            self.options["width"],
            minibatch_stddev=self.options["minibatch_stddev"],
            name="critic",
        )


class PointWGAN(WGAN):
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
