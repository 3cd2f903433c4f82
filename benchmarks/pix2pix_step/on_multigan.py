"""The step as `multigan run --plugin pix2pix` makes it, on TensorFlow."""

from multigan.backend import start_backend

start_backend("tensorflow", "cpu")

import keras  # noqa: E402
import multigan_pix2pix  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from multigan_pix2pix.game import Pix2Pix  # noqa: E402
from wgan_gp_step.on_multigan import digest  # noqa: E402

from multigan import DataInfo, Field  # noqa: E402
from multigan.engine.turns import updates_at  # noqa: E402
from multigan.training.ledger import Ledger  # noqa: E402
from pix2pix_step.setup import PLAYERS, Setup, pairs  # noqa: E402

__all__ = ["OnMultigan"]

tf.get_logger().setLevel("ERROR")


def build(setup: Setup, **options) -> Pix2Pix:
    """Builds and compiles the game with the recipe's options, but for the luminance, which the peer does not keep."""
    known = {name: option.default for name, option in multigan_pix2pix.OPTIONS.items()}
    known |= {"width": setup.width, "luminance": "free", **options}
    keras.utils.set_random_seed(0)
    side = (setup.size, setup.size)
    source = Field(name="source", kind="picture", shape=(*side, 1))
    game = Pix2Pix(DataInfo(name="noise", shape=(*side, 3), beside=(source,)), seed=0, **known)
    game.plan(10_000, setup.batch_size)
    game.compile(jit=False)
    return game


class OnMultigan:
    """The updates as the run loop groups them; what they report reaches the host one step late, as in that loop."""

    def __init__(self, setup: Setup):
        self.setup, self.game = setup, build(setup)
        self.updates, self.batches = updates_at(self.game.turns, step=1), pairs(setup, 8)

    def facts(self) -> dict:
        """What this contender is made of."""
        counts = {p: sum(int(np.prod(v.shape)) for v in self.game.player_variables(p)) for p in PLAYERS}
        return {"versions": {"tensorflow": tf.__version__, "keras": keras.__version__}, "parameters": counts}

    def weights(self) -> dict[str, list]:
        """The trainable weights by player, in the order and layout of Keras."""
        return {player: [np.asarray(v) for v in self.game.player_variables(player)] for player in PLAYERS}

    def losses(self, weights, batches, latents, mixing: float) -> list[float]:
        """The sum of each update's terms, one step of each batch, from given weights and without dropout."""
        game, found = build(self.setup, dropout=0.0), []
        for player in PLAYERS:
            for variable, value in zip(game.player_variables(player), weights[player], strict=True):
                variable.assign(value)
        for batch in batches:
            records = [record for turns in self.updates for record in game.run_turns(turns, batch)]
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
