"""A GAN of points that trains in a moment, for plugins that watch runs or write models and have no recipe of their own.

Its game is found by import string, so that Keras is imported when it is built.
"""

from multigan.hookspecs import hookimpl
from multigan.recipe import DataSource, Recipe

__all__ = ["TINY", "TinyPlugin", "load_points", "tiny_game"]

TINY = "multigan-tiny"


class TinyPlugin:
    """The hooks of a plugin with this one recipe, and its data."""

    @hookimpl
    def register_recipes(self):
        """One, called `TINY`."""
        yield Recipe(
            name=TINY,
            summary="Points by one dense layer",
            modality="points",
            game="multigan.testing.tiny:tiny_game",
            data=TINY,
            references=("arXiv 1406.2661",),
        )

    @hookimpl
    def register_datasets(self):
        """One, called `TINY`."""
        yield DataSource(name=TINY, summary="", modality="points", load="multigan.testing.tiny:load_points")


def load_points():
    """Returns 64 normal points, without labels."""
    import numpy as np

    return np.random.default_rng(0).normal(size=(64, 2)), None, ()


def tiny_game(data, *, seed=0):
    """Returns the game."""
    import keras
    import numpy as np
    from keras import layers, ops

    from multigan.engine.game import Game
    from multigan.engine.losses import non_saturating_critic, non_saturating_generator
    from multigan.engine.turns import Turn

    class TinyGAN(Game):
        turns = (Turn("critic"), Turn("generator"))

        def __init__(self):
            super().__init__(seed=seed)
            z, point = keras.Input((2,)), keras.Input(data.shape)
            self.generator = keras.Model(z, layers.Dense(data.shape[0])(z))
            hidden = layers.Dense(4, activation="tanh")(point)
            self.critic = keras.Model(point, layers.Dense(1)(hidden))

        def optimizers(self):
            return {name: keras.optimizers.Adam(1e-3) for name in ("critic", "generator")}

        @property
        def sampler(self):
            return self.generator

        def latents(self, count, seed):
            return np.random.default_rng(seed).standard_normal((count, 2)).astype("float32")

        def fake(self, batch):
            count = ops.shape(batch["point"])[0]
            return self.generator(keras.random.normal((count, 2), seed=self.seed), training=True)

        def critic_loss(self, batch):
            real, fake = self.critic(batch["point"]), self.critic(self.fake(batch))
            return {"adversarial": non_saturating_critic(real, fake)}

        def generator_loss(self, batch):
            return {"adversarial": non_saturating_generator(self.critic(self.fake(batch)))}

    return TinyGAN()
