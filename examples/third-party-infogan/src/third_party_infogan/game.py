"""InfoGAN, after Chen et al., 2016, arXiv 1606.03657: the networks and rates of its appendix for MNIST."""

import keras
import numpy as np
from keras import layers, ops

from multigan import (
    Adam,
    BatchNormalization,
    Field,
    Game,
    Turn,
    UsageError,
    non_saturating_critic,
    non_saturating_generator,
)

__all__ = ["InfoGAN"]


class InfoGAN(Game):
    """A generator makes images of noise and codes; a discriminator judges them, and reads the codes off them.

    Both players earn by codes that are read right: a lower bound of the mutual information between codes and image
    (section 5). So the categorical code comes to stand for the kinds of image that there are, and the continuous ones
    for how images of one kind vary. Nobody tells which; `multigan sample RUN --label 3 --ask code=-1,0` shows it.
    """

    turns = (Turn("discriminator"), Turn("generator", fresh=False))
    asks = ("category", "code")

    def __init__(self, data, *, seed=0, **options):
        super().__init__(seed=seed)
        self.options, self.key = options, data.field
        categories = tuple(str(number) for number in range(options["categories"]))
        # Fields that no data have: how they are asked for, drawn and exported follows from these two lines.
        self.fields = (
            Field(name="category", kind="label", classes=categories),
            Field(name="code", kind="code", shape=(options["codes"],), within=(-1.0, 1.0)),
        )
        self.generator = build_generator(data.shape, self.options)
        self.discriminator = build_discriminator(data.shape, self.options)

    def optimizers(self):
        """Adam with the paper's rates: the generator's is five times the discriminator's."""
        rates = {player: self.options[f"{player}_rate"] for player in self.players()}
        return {player: Adam(rate, beta_1=0.5) for player, rate in rates.items()}

    @property
    def sampler(self):
        """The generator: its inputs are z, then what `asks` names."""
        return self.generator

    def latents(self, count, seed):
        """Returns z `(count, latent_dim)`, drawn on the host, so that a seed means the same on every backend."""
        return np.random.default_rng(seed).standard_normal((count, self.options["latent_dim"])).astype("float32")

    def discriminator_loss(self, batch):
        """Real images against generated ones, and the codes of the generated ones."""
        images = batch[self.key]
        z, category, code = self.drawn(images)
        made = ops.stop_gradient(self.generator([z, category, code], training=True))
        real, *_ = self.discriminator(images, training=True)
        fake, *read = self.discriminator(made, training=True)
        self.observe(accuracy=0.5 * (share(real > 0) + share(fake < 0)))
        return {"adversarial": non_saturating_critic(real, fake), **self.misread(read, category, code)}

    def generator_loss(self, batch):
        """Images that pass for real ones, and codes that can be read off them."""
        z, category, code = self.drawn(batch[self.key])
        fake, *read = self.discriminator(self.generator([z, category, code], training=True), training=True)
        return {"adversarial": non_saturating_generator(fake), **self.misread(read, category, code)}

    def drawn(self, images):
        """Returns fresh z, categories and codes, as many as there are images, from the game's own seed."""
        count, options = ops.shape(images)[0], self.options
        z = keras.random.normal((count, options["latent_dim"]), seed=self.seed)
        category = keras.random.randint((count,), 0, options["categories"], seed=self.seed)
        return z, category, keras.random.uniform((count, options["codes"]), -1.0, 1.0, seed=self.seed)

    def misread(self, read, category, code):
        """The two terms of -L_I (equation 5) without the codes' entropy, which is constant.

        Args:
            read: logits of the category `(batch, categories)`, and means of the codes `(batch, codes)`.
            category: `(batch,)`, whole numbers.
            code: `(batch, codes)`, in [-1, 1].
        """
        logits, mean = read
        entropy = keras.losses.sparse_categorical_crossentropy(category, logits, from_logits=True)
        # A Gaussian of unit variance around the mean, without its constant.
        squared = 0.5 * ops.mean(ops.sum(ops.square(mean - code), axis=-1))
        return {
            "category": self.options["category_weight"] * ops.mean(entropy),
            "code": self.options["code_weight"] * squared,
        }


def share(true):
    """Returns the part of a tensor that is True, a scalar."""
    return ops.mean(ops.cast(true, "float32"))


def build_generator(shape, options) -> keras.Model:
    """z `(batch, latent_dim)`, category `(batch,)` and code `(batch, codes)` to images `(batch, *shape)` in [-1, 1]."""
    rows, columns = quarters(shape)
    width = options["width"]
    z = keras.Input((options["latent_dim"],), name="z")
    category = keras.Input((), dtype="int32", name="category")
    code = keras.Input((options["codes"],), name="code")
    x = layers.Concatenate()([z, ops.one_hot(category, options["categories"], dtype="float32"), code])
    x = normalised(layers.Dense(8 * width, use_bias=False)(x))
    x = normalised(layers.Dense(rows * columns * 2 * width, use_bias=False)(x))
    x = layers.Reshape((rows, columns, 2 * width))(x)
    x = normalised(layers.Conv2DTranspose(width, 4, 2, padding="same", use_bias=False, kernel_initializer=normal())(x))
    x = layers.Conv2DTranspose(shape[-1], 4, 2, padding="same", kernel_initializer=normal())(x)
    # An image leaves in float32, whatever the precision of the layers before it.
    return keras.Model([z, category, code], layers.Activation("tanh", dtype="float32")(x), name="generator")


def build_discriminator(shape, options) -> keras.Model:
    """Images to scores `(batch, 1)`, categories' logits `(batch, categories)` and codes' means `(batch, codes)`."""
    quarters(shape)
    width = options["width"]
    images = keras.Input(shape)
    x = layers.LeakyReLU(0.1)(layers.Conv2D(width, 4, 2, padding="same", kernel_initializer=normal())(images))
    x = layers.Conv2D(2 * width, 4, 2, padding="same", use_bias=False, kernel_initializer=normal())(x)
    x = layers.Flatten()(normalised(x, 0.1))
    x = normalised(layers.Dense(8 * width, use_bias=False)(x), 0.1)
    score = layers.Dense(1, dtype="float32", name="score")(x)
    # What reads the codes shares all layers but these with what judges (section 6).
    q = normalised(layers.Dense(2 * width, use_bias=False)(x), 0.1)
    category = layers.Dense(options["categories"], dtype="float32", name="category")(q)
    code = layers.Dense(options["codes"], dtype="float32", name="code")(q)
    return keras.Model(images, [score, category, code], name="discriminator")


def normalised(x, slope: float = 0.0):
    """Batch norm and a rectifier, leaky where `slope` is not 0."""
    return layers.LeakyReLU(slope)(BatchNormalization(momentum=0.9, epsilon=1e-5)(x))


def quarters(shape) -> tuple[int, int]:
    """Returns the sides of images of `(height, width, channels)` after two halvings.

    Raises:
        UsageError: they do not halve twice. The sentence says what to do: it is all that a user sees of an error.
    """
    height, width, _ = shape
    if height % 4 or width % 4:
        raise UsageError(f"images of {height} x {width} do not halve twice; try -o size=32")
    return height // 4, width // 4


def normal():
    """Where convolutions' weights begin, as DCGAN has it (arXiv 1511.06434)."""
    return keras.initializers.RandomNormal(0.0, 0.02)
