"""WaveGAN, after Donahue, McAuley and Puckette, 2018, arXiv 1802.04208."""

import keras

from multigan import AdversarialGame, Turn, clip_weights, condition_of, gradient_penalty
from multigan_wavegan.networks import wave_critic, wave_generator

__all__ = ["ReferenceLosses", "WaveGAN"]

# The reference's names, and those of this field.
ADVERSARIAL = {"wgan-gp": "wasserstein", "wgan": "wasserstein", "dcgan": "non-saturating", "lsgan": "least-squares"}
# Losses that the reference trains with RMSprop; the others have Adam.
RMSPROP = ("wgan", "lsgan")


class ReferenceLosses(AdversarialGame):
    """What WaveGAN and SpecGAN share: the reference's four losses, and classes to ask for."""

    follows = (*AdversarialGame.follows, "penalty")

    def __init__(self, data, *, seed=0, **options):
        self.reference_loss = options["loss"]
        super().__init__(data, seed=seed, **options | {"loss": ADVERSARIAL[options["loss"]]})
        if self.reference_loss == "wgan":
            clip = clip_weights("discriminator", self.options["clip"])
            first, *rest = self.turns
            self.turns = (Turn(first.player, repeat=first.repeat, loss=first.loss, after=(clip,)), *rest)

    @property
    def opponent_updates(self):
        """Each with a batch of its own."""
        return self.options["critic_steps"]

    def choose_condition(self, data):
        """The class, when it is asked for."""
        return condition_of(data, "label") if self.options["conditional"] else None

    def optimizer_of(self, rate):
        """As the reference has it for each loss."""
        if self.reference_loss not in RMSPROP:
            return super().optimizer_of(rate)
        return keras.optimizers.RMSprop(rate, epsilon=1e-8, global_clipnorm=self.options["clip_norm"] or None)

    def penalties(self, real, fake, batch):
        """The gradient penalty, of the loss that has one."""
        if self.reference_loss != "wgan-gp":
            return {}

        def penalty(judge, real, fake):
            return gradient_penalty(judge, real, fake, self.seed)

        return {"penalty": self.now("penalty") * self.penalise(penalty, batch, real, fake)}


class WaveGAN(ReferenceLosses):
    """Convolutions along time: a generator of raw sound, and a discriminator with phase shuffle."""

    def build_generator(self, data):
        """Transposed convolutions of length 25, from 16 steps up."""
        options = self.options
        return wave_generator(
            data.shape,
            options["latent_dim"],
            options["dim"],
            kernel=options["kernel"],
            upsample=options["upsample"],
            post_filter=options["post_filter"],
            condition=self.condition,
        )

    def build_opponent(self, data):
        """The generator turned round."""
        options, (length, channels) = self.options, data.shape
        return wave_critic(
            (length, channels * options["pack"]),
            options["dim"],
            kernel=options["kernel"],
            phase_shuffle=options["phase_shuffle"],
            shuffle_by=options["shuffle_by"],
            spectral_norm=options["spectral_norm"],
            minibatch_stddev=options["minibatch_stddev"],
            bias=self.scores_have_bias,
            condition=self.condition,
        )
