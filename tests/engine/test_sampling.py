"""Samples from named inputs: latents in parts, none at all, and what is asked for by field."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from multigan import Game, Turn, UsageError

pytestmark = pytest.mark.backends


class TwoParts(Game):
    """Latents in two parts, `style` and `noise`; the sample is 10 style + noise."""

    turns = (Turn("generator"),)

    def __init__(self):
        super().__init__()
        style, noise = keras.Input((2,), name="style"), keras.Input((2,), name="noise")
        self.generator = keras.Model([style, noise], layers.Rescaling(10.0)(style) + noise)
        self._jit = False

    @property
    def sampler(self):
        return self.generator

    def latents(self, count, seed):
        draw = np.random.default_rng(seed)
        return {name: draw.standard_normal((count, 2)).astype("float32") for name in ("style", "noise")}


class Translator(Game):
    """No latents: the sample is the picture that is asked for, upside down, plus the label."""

    turns = (Turn("generator"),)
    asks = ("source", "label")

    def __init__(self):
        super().__init__()
        source, label = keras.Input((4, 4, 1), name="source"), keras.Input((), dtype="int32", name="label")
        moved = layers.Reshape((1, 1, 1))(ops.cast(label, "float32")[:, None])
        self.generator = keras.Model([source, label], ops.flip(source, 1) + moved)
        self._jit = False

    @property
    def sampler(self):
        return self.generator

    def latents(self, count, seed):
        return {}


def pictures(count):
    return np.random.default_rng(0).standard_normal((count, 4, 4, 1)).astype("float32")


def test_latents_in_parts_make_as_many_samples_as_are_asked_for():
    game = TwoParts()
    drawn = game.latents(100, 3)
    samples = game.sample(100, 3)
    np.testing.assert_allclose(samples, 10 * drawn["style"] + drawn["noise"], rtol=1e-6)
    np.testing.assert_array_equal(samples[:64], game.sample_at({name: part[:64] for name, part in drawn.items()}))


def test_latents_of_different_counts_are_told():
    game = TwoParts()
    drawn = game.latents(10, 0)
    with pytest.raises(UsageError, match="latents of different counts"):
        game.sample_at({"style": drawn["style"], "noise": drawn["noise"][:9]})


def test_a_translator_makes_a_sample_of_each_picture_whatever_the_seed_and_whatever_is_beside_it():
    game, asked = Translator(), {"label": np.arange(100) % 3, "source": pictures(100)}
    samples = game.sample(100, 0, asked)
    expected = asked["source"][:, ::-1] + asked["label"][:, None, None, None]
    np.testing.assert_allclose(samples, expected, rtol=1e-6)
    np.testing.assert_array_equal(samples, game.sample(100, 1, asked))
    alone = game.sample_at({}, {name: array[70:71] for name, array in asked.items()})
    np.testing.assert_array_equal(alone, samples[70:71])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"source": pictures(3)}, "needs a label for each sample"),
        ({"source": pictures(3), "label": np.zeros(2)}, "different counts"),
        ({"source": pictures(3), "label": np.zeros(3), "mask": np.zeros(3)}, "not asked by mask"),
        (pictures(3), "give each by its name"),
        (None, "needs a source"),
        ({"source": pictures(2), "label": np.zeros(2)}, "2 for 3 samples"),
    ],
)
def test_what_does_not_belong_is_told(asked, message):
    with pytest.raises(UsageError, match=message):
        Translator().sample(3, 0, asked)


def test_without_latents_there_is_no_path():
    with pytest.raises(UsageError, match="no latents"):
        Translator().interpolate({}, 5)


def test_latents_in_parts_are_interpolated_each_by_itself():
    game = TwoParts()
    path = game.interpolate(game.latents(3, 0), 7)
    assert {name: part.shape for name, part in path.items()} == {"style": (7, 2), "noise": (7, 2)}


class Trespasser(Game):
    """The generator's loss assigns a weight of the critic."""

    turns = (Turn("critic"), Turn("generator"))

    def __init__(self):
        super().__init__()
        self.generator, self.critic = (keras.Sequential([keras.Input((2,)), layers.Dense(1)]) for _ in range(2))

    def optimizers(self):
        return {name: keras.optimizers.SGD(0.1) for name in ("generator", "critic")}

    def critic_loss(self, batch):
        return {"term": ops.mean(self.critic(batch["point"]))}

    def generator_loss(self, batch):
        self.critic.weights[0].assign(0.5 * self.critic.weights[0])
        return {"term": ops.mean(self.generator(batch["point"]))}

    sampler, latents = None, None


def test_a_loss_that_assigns_another_players_weight_is_told_both_names():
    game = Trespasser()
    game.compile()
    batch = {"point": np.ones((4, 2), "float32")}
    game.run_turn(game.turns[0], batch)
    with pytest.raises(ValueError, match=r"loss of generator assigns .*kernel, which belongs to critic"):
        game.run_turn(game.turns[1], batch)
