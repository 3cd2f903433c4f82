"""The second way to a gradient through tokens: Gumbel-softmax, against a relativistic discriminator."""

import keras
from keras import ops

from multigan import ADVERSARIAL_LOSSES, Phase, Turn
from multigan_seqgan.policy import valid
from multigan_seqgan.text import PolicyGame

__all__ = ["GumbelSeqGAN"]

DIFFERENCES = ("relativistic", "relativistic-paired", "wasserstein")


class GumbelSeqGAN(PolicyGame):
    """The generator writes weights over the vocabulary in place of tokens, which the discriminator's gradient reaches.

    Reference: Jang et al., 2016, arXiv 1611.01144; for text Kusner and Hernandez-Lobato, 2016, arXiv 1611.04051; the
        loss: Jolicoeur-Martineau, 2018, arXiv 1807.00734.
    """

    @property
    def adversarial(self):
        """The pair of losses."""
        return ADVERSARIAL_LOSSES[self.options["loss"]]

    @property
    def scores_have_bias(self):
        """Not where one is subtracted from another: a bias has no gradient there."""
        return self.options["loss"] not in DIFFERENCES

    def phases(self):
        """Likelihood, then both."""
        steps, updates = self.options["pretrain_steps"], self.options["discriminator_updates"]
        first = Phase("likelihood", (Turn("generator", loss="likelihood_loss"),), steps)
        both = (Turn("discriminator", repeat=updates), Turn("generator", fresh=self.adversarial.needs_real))
        return (*((first,) if steps else ()), Phase("adversarial", both))

    def relaxed(self, count):
        """Texts as weights over the vocabulary `(count, length, vocabulary)`, and their likeliest tokens."""
        shape = (count, self.length, self.vocabulary)
        # One draw for the whole text, before the loop.
        uniforms = keras.random.uniform(shape, minval=1e-7, maxval=1.0, seed=self.seed)
        noise = -ops.log(-ops.log(ops.clip(uniforms, 1e-7, 1.0 - 1e-7)))
        temperature, weights, tokens = self.annealed(), [], []
        state = self.policy.start(noise[:, 0])
        for step in range(self.length):
            logits = (self.policy.logits(state[0]) + noise[:, step]) / temperature
            soft, token = ops.softmax(logits, axis=-1), ops.cast(ops.argmax(logits, axis=-1), "int32")
            if self.options["straight_through"]:
                # Forward the token, backward the gradient of the weights.
                soft = soft + ops.stop_gradient(ops.one_hot(token, self.vocabulary, dtype=soft.dtype) - soft)
            weights.append(soft)
            tokens.append(token)
            if step + 1 < self.length:
                state = self.policy.advance(state, soft)
        return ops.stack(weights, axis=1), ops.stack(tokens, axis=1)

    def annealed(self):
        """The temperature: it falls by an equal factor with each update of the last phase, and then stays."""
        options = self.options
        updates = ops.cast(self.player_optimizers["generator"].iterations, "float32") - options["pretrain_steps"]
        part = ops.clip(updates / options["anneal_steps"], 0.0, 1.0)
        start, end = options["gumbel_temperature"], options["gumbel_temperature_end"]
        return start * ops.power(end / start, part)

    def scores(self, batch):
        """The discriminator's scores of real texts, of as many generated ones, and the tokens of those."""
        real = batch["text"]
        weights, tokens = self.relaxed(real.shape[0])
        fake = self.discriminator(weights, self.counted(tokens), seed=self.seed)
        return self.discriminator(real, self.counted(real), seed=self.seed), fake, tokens

    def discriminator_loss(self, batch):
        """The opponent's side of the loss, and the output layer's decay."""
        real, fake, _ = self.scores(batch)
        border = 0.0 if self.scores_have_bias else 0.5 * (ops.mean(real) + ops.mean(fake))
        self.observe_scores(real, fake, border)
        decay = self.options["l2"] * self.discriminator.weight_decay()
        return {"adversarial": self.adversarial.critic(real, fake), "decay": decay}

    def generator_loss(self, batch):
        """The other side."""
        real, fake, tokens = self.scores(batch)
        logarithms, _ = self.policy.log_softmax(ops.stop_gradient(tokens))
        self.observe(temperature=self.annealed(), entropy=self.entropy(logarithms, valid(tokens, self.end)))
        return {"adversarial": self.adversarial.generator(real, fake)}
