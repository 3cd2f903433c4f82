"""The generator's turn in the reference's order, on TensorFlow: one rollout of one prefix after another.

The order is that of the authors' program (LantaoYu/SeqGAN, rollout.py): for each rollout, for each length of prefix,
one call goes through the prefix from the first token and draws the rest of a batch, and one call judges it. Networks,
policy gradient and optimizer are multigan's, so that nothing but the order, and the draw, differs. The reference judges
the texts themselves once a rollout; here once is enough.
"""

from seqgan_step.on_multigan import COLDEST, PLAYERS, Given, assign, build, digest, turn_of

# isort: split
import keras
import numpy as np
import tensorflow as tf

from multigan.training.ledger import Ledger
from seqgan_step.setup import Setup, texts

__all__ = ["ByPosition"]


class ByPosition:
    """Generator turns.

    Args:
        setup: the sizes.
        own_draw: draw as multigan does, in place of `tf.random.categorical`, as the reference does.
    """

    def __init__(self, setup: Setup, own_draw: bool = False):
        self.setup, self.own_draw = setup, own_draw
        self._prepare(build(setup, Given))
        self.batch = texts(setup, 1, seed=1)[0]

    def _prepare(self, game):
        self.game = game

        def compiled(function):
            return tf.function(function, autograph=False)

        self.write = compiled(lambda: self._complete(game.policy, tf.zeros((self.setup.batch_size, 0), tf.int32)))
        self.complete = {
            prefix: compiled(lambda written, prefix=prefix: self._complete(game.rollout_policy, written[:, :prefix]))
            for prefix in range(1, self.setup.length)
        }
        self.judge = compiled(lambda written: tf.sigmoid(game.discriminator(written)))

    def _complete(self, policy, prefix):
        """Goes through a prefix `(batch, tokens)` and draws the rest, `(batch, length)`."""
        tokens = tf.unstack(prefix, axis=1)
        temperature = max(self.game.options["temperature"], COLDEST)
        reader = policy.reader(temperature) if self.own_draw else None
        state = policy.start(tf.zeros((self.setup.batch_size, 1)))
        for place in range(self.setup.length):
            if place >= len(tokens):
                tokens.append(self._draw(policy, state, temperature, reader))
            if place + 1 < self.setup.length:
                state = policy.advance(state, tokens[place])
        return tf.stack(tokens, axis=1)

    def _draw(self, policy, state, temperature, reader):
        if self.own_draw:
            return policy.choose(state, tf.random.uniform((self.setup.batch_size,)), reader)
        logits = policy.logits(state[0]) / temperature
        return tf.random.categorical(logits, 1, dtype=tf.int32)[:, 0]

    def facts(self) -> dict:
        """What this contender is made of."""
        counts = {p: sum(int(np.prod(v.shape)) for v in self.game.player_variables(p)) for p in PLAYERS}
        return {"versions": {"tensorflow": tf.__version__, "keras": keras.__version__}, "parameters": counts}

    def _rewards(self, written):
        earned = np.zeros((self.setup.batch_size, self.setup.length), "float32")
        for _ in range(self.setup.rollouts):
            for prefix in range(1, self.setup.length):
                earned[:, prefix - 1] += self.judge(self.complete[prefix](written)).numpy()
        earned[:, -1] = self.setup.rollouts * self.judge(written).numpy()
        return earned / self.setup.rollouts

    def certain_rewards(self, weights, written) -> np.ndarray:
        """What texts earn, `(batch, length)`, where every rollout takes the likeliest token; from given weights."""
        kept = self.game
        self._prepare(build(self.setup, Given, temperature=COLDEST))
        assign(self.game, weights)
        earned = self._rewards(tf.constant(written))
        self._prepare(kept)
        return earned

    def turns(self, count: int) -> None:
        """Makes generator turns; what they report reaches the host one turn late."""
        turn, ledger, pending = turn_of(self.game, "generator"), Ledger(), []
        for step in range(count):
            written = self.write()
            batch = {"text": self.batch, "written": written, "rewards": self._rewards(written)}
            records = [self.game.run_turn(turn, batch)]
            digest(ledger, step, pending)
            pending = records
        digest(ledger, count, pending)
