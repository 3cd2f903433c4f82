"""Games that keep the contract; those beside this file break one promise each."""

import keras
import numpy as np
from keras import layers, ops

from multigan import Game, Turn, non_saturating_critic, non_saturating_generator


class Sound(Game):
    """Pictures out of two numbers, by one dense layer a player."""

    turns = (Turn("critic"), Turn("generator"))

    def __init__(self, data, *, seed=0, rate=1e-3):
        super().__init__(seed=seed)
        self.rate = rate
        self.generator, self.critic = self.make_generator(data), self.make_critic(data)

    def make_generator(self, data):
        z = keras.Input((2,))
        return keras.Model(z, self.made_of(layers.Dense(8)(z), data))

    def made_of(self, hidden, data):
        flat = layers.Dense(int(np.prod(data.shape)), activation="tanh")(hidden)
        return layers.Reshape(data.shape)(flat)

    def make_critic(self, data):
        picture = keras.Input(data.shape)
        hidden = layers.Dense(4, activation="tanh")(layers.Flatten()(picture))
        return keras.Model(picture, layers.Dense(1)(hidden))

    def optimizers(self):
        return {name: keras.optimizers.Adam(self.rate) for name in ("generator", "critic")}

    @property
    def sampler(self):
        return self.generator

    def latents(self, count, seed):
        return np.random.default_rng(seed).standard_normal((count, 2)).astype("float32")

    def noise(self, count):
        return keras.random.normal((count, 2), seed=self.seed)

    def fake(self, batch):
        return self.generator(self.noise(ops.shape(batch["image"])[0]), training=True)

    def judged(self, batch):
        return self.critic(batch["image"], training=True), self.critic(self.fake(batch), training=True)

    def critic_loss(self, batch):
        return {"adversarial": non_saturating_critic(*self.judged(batch))}

    def generator_loss(self, batch):
        return {"adversarial": non_saturating_generator(self.judged(batch)[1])}

    def score(self, samples):
        return ops.convert_to_numpy(self.critic(samples, training=False))[:, 0]


class SoundTranslator(Game):
    """Pictures out of pictures of any size, by one convolution."""

    asks = ("source",)
    turns = (Turn("generator"),)

    def __init__(self, data, *, seed=0):
        super().__init__(seed=seed)
        source = keras.Input((None, None, data.fields["source"].shape[-1]))
        self.generator = keras.Model(source, self.translated(source))

    def translated(self, source):
        return layers.Conv2D(1, 3, padding="same", activation="tanh")(source)

    def optimizers(self):
        return {"generator": keras.optimizers.Adam(1e-3)}

    @property
    def sampler(self):
        return self.generator

    def latents(self, count, seed):
        return {}

    def generator_loss(self, batch):
        return {"l1": ops.mean(ops.abs(batch["image"] - self.generator(batch["source"], training=True)))}
