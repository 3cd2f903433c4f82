"""The step as `multigan run --plugin cyclegan` makes it, on TensorFlow."""

from multigan.backend import start_backend

start_backend("tensorflow", "cpu")

import keras  # noqa: E402
import multigan_cyclegan  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from multigan_cyclegan.game import CycleGAN  # noqa: E402
from wgan_gp_step.on_multigan import digest  # noqa: E402

from cyclegan_step.setup import Setup, batches  # noqa: E402
from multigan.engine.turns import updates_at  # noqa: E402
from multigan.field import Field  # noqa: E402
from multigan.recipe import DataInfo  # noqa: E402
from multigan.training.ledger import Ledger  # noqa: E402

__all__ = ["OnMultigan"]

tf.get_logger().setLevel("ERROR")
PLAYERS = ("generators", "discriminators")


def build(setup: Setup) -> CycleGAN:
    """Builds and compiles the game with the recipe's options, but for those that the paper's step lacks."""
    options = {name: option.default for name, option in multigan_cyclegan.CYCLEGAN.items()}
    options |= {"width": setup.width, "blocks": setup.blocks, "identity": setup.identity}
    options |= {"cycle": setup.cycle, "cycle_noise": 0.0, "ema": 0.0, "critic_learning_rate": setup.learning_rate}
    source = Field(name="source", kind="picture", shape=setup.shape, aligned=False)
    keras.utils.set_random_seed(0)
    game = CycleGAN(DataInfo(name="noise", shape=setup.shape, beside=(source,)), seed=0, **options)
    game.plan(1_000_000, setup.batch_size)
    game.compile(jit=False)
    return game


class OnMultigan:
    """The updates as the run loop groups them; what they report reaches the host one step late, as in that loop."""

    def __init__(self, setup: Setup):
        self.setup, self.game = setup, build(setup)
        self.updates = updates_at(self.game.turns, step=1)
        self.batches = batches(setup, 8)

    def facts(self) -> dict:
        """What this contender is made of."""
        counts = {p: sum(int(np.prod(v.shape)) for v in self.game.player_variables(p)) for p in PLAYERS}
        return {"versions": {"tensorflow": tf.__version__, "keras": keras.__version__}, "parameters": counts}

    def weights(self) -> dict[str, list]:
        """The trainable weights by player, in the order and layout of Keras."""
        return {player: [np.asarray(v) for v in self.game.player_variables(player)] for player in PLAYERS}

    def losses(self, weights, given, latents=None, mixing=None) -> list[float]:
        """The sum of each update's terms, one step after the other, from given weights and batches."""
        game = build(self.setup)
        for player in PLAYERS:
            for variable, value in zip(game.player_variables(player), weights[player], strict=True):
                variable.assign(value)
        records = [record for batch in given for record in game.run_turns(game.turns, batch)]
        return [sum(map(float, record["losses"].values())) for record in records]

    def run(self, steps: int) -> None:
        """Makes steps."""
        ledger, pending = Ledger(), []
        for step in range(steps):
            records = []
            for turns in self.updates:
                records += self.game.run_turns(turns, self.batches[step % len(self.batches)])
            digest(ledger, step, pending)
            pending = records
        digest(ledger, steps, pending)
