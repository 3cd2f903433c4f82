"""pix2pix, after Isola et al., 2016, arXiv 1611.07004."""

import keras
from keras import layers, ops

from multigan import (
    Adam,
    FollowingRate,
    Game,
    InstanceNormalization,
    Schedule,
    Turn,
    UsageError,
    non_saturating_critic,
    non_saturating_generator,
)


class Pix2Pix(Game):
    """A U-Net from `source` to the samples, and a discriminator of patches that sees both."""

    asks = ("source",)
    turns = (Turn("discriminator"), Turn("generator", fresh=False))

    def __init__(self, data, *, seed=0, **options):
        super().__init__(seed=seed)
        self.options, source = options, data.fields.get("source")
        if source is None or not source.aligned:
            raise UsageError(f"{data.name}: its pictures are not paired with others to make them of")
        if source.kind != "picture":
            what = {"labelmap": "label map"}.get(source.kind, source.kind)
            raise UsageError(f"{data.name}: this makes pictures of pictures, and source is a {what}")
        if source.shape[:2] != tuple(data.shape[:2]):
            raise UsageError(f"{data.name}: pictures of {source.shape} beside {data.shape}; pairs are of one size")
        self.generator = _generator(source.shape, data.shape[2], options["width"], options["dropout"], seed)
        self.discriminator = _discriminator((source.shape, data.shape), options["width"])

    def optimizers(self):
        """The rate stays for half of the run, and then falls to zero."""
        rate = Schedule(0.0, begin=50.0).following(self.options["learning_rate"], self.planned)
        return {player: Adam(FollowingRate(rate), beta_1=0.5) for player in self.players()}

    @property
    def sampler(self):
        """The U-Net."""
        return self.generator

    def latents(self, count, seed):
        """None: all noise is dropout, which is off."""
        return {}

    def discriminator_loss(self, batch):
        """Half as heavy as the generator's, so that it learns half as fast."""
        made = ops.stop_gradient(self.generator(batch["source"], training=True))
        real, fake = (self.discriminator([batch["source"], x], training=True) for x in (batch["image"], made))
        return {"adversarial": 0.5 * non_saturating_critic(real, fake)}

    def generator_loss(self, batch):
        """What the discriminator takes for real, near what was wanted."""
        made = self.generator(batch["source"], training=True)
        scores = self.discriminator([batch["source"], made], training=True)
        apart = ops.mean(ops.abs(made - batch["image"]))
        return {"adversarial": non_saturating_generator(scores), "l1": self.options["l1"] * apart}


def _convolution(channels, strides=2, *, kind=layers.Conv2D, bias=False):
    initial = keras.initializers.RandomNormal(0.0, 0.02)
    return kind(channels, 4, strides, padding="same", use_bias=bias, kernel_initializer=initial)


def _norm():
    return InstanceNormalization(center=True, scale=True)


def _generator(shape, made, width, dropout, seed):
    """Halves until a side would be less than a pixel, 8 times at most; mirrors what does not divide and cuts it off."""
    sides = shape[:2]
    depth = min(8, min(sides).bit_length() - 1)
    more = [-side % 2**depth for side in sides]
    around = [(extra // 2, extra - extra // 2) for extra in more]
    x = inputs = keras.Input(shape, name="source")
    x = ops.pad(x, ((0, 0), *around, (0, 0)), mode="reflect") if any(more) else x
    channels, skips = [width * 2 ** min(level, 3) for level in range(depth)], []
    for level in range(depth):
        # The first has no norm, and the innermost none either: of one pixel it would leave nothing.
        plain = level in (0, depth - 1)
        x = _convolution(channels[level], bias=plain)(layers.LeakyReLU(0.2)(x) if level else x)
        skips.append(x if plain else _norm()(x))
        x = skips[-1]
    for level in range(depth - 1, 0, -1):
        x = _norm()(_convolution(channels[level - 1], kind=layers.Conv2DTranspose)(layers.ReLU()(x)))
        if dropout and level >= depth - 3:
            x = layers.Dropout(dropout, seed=seed * depth + level)(x)
        x = layers.Concatenate()([x, skips[level - 1]])
    x = _convolution(made, kind=layers.Conv2DTranspose, bias=True)(layers.ReLU()(x))
    x = layers.Cropping2D(around)(x) if any(more) else x
    return keras.Model(inputs, layers.Activation("tanh", dtype="float32")(x))


def _discriminator(shapes, width):
    """Judges patches of pairs: of 16 pixels where pictures are small, 34 from 64 pixels on, 70 from 128."""
    inputs = [keras.Input(shape) for shape in shapes]
    x, side = layers.Concatenate()(inputs), min(shapes[0][:2])
    strides = 1 + (side >= 64) + (side >= 128)
    for layer in range(strides + 1):
        x = _convolution(width * 2**layer, 2 if layer < strides else 1, bias=not layer)(x)
        x = layers.LeakyReLU(0.2)(_norm()(x) if layer else x)
    return keras.Model(inputs, _convolution(1, 1, bias=True)(x))
