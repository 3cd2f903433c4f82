"""SeqGAN, after Yu, Zhang, Wang and Yu, 2017, arXiv 1609.05473, with its controls."""

import keras
from keras import layers, ops

from multigan import Phase, Turn, UsageError, accelerators, non_saturating_critic
from multigan_seqgan.policy import valid
from multigan_seqgan.prefixes import judge_ways
from multigan_seqgan.rewards import average, maligan, masked_mean, normalised, without_mean
from multigan_seqgan.rollouts import rollout_uniforms, rollouts
from multigan_seqgan.text import PolicyGame, chosen

__all__ = ["SeqGAN"]

# What every token earns where the reward is constant: what a discriminator that cannot tell would say.
CONSTANT = 0.5


class SeqGAN(PolicyGame):
    """A policy that is paid by a discriminator. A step of the last phase is a round."""

    def __init__(self, data, *, seed=0, **options):
        if options["reward"] == "constant" and options["baseline"] == "mean":
            raise UsageError("baseline=mean: a constant reward less its mean is nothing; leave the baseline at none")
        if options["shaping"] == "maligan" and options["reward"] in ("constant", "random"):
            raise UsageError(f"shaping=maligan shapes the discriminator's scores, not reward={options['reward']}")
        super().__init__(data, seed=seed, **options)
        self.rollout_policy = None
        if options["rollouts"] and self.discriminator is not None:
            self.rollout_policy = self.build_policy()
            self.rollout_policy.trainable = False
            self.rollout_policy.set_weights(self.policy.get_weights())

    def build_generator(self, policy):
        """The policy, and with a learned baseline what foretells the reward from its hidden vectors."""
        if self.options["baseline"] != "learned":
            return policy
        baseline = layers.Dense(1, name="baseline")
        baseline.build((None, policy.hidden))
        return [policy, baseline]

    def build_discriminator(self):
        """None in a control: nobody listens to it."""
        return super().build_discriminator() if self.options["reward"] == "discriminator" else None

    def phases(self):
        """Likelihood, then the discriminator alone, then rounds of both; a control has no discriminator."""
        options = self.options
        likelihood = Turn("generator", loss="likelihood_loss", after=(copy_policy,))
        judge = Turn("discriminator", repeat=options["discriminator_updates"])
        if options["reward"] == "likelihood":
            rounds = (Turn("generator", loss="likelihood_loss", repeat=options["generator_updates"]),)
        else:
            # It looks at no real text, and takes none from the data.
            rounds = (Turn("generator", repeat=options["generator_updates"], fresh=False, after=(lag_policy,)),)
            if options["teacher_forcing"]:
                rounds += (Turn("generator", loss="likelihood_loss", repeat=options["teacher_forcing"]),)
        if self.discriminator is not None:
            rounds += (judge,)
        phases = []
        if options["pretrain_steps"]:
            phases.append(Phase("likelihood", (likelihood,), options["pretrain_steps"]))
        if options["discriminator_pretrain_steps"] and self.discriminator is not None:
            phases.append(Phase("discriminator", (judge,), options["discriminator_pretrain_steps"]))
        return (*phases, Phase("adversarial", rounds))

    def write(self, count):
        """Texts of the policy, int32 `(count, length)`; no gradient goes through them."""
        uniforms = keras.random.uniform((count, self.length), seed=self.seed)
        return ops.stop_gradient(self.policy.write(uniforms, self.options["temperature"], self.end))

    def discriminator_loss(self, batch):
        """Cross-entropy over as many real texts as freshly written ones, and the output layer's decay."""
        real = batch["text"]
        # As one batch, all weights are read, and their gradients added up, once.
        texts = ops.concatenate([real, self.write(real.shape[0])], axis=0)
        scores = ops.split(self.discriminator(texts, self.counted(texts), seed=self.seed), 2, axis=0)
        self.observe_scores(*scores)
        decay = self.options["l2"] * self.discriminator.weight_decay()
        return {"adversarial": 0.5 * non_saturating_critic(*scores), "decay": decay}

    def generator_loss(self, batch):
        """REINFORCE: the sum of -log p times what the token is worth over a text's tokens, its mean over the batch."""
        tokens = self.write(batch["text"].shape[0])
        counts = valid(tokens, self.end)
        logarithms, hidden = self.policy.log_softmax(tokens, self.options["temperature"])
        rewards = self.rewards(tokens)
        # MaliGAN's are logarithms.
        worth = normalised(rewards, counts) if self.options["shaping"] == "maligan" else rewards
        terms, advantage = {}, worth
        if self.options["baseline"] == "mean":
            advantage = without_mean(worth, counts)
        elif self.options["baseline"] == "learned":
            foretold = self.generator[1](ops.stop_gradient(hidden))[:, :, 0]
            terms["baseline"] = masked_mean(ops.square(foretold - worth), counts)
            advantage = worth - ops.stop_gradient(foretold)
        mean = masked_mean(worth, counts)
        self.observe(
            entropy=self.entropy(logarithms, counts),
            reward=mean,
            reward_deviation=ops.sqrt(masked_mean(ops.square(worth - mean), counts)),
        )
        gains = ops.sum(chosen(logarithms, tokens) * advantage * ops.cast(counts, "float32"), axis=1)
        return {"policy": -ops.mean(gains), **terms}

    def rewards(self, tokens):
        """What each token of texts earns, `(batch, length)`, a constant to the gradient; MaliGAN's as logarithms."""
        if self.options["reward"] == "constant":
            return ops.full(tokens.shape, CONSTANT)
        if self.options["reward"] == "random":
            return keras.random.uniform(tokens.shape, seed=self.seed)
        shape = {"seqgan": average, "maligan": maligan}[self.options["shaping"]]
        return ops.stop_gradient(shape(self.search(tokens)))

    @property
    def shares_prefixes(self) -> bool:
        """Whether the discriminator looks at a prefix once for all its rollouts; a subclass whose `judge` asks another
        says no.

        One large batch has fewer calls, which count for more on an accelerator than the work that is saved; and XLA
        compiles as many convolutions as prefix by prefix for half a minute.
        """
        return not accelerators() and keras.backend.backend() != "jax"

    def search(self, tokens):
        """The discriminator's scores of rollouts after each token, `(rollouts, batch, length)`; without rollouts those
        of the texts themselves. A last token has nothing to follow it: its texts are complete.
        """
        batch, length = tokens.shape
        count = self.options["rollouts"]
        if not count:
            return ops.broadcast_to(self.judge(tokens)[None, :, None], (1, batch, length))
        uniforms = rollout_uniforms(length, count, batch, self.seed)
        ways = rollouts(self.rollout_policy, tokens, uniforms, self.end, self.options["temperature"])
        if self.shares_prefixes:
            whole, scores = judge_ways(self.discriminator, tokens, ways, self.counted)
        else:
            whole, scores = self.judge(tokens), self.judge(ops.reshape(ways, (-1, length)))
            scores = ops.reshape(scores, (length - 1, count, batch))
        whole = ops.broadcast_to(whole[None, None], (1, count, batch))
        return ops.transpose(ops.concatenate([scores, whole], axis=0), (1, 2, 0))


def copy_policy(game):
    """Keeps the rollout policy the same as the policy: it lags from the first round on only."""
    _move(game, 0.0)


def lag_policy(game):
    """Moves the rollout policy towards the policy: w <- rate w + (1 - rate) new."""
    _move(game, game.options["rollout_rate"])


def _move(game, rate):
    if game.rollout_policy is not None:
        for old, new in zip(game.rollout_policy.weights, game.policy.weights, strict=True):
            old.assign(rate * old + (1.0 - rate) * new)
