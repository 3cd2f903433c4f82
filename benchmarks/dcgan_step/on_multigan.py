"""The step as `multigan run --plugin dcgan` makes it, on TensorFlow."""

import dataclasses

from multigan.backend import start_backend

start_backend("tensorflow", "cpu")

import keras  # noqa: E402
import multigan_dcgan  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import ops  # noqa: E402
from multigan_dcgan.game import DCGAN  # noqa: E402

from dcgan_step.setup import Setup, images  # noqa: E402
from multigan.engine.turns import updates_at  # noqa: E402
from multigan.recipe import DataInfo  # noqa: E402
from multigan.training.ledger import Ledger  # noqa: E402
from multigan.training.run import build_game  # noqa: E402

__all__ = ["GivenLatents", "OnMultigan"]

# TensorFlow takes the compared games' turns for one function that is traced again and again, and warns.
tf.get_logger().setLevel("ERROR")

PLAYERS = ("generator", "discriminator")


class GivenLatents(DCGAN):
    """The plugin's game, but z comes with the batch, so that its step can be held against the peers'."""

    def fake(self, batch):
        return self.generator(batch["z"], training=True)


def build(setup: Setup, game: str = "") -> DCGAN:
    """Builds and compiles the plugin's game as a run does, with the recipe's options; `game` names another class."""
    (recipe,) = multigan_dcgan.register_recipes()
    options = {name: option.default for name, option in recipe.options.items()}
    for name in ("latent_dim", "width", "learning_rate", "beta_1"):
        options[name] = getattr(setup, name)
    data = DataInfo(name="digits", shape=setup.shape, count=setup.batch_size, classes=(), fingerprint="")
    return build_game(dataclasses.replace(recipe, game=game or recipe.game), options, data, seed=0, device="cpu")


class OnMultigan:
    """The updates as the run loop groups them; what they report reaches the host one step late, as in that loop."""

    def __init__(self, setup: Setup):
        self.setup = setup
        self.game = build(setup)
        self.updates = updates_at(self.game.turns, step=1)
        labels = np.zeros(setup.batch_size, "int32")
        self.batches = [{"image": batch, "label": labels} for batch in images(setup, 8)]

    def facts(self) -> dict:
        """What this contender is made of."""
        return {
            "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
            "parameters": {
                player: sum(int(np.prod(v.shape)) for v in self.game.player_variables(player)) for player in PLAYERS
            },
        }

    def weights(self) -> dict[str, list]:
        """The trainable weights by player, in the order and layout of Keras."""
        return {player: [np.asarray(v) for v in self.game.player_variables(player)] for player in PLAYERS}

    def losses(self, weights, batches, latents) -> list[tuple[float, float]]:
        """Both losses of each step from given weights, batches and latents (two batches of latents a step)."""
        game = build(self.setup, f"{GivenLatents.__module__}:{GivenLatents.__qualname__}")
        for player in PLAYERS:
            for variable, value in zip(game.player_variables(player), weights[player], strict=True):
                variable.assign(value)
        steps = []
        for batch, pair in zip(batches, latents, strict=True):
            records = [game.run_turn(turn, {"image": batch, "z": z}) for turn, z in zip(game.turns, pair, strict=True)]
            steps.append(
                tuple(
                    float(record["losses"][f"{turn.player}/adversarial"])
                    for turn, record in zip(game.turns, records, strict=True)
                )
            )
        return steps

    def run(self, steps: int) -> None:
        """Makes steps."""
        ledger, pending = Ledger(), None
        for step in range(steps):
            batch = self.batches[step % len(self.batches)]
            records = [record for turns in self.updates for record in self.game.run_turns(turns, batch)]
            _digest(ledger, step, pending)
            pending = records
        _digest(ledger, steps, pending)


def _digest(ledger, step, records):
    for record in records or ():
        floats = {kind: {k: float(ops.convert_to_numpy(v)) for k, v in record[kind].items()} for kind in sorted(record)}
        ledger.add(step, floats)
