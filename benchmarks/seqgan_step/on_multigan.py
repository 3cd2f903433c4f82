"""The generator's turn and the discriminator's updates as `multigan run --plugin seqgan` makes them, on TensorFlow."""

from multigan.backend import start_backend

start_backend("tensorflow", "cpu")

import keras  # noqa: E402
import multigan_seqgan  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from multigan_seqgan.game import SeqGAN, copy_policy  # noqa: E402
from multigan_seqgan.policy import COLDEST  # noqa: E402
from wgan_gp_step.on_multigan import digest  # noqa: E402

from multigan.recipe import DataInfo  # noqa: E402
from multigan.training.ledger import Ledger  # noqa: E402
from seqgan_step.setup import Setup, texts  # noqa: E402

__all__ = ["PLAYERS", "Given", "OnMultigan", "build", "turn_of"]

tf.get_logger().setLevel("ERROR")
PLAYERS = ("generator", "discriminator")


class Given(SeqGAN):
    """The plugin's game, but what a batch brings along, `written` texts or `rewards`, is not computed."""

    def generator_loss(self, batch):
        object.__setattr__(self, "given", batch)
        return super().generator_loss(batch)

    def discriminator_loss(self, batch):
        object.__setattr__(self, "given", batch)
        return super().discriminator_loss(batch)

    def write(self, count):
        return self.given["written"] if "written" in self.given else super().write(count)

    def rewards(self, tokens):
        return self.given["rewards"] if "rewards" in self.given else super().rewards(tokens)


def build(setup: Setup, kind=SeqGAN, **options) -> SeqGAN:
    """Builds and compiles the game with the recipe's options and the paper's sizes."""
    recipe = next(recipe for recipe in multigan_seqgan.register_recipes() if recipe.name == "seqgan")
    given = {name: option.default for name, option in recipe.options.items()}
    given |= {"filters": setup.filters, "rollouts": setup.rollouts, "discriminator_learning_rate": 1e-4}
    given |= {"pretrain_steps": 0, "discriminator_pretrain_steps": 0}
    keras.utils.set_random_seed(0)
    data = DataInfo(
        name="oracle", shape=(setup.length,), count=setup.count, facts={"vocabulary": setup.vocabulary, "end": -1}
    )
    game = kind(data, seed=0, **given | options)
    game.compile(jit=False)
    return game


def turn_of(game, player):
    """The player's turn in an adversarial round."""
    return next(turn for turn in game.phases()[-1].turns if turn.player == player)


def assign(game, weights):
    """Gives a game weights, by player."""
    for player in PLAYERS:
        for variable, value in zip(game.player_variables(player), weights[player], strict=True):
            variable.assign(value)
    copy_policy(game)


class OnMultigan:
    """Updates one after another; what they report reaches the host one update late, as in the run loop."""

    def __init__(self, setup: Setup):
        self.setup, self.game = setup, build(setup, Given)
        self.real, self.generated = texts(setup, 8, seed=1), texts(setup, 8, seed=2)

    def facts(self) -> dict:
        """What this contender is made of."""
        counts = {p: sum(int(np.prod(v.shape)) for v in self.game.player_variables(p)) for p in PLAYERS}
        return {"versions": {"tensorflow": tf.__version__, "keras": keras.__version__}, "parameters": counts}

    def weights(self) -> dict[str, list]:
        """The trainable weights by player, in the order and layout of Keras."""
        return {player: [np.asarray(v) for v in self.game.player_variables(player)] for player in PLAYERS}

    def certain_rewards(self, weights, written) -> np.ndarray:
        """What texts earn, `(batch, length)`, where every rollout takes the likeliest token; from given weights."""
        game = build(self.setup, temperature=COLDEST)
        assign(game, weights)
        return np.asarray(tf.function(game.rewards, autograph=False)(tf.constant(written)))

    def losses(self, weights, real, generated) -> list[float]:
        """The sum of each discriminator update's terms, without dropout, from given weights and batches."""
        game = build(self.setup, Given, dropout=0.0)
        assign(game, weights)
        turn, found = turn_of(game, "discriminator"), []
        for batch, written in zip(real, generated, strict=True):
            terms = game.run_turn(turn, {"text": batch, "written": written})["losses"]
            found.append(sum(map(float, terms.values())))
        return found

    def turns(self, count: int) -> None:
        """Makes generator turns."""
        self._run("generator", count, lambda place: {"text": self.real[place]})

    def updates(self, count: int) -> None:
        """Makes discriminator updates; the generated texts are given."""
        self._run("discriminator", count, lambda place: {"text": self.real[place], "written": self.generated[place]})

    def writing_updates(self, count: int) -> None:
        """Makes discriminator updates, each of which writes its own texts, as in a run."""
        self._run("discriminator", count, lambda place: {"text": self.real[place]})

    def _run(self, player, count, batch):
        turn, ledger, pending = turn_of(self.game, player), Ledger(), []
        for step in range(count):
            records = [self.game.run_turn(turn, batch(step % len(self.real)))]
            digest(ledger, step, pending)
            pending = records
        digest(ledger, count, pending)
