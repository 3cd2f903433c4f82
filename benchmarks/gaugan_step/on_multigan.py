"""The step as `multigan run --plugin gaugan` makes it, on TensorFlow."""

from multigan.backend import start_backend

start_backend("tensorflow", "cpu")

import re  # noqa: E402
from unittest import mock  # noqa: E402

import keras  # noqa: E402
import multigan_gaugan  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from multigan_gaugan.game import GauGAN  # noqa: E402
from wgan_gp_step.on_multigan import digest  # noqa: E402

from gaugan_step.setup import PLAYERS, Setup, batches  # noqa: E402
from multigan import DataInfo, Field  # noqa: E402
from multigan.engine.turns import updates_at  # noqa: E402
from multigan.training.ledger import Ledger  # noqa: E402

__all__ = ["OnMultigan"]

tf.get_logger().setLevel("ERROR")


class GivenNoise(GauGAN):
    """The plugin's game, but the noise of styles comes with the batch, so that its step can be held to the peer's."""

    def generator_loss(self, batch):
        with mock.patch.object(keras.random, "normal", return_value=batch["noise"]):
            return super().generator_loss(batch)


def build(setup: Setup, kind=GauGAN, steps: int = 1_000_000) -> GauGAN:
    """Builds and compiles the game with the recipe's options and the paper's networks: its blocks, and no reader; but
    without the distance of features, which needs weights.
    """
    options = {name: option.default for name, option in multigan_gaugan.OPTIONS.items()}
    options |= {"width": setup.width, "critic_width": setup.critic_width, "perceptual": 0.0}
    options |= {"modulation": "apart", "widest": 16, "reader": 0.0}
    side = (setup.size, setup.size)
    source = Field(name="source", kind="labelmap", shape=side, classes=tuple(map(str, range(setup.classes))))
    keras.utils.set_random_seed(0)
    game = kind(DataInfo(name="noise", shape=(*side, 3), beside=(source,)), seed=0, **options)
    game.plan(steps, setup.batch_size)
    game.compile(jit=False)
    return game


def ordered(network: keras.Model) -> list[keras.Variable]:
    """The weights, vectors of power iterations too, layer by layer as they were made: convolutions, then dense layers,
    then what is spectrally normalised. A network of Keras has its layers in the order of their depth.
    """

    def made(layer):
        return type(layer).__name__, int((re.findall(r"_(\d+)$", layer.name) or [0])[0])

    return [weight for layer in sorted(network.layers, key=made) for weight in layer.weights]


class OnMultigan:
    """The updates as the run loop groups them; what they report reaches the host one step late, as in that loop."""

    def __init__(self, setup: Setup):
        self.setup, self.game = setup, build(setup)
        self.updates, self.batches = updates_at(self.game.turns, step=1), batches(setup, 8)

    def facts(self) -> dict:
        """What this contender is made of."""
        counts = {p: sum(int(np.prod(v.shape)) for v in self.game.player_variables(p)) for p in PLAYERS}
        return {"versions": {"tensorflow": tf.__version__, "keras": keras.__version__}, "parameters": counts}

    def weights(self) -> dict[str, list]:
        """By player, each network's weights as `ordered`, in the layout of Keras."""
        return {
            player: [[np.asarray(v) for v in ordered(network)] for network in self.game.networks(player)]
            for player in PLAYERS
        }

    def losses(self, weights, given, noise, mixing=None) -> list[float]:
        """The sum of each update's terms, one step after the other, from given weights, batches and noise; in a run so
        short that the divergence has its weight from the second step on.
        """
        game, found = build(self.setup, GivenNoise, steps=2 * len(given)), []
        for player in PLAYERS:
            for network, values in zip(game.networks(player), weights[player], strict=True):
                for variable, value in zip(ordered(network), values, strict=True):
                    variable.assign(value)
        for batch, drawn in zip(given, noise, strict=True):
            for turns in self.updates:
                records = game.run_turns(turns, {**batch, "noise": drawn})
                found += [sum(map(float, record["losses"].values())) for record in records]
        return found

    def run(self, steps: int) -> None:
        """Makes steps."""
        ledger, pending = Ledger(), []
        for step in range(steps):
            batch = self.batches[step % len(self.batches)]
            records = [record for turns in self.updates for record in self.game.run_turns(turns, batch)]
            digest(ledger, step, pending)
            pending = records
        digest(ledger, steps, pending)
