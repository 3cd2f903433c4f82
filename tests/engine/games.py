"""Small games whose mathematics is known, for the engine's tests."""

import keras
import numpy as np
from keras import ops

from multigan import Game, Turn


class PointGame(Game):
    """Two dense players on 2-D points; latents come with the batch, so that every backend sees the same."""

    turns = (Turn("critic"), Turn("generator", fresh=False))

    def __init__(self, seed=0, batch_norm=False, learning_rate=0.05):
        super().__init__(seed=seed)
        norm = [keras.layers.BatchNormalization()] if batch_norm else []
        self.generator = keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(8), *norm, keras.layers.LeakyReLU(0.2), keras.layers.Dense(2)],
            name="generator",
        )
        norm = [keras.layers.BatchNormalization()] if batch_norm else []
        self.critic = keras.Sequential(
            [keras.Input((2,)), keras.layers.Dense(8), *norm, keras.layers.LeakyReLU(0.2), keras.layers.Dense(1)],
            name="critic",
        )
        self.learning_rate = learning_rate

    def optimizers(self):
        return {name: keras.optimizers.Adam(self.learning_rate, beta_1=0.5) for name in ("critic", "generator")}

    def critic_loss(self, batch):
        real = self.critic(batch["point"], training=True)
        fake = self.critic(ops.stop_gradient(self.generator(batch["latent"], training=True)), training=True)
        self.observe(gap=ops.mean(real) - ops.mean(fake))
        return {"real": ops.mean(ops.softplus(-real)), "generated": ops.mean(ops.softplus(fake))}

    def generator_loss(self, batch):
        return {
            "adversarial": ops.mean(
                ops.softplus(-self.critic(self.generator(batch["latent"], training=True), training=True))
            )
        }

    @property
    def sampler(self):
        return self.averaged("generator")

    def latents(self, count, seed):
        return np.random.default_rng(seed).standard_normal((count, 3)).astype("float32")


def point_batch(seed, size=16):
    draw = np.random.default_rng(seed)
    return {
        "point": draw.normal(1.0, 0.5, (size, 2)).astype("float32"),
        "latent": draw.normal(size=(size, 3)).astype("float32"),
    }


def numpy(value):
    return ops.convert_to_numpy(value)


def weights(network):
    return [numpy(variable.value).copy() for variable in network.weights]


def ready(game):
    """Compiled as training compiles it on this backend's CPU."""
    game.compile(jit=keras.backend.backend() == "jax")
    return game
