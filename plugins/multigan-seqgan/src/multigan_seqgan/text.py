"""What both recipes share: a policy that learns by likelihood first, a discriminator, and samples from uniforms."""

import math

import keras
import numpy as np
from keras import ops

from multigan import Adam, DataInfo, TextGame, UsageError
from multigan_seqgan.discriminator import TextDiscriminator
from multigan_seqgan.parts import in_parts
from multigan_seqgan.policy import Policy, valid
from multigan_seqgan.rewards import masked_mean
from multigan_seqgan.writer import sampler

__all__ = ["PolicyGame"]

# So many texts are judged at a time: more bring no speed, and their windows fill the memory.
JUDGED = {"cpu": 1024, "accelerator": 8192}


class PolicyGame(TextGame):
    """Players "generator", whose first network is the policy, and "discriminator".

    Args:
        data: what the recipe trains on: texts.
        seed: of the game's draws.
        options: the recipe's, all of them.

    Raises:
        UsageError: data that are no texts, or texts of one token.
    """

    # Whether the loss looks at scores themselves, or at differences between them.
    scores_have_bias = True

    def __init__(self, data: DataInfo, *, seed: int = 0, **options):
        super().__init__(seed=seed)
        self.options = options
        if data.facts.get("vocabulary", 0) < 2 or len(data.shape) != 1 or data.shape[0] < 2:
            raise UsageError(
                f"{data.name}: texts of two tokens or more out of two or more are needed; give other --data"
            )
        (self.length,), self.vocabulary, self.end = data.shape, data.vocabulary, data.end
        self.generator = self.build_generator(self.build_policy())
        self.discriminator = self.build_discriminator()
        # Past Keras: how samples are drawn is no part of what a checkpoint holds.
        object.__setattr__(self, "_sampler", sampler(self.policy, self.length, self.end))

    def build_policy(self) -> Policy:
        """Returns a policy with weights of its own."""
        keys = ("embedding", "hidden", "cell")
        return Policy(self.vocabulary, **{key: self.options[key] for key in keys})

    def build_generator(self, policy: Policy):
        """Returns the generator's network, or a list of them, the policy first."""
        return policy

    def build_discriminator(self) -> TextDiscriminator | None:
        """Returns the discriminator; None where nobody asks it."""
        return TextDiscriminator(
            self.vocabulary,
            self.length,
            embedding=self.options["discriminator_embedding"],
            filters=self.options["filters"],
            dropout=self.options["dropout"],
            bias=self.scores_have_bias,
        )

    @property
    def policy(self) -> Policy:
        """What gives the logits of the next token."""
        return self.networks("generator")[0]

    def optimizers(self):
        """Adam for each; the generator's rate after likelihood training may be another."""
        first, steps = self.options["learning_rate"], self.options["pretrain_steps"]
        rate = self.options["adversarial_learning_rate"] or first
        if steps and rate != first:
            rate = keras.optimizers.schedules.PiecewiseConstantDecay([steps - 1], [first, rate])
        found = {
            "generator": Adam(rate, global_clipnorm=self.options["clip_norm"] or None),
            "discriminator": Adam(self.options["discriminator_learning_rate"]),
        }
        # A control has nobody who judges.
        return {player: found[player] for player in self.players()}

    # Losses and what they use.

    def likelihood_loss(self, batch):
        """The mean of -log p over the tokens that count, each given the real ones before it."""
        tokens = batch["text"]
        counts = valid(tokens, self.end)
        logarithms, _ = self.policy.log_softmax(tokens)
        self.observe(entropy=self.entropy(logarithms, counts))
        return {"nll": -masked_mean(chosen(logarithms, tokens), counts)}

    def entropy(self, logarithms, counts):
        """The policy's entropy in nats, its mean over the tokens that count."""
        fixed = ops.stop_gradient(logarithms)
        return masked_mean(-ops.sum(ops.exp(fixed) * fixed, axis=-1), counts)

    def counted(self, tokens):
        """What the discriminator is told of which tokens count: nothing where all do."""
        return valid(tokens, self.end) if self.end >= 0 else None

    def observe_scores(self, real, fake, border=0.0):
        """Logs how often the discriminator is right."""
        right = {"accuracy_real": real > border, "accuracy_generated": fake < border}
        self.observe(**{name: ops.mean(ops.cast(share, "float32")) for name, share in right.items()})

    # Samples.

    @property
    def sampler(self):
        """Uniforms to tokens."""
        return self._sampler

    def steer(self, temperature=1.0, prefix=()):
        """See `TextGame.steer`."""
        if not 0.0 <= temperature < math.inf:
            raise UsageError(f"temperature {temperature}: expected a number of at least 0")
        prefix = [int(token) for token in prefix]
        if len(prefix) >= self.length:
            raise UsageError(f"a prefix of {len(prefix)} tokens: texts have {self.length}; give a shorter one")
        for token in prefix:
            if not 0 <= token < self.vocabulary or token == self.end:
                raise UsageError(f"prefix: no text goes on after token {token}; tokens are 0 to {self.vocabulary - 1}")
        self.sampler.get_layer("writer").steer(temperature, prefix)

    def latents(self, count, seed):
        """Uniforms on [0, 1), one a token."""
        return np.random.default_rng(seed).random((count, self.length), dtype="float32")

    def interpolate(self, keys, count):
        """Uniforms on straight lines."""
        places = np.linspace(0.0, len(keys) - 1, count)
        line = np.minimum(places.astype(int), len(keys) - 2)
        part = (places - line)[:, None].astype("float32")
        return (1 - part) * keys[line] + part * keys[line + 1]

    def log_probability(self, samples):
        """The sum of log p over the tokens that count, at temperature 1."""
        logarithms, _ = self.policy.log_softmax(samples)
        counts = ops.cast(valid(samples, self.end), "float32")
        return ops.sum(chosen(logarithms, samples) * counts, axis=-1)

    def score(self, samples):
        """The discriminator's scores; None where there is none."""
        if self.discriminator is None:
            return None
        return ops.convert_to_numpy(self.judge(ops.convert_to_tensor(samples)))

    def judge(self, texts):
        """The discriminator's scores `(n,)` of texts; no gradient goes through them."""
        return in_parts(lambda part: ops.stop_gradient(self.discriminator(part, self.counted(part))), (texts,), JUDGED)


def chosen(logarithms, tokens):
    """The entries `(n, length)` of `logarithms`, `(n, length, vocabulary)`, that tokens name."""
    return ops.take_along_axis(logarithms, tokens[:, :, None], axis=-1)[:, :, 0]
