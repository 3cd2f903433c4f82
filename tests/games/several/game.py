"""An InfoGAN (Chen et al., 2016, arXiv 1606.03657) that is asked for a class and a picture as well."""

import keras
import numpy as np
from keras import layers, ops

from multigan import Adam, Field, Game, Turn, non_saturating_critic, non_saturating_generator


class Several(Game):
    """The critic judges pictures, and guesses the code that they were made of."""

    asks = ("label", "source", "code")
    fields = (Field(name="code", kind="code", shape=(2,)),)
    turns = (Turn("critic"), Turn("generator", fresh=False))

    def __init__(self, data, *, seed=0, width):
        super().__init__(seed=seed)
        z, style = keras.Input((4,), name="z"), keras.Input((3,), name="style")
        label = keras.Input((), dtype="int32", name="label")
        source, code = keras.Input(data.fields["source"].shape, name="source"), keras.Input((2,), name="code")
        named = layers.CategoryEncoding(len(data.classes), output_mode="one_hot")(layers.Reshape((1,))(label))
        vector = layers.Dense(width)(layers.Concatenate()([z, style, named, code]))
        x = layers.Conv2D(width, 3, padding="same")(source)
        x = layers.LeakyReLU(0.2)(layers.Add()([x, layers.Reshape((1, 1, width))(vector)]))
        x = layers.Activation("tanh", dtype="float32")(layers.Conv2D(data.shape[-1], 3, padding="same")(x))
        self.generator = keras.Model([z, style, label, source, code], x)
        image = keras.Input(data.shape)
        x = layers.LeakyReLU(0.2)(layers.Conv2D(width, 4, 2, padding="same")(image))
        x = layers.GlobalAveragePooling2D()(x)
        self.critic = keras.Model(image, [layers.Dense(1)(x), layers.Dense(2)(x)])

    def optimizers(self):
        """One for each player."""
        return {player: Adam(2e-4, beta_1=0.5) for player in self.players()}

    @property
    def sampler(self):
        """The generator."""
        return self.generator

    def latents(self, count, seed):
        """Two arrays by name, each from a generator of its own: the first ones do not depend on the count."""
        draws = zip((("z", 4), ("style", 3)), np.random.default_rng(seed).spawn(2), strict=True)
        return {name: draw.standard_normal((count, size)).astype("float32") for (name, size), draw in draws}

    def critic_loss(self, batch):
        """Real or made, and of which code."""
        code, made = self._made(batch)
        (real, _), (fake, guess) = (self.critic(x, training=True) for x in (batch["image"], ops.stop_gradient(made)))
        return {"adversarial": non_saturating_critic(real, fake), "code": ops.mean(ops.square(guess - code))}

    def generator_loss(self, batch):
        """Taken for real, and its code is seen."""
        code, made = self._made(batch)
        score, guess = self.critic(made, training=True)
        return {"adversarial": non_saturating_generator(score), "code": ops.mean(ops.square(guess - code))}

    def _made(self, batch):
        count = ops.shape(batch["image"])[0]
        z, style = (keras.random.normal((count, size), seed=self.seed) for size in (4, 3))
        code = keras.random.uniform((count, 2), -1.0, 1.0, seed=self.seed)
        return code, self.generator([z, style, batch["label"], batch["source"], code], training=True)
