"""The step as `multigan run --plugin animation` makes it, on TensorFlow."""

from multigan.backend import start_backend

start_backend("tensorflow", "cpu")

import contextlib  # noqa: E402
import re  # noqa: E402
from unittest import mock  # noqa: E402

import keras  # noqa: E402
import multigan_animation  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from multigan_animation.game import Animation  # noqa: E402
from wgan_gp_step.on_multigan import digest  # noqa: E402

from clips_step.setup import PLAYERS, Setup, batches  # noqa: E402
from multigan import DataInfo  # noqa: E402
from multigan.engine.turns import updates_at  # noqa: E402
from multigan.training.ledger import Ledger  # noqa: E402

__all__ = ["OnMultigan"]

tf.get_logger().setLevel("ERROR")
# Of the generator's last layer in the comparison: at first all clips are nearly grey, and losses tell little of them.
CONTRAST = 10.0


class GivenNoise(Animation):
    """The plugin's game, but what it draws comes with the batch, so that its step can be held to the peer's."""

    def opponent_loss(self, batch):
        with _drawn(batch, 0, slice(2)):
            return super().opponent_loss(batch)

    def generator_loss(self, batch):
        with _drawn(batch, 1, slice(2, 3)):
            return super().generator_loss(batch)


@contextlib.contextmanager
def _drawn(batch, update, chances):
    """Keras' draws of one update, in their order."""
    normal = [batch["content"][update], batch["motion"][update]]
    uniform = tf.unstack(batch["chance"][chances])
    with (
        mock.patch.object(keras.random, "normal", side_effect=normal) as normals,
        mock.patch.object(keras.random, "uniform", side_effect=uniform) as uniforms,
    ):
        yield
    assert (normals.call_count, uniforms.call_count) == (len(normal), len(uniform)), "not all was drawn"


def build(setup: Setup, kind=Animation) -> Animation:
    """Builds and compiles the game with the recipe's options."""
    options = {name: option.default for name, option in multigan_animation.OPTIONS.items()}
    options |= {"width": setup.width, "critic_width": setup.critic_width}
    classes = tuple(map(str, range(setup.classes)))
    keras.utils.set_random_seed(0)
    game = kind(DataInfo(name="noise", shape=setup.shape, field="clip", classes=classes), seed=0, **options)
    game.compile(jit=False)
    return game


def ordered(game: Animation) -> dict[str, list[list[keras.Variable]]]:
    """By player, each network's weights, in the order of their use: of discriminators, each layer's `u` comes first."""
    film, (clips, frames) = game.generator, game.discriminator
    placed = film.get_layer("placed")
    names = ("shares", "where", "scale", "offset", "retouch", *(n.name for n in placed.layers if "norm" in n.name))
    parts = [film.get_layer(name) for name in ("start", "codes", "canvas")]
    parts += [placed.get_layer(name) for name in (*names, "picture")]

    def made(layer):
        return int((re.findall(r"_(\d+)$", layer.name) or [0])[0])

    return {
        "generator": [[weight for part in parts for weight in part.trainable_weights]],
        "discriminator": [
            # A network of Keras has its layers in the order of their depth, which is not the one they were made in.
            [w for layer in sorted(_normalised(network), key=made) for w in layer.weights]
            for network in (clips.get_layer("discriminator"), frames)
        ],
    }


def _normalised(network):
    return [layer for layer in network.layers if type(layer).__name__ == "SpectralNormalization"]


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
        """By player, each network's weights as `ordered`, in the layout of Keras, with clips of some contrast."""
        found = {
            player: [[np.asarray(v) for v in network] for network in networks]
            for player, networks in ordered(self.game).items()
        }
        (film,) = found["generator"]
        film[-2] = CONTRAST * film[-2]
        return found

    def losses(self, weights, given, noise, mixing=None) -> list[float]:
        """What both discriminators say in each update, one step after the other, from given weights, batches and
        noise.
        """
        game, found = build(self.setup, GivenNoise), []
        for player, networks in ordered(game).items():
            for network, values in zip(networks, weights[player], strict=True):
                for variable, value in zip(network, values, strict=True):
                    variable.assign(value)
        for batch, drawn in zip(given, noise, strict=True):
            for turns in self.updates:
                records = game.run_turns(turns, batch | drawn)
                found += [float(value) for record in records for value in record["losses"].values()]
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
