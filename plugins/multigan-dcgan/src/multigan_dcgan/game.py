"""DCGAN, after Radford, Metz and Chintala, 2015, arXiv 1511.06434: 64 x 64, and any size that halves down to 3 to 8."""

import keras
import numpy as np
from keras import layers, ops

from multigan import (
    ADVERSARIAL_LOSSES,
    BatchNormalization,
    Game,
    MinibatchStandardDeviation,
    SpectralNormalization,
    Turn,
    UsageError,
    diff_augment,
    r1,
)

__all__ = ["DCGAN", "discriminator", "generator", "stage_sizes"]


def stage_sizes(height: int, width: int) -> list[tuple[int, int]]:
    """The feature maps' sizes from the smallest to the image, each twice the one before: 64 x 64 has 4, 8, 16, 32, 64.

    Raises:
        UsageError: no number of halvings ends at sides of 3 to 8 pixels (the longer side: 32).
    """
    sizes = [(height, width)]
    while min(sizes[0]) >= 6 and sizes[0][0] % 2 == 0 and sizes[0][1] % 2 == 0:
        sizes.insert(0, (sizes[0][0] // 2, sizes[0][1] // 2))
    if len(sizes) < 2 or min(sizes[0]) > 8 or max(sizes[0]) > 32:
        near = max(8, round(min(height, width) / 16) * 16)
        raise UsageError(f"dcgan: {height} x {width} cannot be halved down to 3 to 8 pixels; try -o size={near}")
    return sizes


def _normal(mean=0.0):
    return keras.initializers.RandomNormal(mean, 0.02)


def _batch_norm():
    # torch's momentum 0.1 and epsilon, which the reference trained with.
    return BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=_normal(1.0))


def _convolution(channels, kind=layers.Conv2D):
    return kind(channels, 4, 2, padding="same", use_bias=False, kernel_initializer=_normal())


def generator(shape: tuple[int, int, int], latent_dim: int = 100, width: int = 64) -> keras.Model:
    """Maps z `(batch, latent_dim)` to images `(batch, *shape)` in [-1, 1]."""
    *sizes, _ = stage_sizes(*shape[:2])
    filters = [width * 2**k for k in reversed(range(len(sizes)))]
    stack = [
        keras.Input((latent_dim,)),
        # A transposed convolution of a 1 x 1 map is a dense layer; batch norm is per channel: after the reshape.
        layers.Dense(sizes[0][0] * sizes[0][1] * filters[0], use_bias=False, kernel_initializer=_normal()),
        layers.Reshape((*sizes[0], filters[0])),
    ]
    for channels in filters[1:]:
        stack += [_batch_norm(), layers.ReLU(), _convolution(channels, layers.Conv2DTranspose)]
    stack += [_batch_norm(), layers.ReLU(), _convolution(shape[2], layers.Conv2DTranspose)]
    # The image leaves in float32 whatever the precision of the layers before it.
    return keras.Sequential([*stack, layers.Activation("tanh", dtype="float32")], name="generator")


def discriminator(shape, width: int = 64, spectral_norm: bool = False, minibatch_stddev: bool = False) -> keras.Model:
    """Maps images `(batch, *shape)` to logits `(batch, 1)`."""
    wrap = SpectralNormalization if spectral_norm else lambda layer: layer
    stack = [keras.Input(shape)]
    for stage in range(len(stage_sizes(*shape[:2])) - 1):
        stack.append(wrap(_convolution(width * 2**stage)))
        if stage > 0 and not spectral_norm:
            stack.append(_batch_norm())
        stack.append(layers.LeakyReLU(0.2))
    if minibatch_stddev:
        stack.append(MinibatchStandardDeviation())
    last = wrap(layers.Dense(1, use_bias=False, kernel_initializer=_normal()))
    return keras.Sequential([*stack, layers.Flatten(), last], name="discriminator")


class DCGAN(Game):
    """A generator and a discriminator, one update each, in turn.

    Args:
        data: what the recipe trains on; its `shape` is that of an image, `(height, width, channels)`.
        seed: of the game's draws.
        options: the recipe's, all of them; see `multigan recipes dcgan`.
    """

    def __init__(self, data, *, seed=0, **options):
        super().__init__(seed=seed)
        self.options = options
        if options["r1"] and not options["spectral_norm"]:
            raise UsageError("dcgan: r1 needs a discriminator without batch statistics; add -o spectral_norm=true")
        self.adversarial = ADVERSARIAL_LOSSES[options["loss"]]
        self.generator = generator(data.shape, options["latent_dim"], options["width"])
        self.discriminator = discriminator(
            data.shape, options["width"], options["spectral_norm"], options["minibatch_stddev"]
        )
        # The generator's loss looks at no real image, unless it is relativistic: it takes none from the data.
        self.turns = (Turn("discriminator"), Turn("generator", fresh=self.adversarial.needs_real))
        if options["ema"]:
            self.keep_average("generator", options["ema"])

    def optimizers(self):
        """Adam, the same for both."""
        settings = {key: self.options[key] for key in ("learning_rate", "beta_1")}
        settings["global_clipnorm"] = self.options["clip_norm"] or None
        return {player: keras.optimizers.Adam(**settings) for player in ("generator", "discriminator")}

    def fake(self, batch):
        """Generated images, as many as the batch has, from fresh latents."""
        shape = (ops.shape(batch["image"])[0], self.options["latent_dim"])
        if self.options["latent"] == "uniform":
            z = keras.random.uniform(shape, -1.0, 1.0, seed=self.seed)
        else:
            z = keras.random.normal(shape, seed=self.seed)
        return self.generator(z, training=True)

    def judge(self, images):
        """Logits of images, seen through the augmentation."""
        return self.discriminator(diff_augment(images, self.options["augment"], self.seed), training=True)

    def discriminator_loss(self, batch):
        """Real and generated images in separate batches, as in the reference: batch norm sees one kind at a time."""
        real, fake = self.judge(batch["image"]), self.judge(ops.stop_gradient(self.fake(batch)))
        # Where these losses have no border between real and generated of their own, it is halfway between the means.
        borders = {"least-squares": 0.5, "non-saturating": 0.0, "minimax": 0.0, "hinge": 0.0}
        middle = borders.get(self.options["loss"], 0.5 * (ops.mean(real) + ops.mean(fake)))
        right = {"accuracy_real": real > middle, "accuracy_generated": fake < middle}
        self.observe(**{name: ops.mean(ops.cast(share, "float32")) for name, share in right.items()})
        terms = {"adversarial": self.adversarial.critic(real, fake)}
        if self.options["r1"]:
            penalty = r1(lambda images: self.discriminator(images, training=True), batch["image"])
            terms["r1"] = 0.5 * self.options["r1"] * penalty
        return terms

    def generator_loss(self, batch):
        """The other side of the adversarial loss."""
        real = self.judge(batch["image"]) if self.adversarial.needs_real else None
        return {"adversarial": self.adversarial.generator(real, self.judge(self.fake(batch)))}

    @property
    def sampler(self):
        """The generator, averaged where an average is kept."""
        return self.averaged("generator")

    def latents(self, count, seed):
        """Latents `(count, latent_dim)`."""
        draw, shape = np.random.default_rng(seed), (count, self.options["latent_dim"])
        z = draw.uniform(-1, 1, shape) if self.options["latent"] == "uniform" else draw.standard_normal(shape)
        return z.astype("float32")
