"""The step as `multigan run --plugin wavegan` makes it, on TensorFlow."""

from multigan.backend import start_backend

start_backend("tensorflow", "cpu")

from unittest import mock  # noqa: E402

import keras  # noqa: E402
import multigan_wavegan  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import ops  # noqa: E402
from multigan_wavegan.game import WaveGAN  # noqa: E402
from wgan_gp_step.on_multigan import digest  # noqa: E402

from multigan.engine.turns import updates_at  # noqa: E402
from multigan.recipe import DataInfo  # noqa: E402
from multigan.training.ledger import Ledger  # noqa: E402
from wavegan_step.setup import Setup, sounds  # noqa: E402

__all__ = ["OnMultigan"]

tf.get_logger().setLevel("ERROR")
PLAYERS = ("generator", "discriminator")


class GivenLatents(WaveGAN):
    """The plugin's game, but z comes with the batch, so that its step can be held against the peer's."""

    def fake(self, batch):
        return self.generator(batch["z"], training=True)


def build(setup: Setup, kind=WaveGAN, **options) -> WaveGAN:
    """Builds and compiles the game with the recipe's options."""
    recipe = next(iter(multigan_wavegan.register_recipes()))
    given = {name: option.default for name, option in recipe.options.items()}
    given |= {"latent_dim": setup.latent_dim, "dim": setup.dim, "kernel": setup.kernel}
    keras.utils.set_random_seed(0)
    data = DataInfo(
        name="tones", shape=(setup.length, 1), count=setup.batch_size, field="audio", facts={"sample_rate": 16_000}
    )
    game = kind(data, seed=0, **given | {"phase_shuffle": setup.phase_shuffle} | options)
    game.compile(jit=False)
    return game


class OnMultigan:
    """The updates as the run loop groups them; what they report reaches the host one step late, as in that loop."""

    def __init__(self, setup: Setup):
        self.setup, self.game = setup, build(setup)
        self.updates = updates_at(self.game.turns, step=1)
        self.batches = [{"audio": batch} for batch in sounds(setup, 8)]

    def facts(self) -> dict:
        """What this contender is made of."""
        counts = {p: sum(int(np.prod(v.shape)) for v in self.game.player_variables(p)) for p in PLAYERS}
        return {"versions": {"tensorflow": tf.__version__, "keras": keras.__version__}, "parameters": counts}

    def weights(self) -> dict[str, list]:
        """The trainable weights by player, in the order and layout of Keras."""
        return {player: [np.asarray(v) for v in self.game.player_variables(player)] for player in PLAYERS}

    def losses(self, weights, batches, latents, mixing: float) -> list[float]:
        """The sum of each update's terms, one step without phase shuffle, from given weights, batches and latents."""
        game = build(self.setup, GivenLatents, phase_shuffle=0)
        for player in PLAYERS:
            for variable, value in zip(game.player_variables(player), weights[player], strict=True):
                variable.assign(value)
        turns, found = [turn for group in self.updates for turn in group], []
        with mock.patch.object(keras.random, "uniform", lambda shape, **_: ops.full(shape, mixing)):
            for turn, batch, z in zip(turns, batches, latents, strict=True):
                own = game.turns[0] if turn.player == "discriminator" else game.turns[1]
                found.append(sum(map(float, game.run_turn(own, {"audio": batch, "z": z})["losses"].values())))
        return found

    def run(self, steps: int) -> None:
        """Makes steps."""
        ledger, pending, drawn = Ledger(), [], 0
        for step in range(steps):
            records = []
            for turns in self.updates:
                drawn += turns[0].fresh
                records += self.game.run_turns(turns, self.batches[drawn % len(self.batches)])
            digest(ledger, step, pending)
            pending = records
        digest(ledger, steps, pending)
