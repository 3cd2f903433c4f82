"""DCGAN, after Radford, Metz and Chintala, 2015, arXiv 1511.06434, at 64 x 64 and at any size that halves down to 3 to 8."""

import keras
import numpy as np
from keras import layers, ops

from multigan import ADVERSARIAL_LOSSES, Game, MinibatchStandardDeviation, SpectralNormalization, Turn, UsageError, diff_augment, r1

__all__ = ["DCGAN", "discriminator", "generator", "stage_sizes"]


def stage_sizes(height: int, width: int) -> list[tuple[int, int]]:
    """The feature maps' sizes from the smallest to the image, each twice the one before: 64 x 64 has 4, 8, 16, 32, 64.

    Raises:
        UsageError: no number of halvings ends at sides of 3 to 8 pixels.
    """
    sizes = [(height, width)]
    while min(sizes[0]) > 4 and sizes[0][0] % 2 == 0 and sizes[0][1] % 2 == 0 and min(sizes[0]) // 2 >= 3:
        sizes.insert(0, (sizes[0][0] // 2, sizes[0][1] // 2))
    if len(sizes) < 2 or min(sizes[0]) > 8 or max(sizes[0]) > 32:
        near = " or ".join(f"-o size={round(min(height, width) / step) * step or step}" for step in (16, 8))
        raise UsageError(f"dcgan: {height} x {width} images cannot be halved down to 3 to 8 pixels; try {near}")
    return sizes


def _normal(mean=0.0):
    return keras.initializers.RandomNormal(mean, 0.02)


def _batch_norm():
    # torch's momentum 0.1 and epsilon, which the reference trained with.
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=_normal(1.0))


def generator(shape: tuple[int, int, int], latent_dim: int = 100, width: int = 64) -> keras.Model:
    """Maps z `(batch, latent_dim)` to images `(batch, *shape)` in [-1, 1]; only plain Keras layers."""
    *sizes, _ = stage_sizes(*shape[:2])
    filters = [width * 2**k for k in reversed(range(len(sizes)))]
    stack = [
        keras.Input((latent_dim,)),
        # A transposed convolution of a 1 x 1 map is a dense layer; batch norm is per channel, so it comes after the reshape.
        layers.Dense(sizes[0][0] * sizes[0][1] * filters[0], use_bias=False, kernel_initializer=_normal()),
        layers.Reshape((*sizes[0], filters[0])),
        _batch_norm(),
        layers.ReLU(),
    ]
    for channels in filters[1:]:
        stack += [_convolution(channels, transpose=True), _batch_norm(), layers.ReLU()]
    # The image leaves in float32 whatever the precision of the layers before it.
    stack += [_convolution(shape[2], transpose=True), layers.Activation("tanh", dtype="float32")]
    return keras.Sequential(stack, name="generator")


def discriminator(shape, width: int = 64, spectral_norm: bool = False, minibatch_stddev: bool = False) -> keras.Model:
    """Maps images `(batch, *shape)` to logits `(batch, 1)`."""
    stack = [keras.Input(shape)]
    for stage in range(len(stage_sizes(*shape[:2])) - 1):
        convolution = _convolution(width * 2**stage)
        stack.append(SpectralNormalization(convolution) if spectral_norm else convolution)
        if stage > 0 and not spectral_norm:
            stack.append(_batch_norm())
        stack.append(layers.LeakyReLU(0.2))
    if minibatch_stddev:
        stack.append(MinibatchStandardDeviation())
    last = layers.Dense(1, use_bias=False, kernel_initializer=_normal())
    stack += [layers.Flatten(), SpectralNormalization(last) if spectral_norm else last]
    return keras.Sequential(stack, name="discriminator")


def _convolution(channels, transpose=False):
    kind = layers.Conv2DTranspose if transpose else layers.Conv2D
    return kind(channels, 4, 2, padding="same", use_bias=False, kernel_initializer=_normal())


class DCGAN(Game):
    """A generator and a discriminator, one update each, in turn.

    Args:
        data: what the recipe trains on; its `shape` is that of an image, `(height, width, channels)`.
        seed: of the game's draws.
        The others are the recipe's options, see `multigan recipes dcgan`.
    """

    def __init__(
        self, data, *, seed=0, latent_dim=100, latent="normal", width=64, learning_rate=2e-4, beta_1=0.5, loss="non-saturating",
        ema=0.0, augment="", spectral_norm=False, minibatch_stddev=False, r1=0.0, clip_norm=0.0,
    ):  # fmt: skip
        super().__init__(seed=seed)
        if r1 and not spectral_norm:
            raise UsageError("dcgan: r1 needs a discriminator without batch statistics; add -o spectral_norm=true")
        self.latent_dim, self.latent, self.augment, self.gamma = latent_dim, latent, augment, r1
        self.adversarial = ADVERSARIAL_LOSSES[loss]
        self.adam = {"learning_rate": learning_rate, "beta_1": beta_1, "global_clipnorm": clip_norm or None}
        self.generator = generator(data.shape, latent_dim, width)
        self.discriminator = discriminator(data.shape, width, spectral_norm, minibatch_stddev)
        # The generator's loss looks at no real image, unless it is relativistic: it takes none from the data.
        self.turns = (Turn("discriminator"), Turn("generator", fresh=self.adversarial.needs_real))
        if ema:
            self.keep_average("generator", ema)

    def optimizers(self):
        return {player: keras.optimizers.Adam(**self.adam) for player in ("generator", "discriminator")}

    def fake(self, batch):
        """Generated images, as many as the batch has, from fresh latents."""
        shape = (ops.shape(batch["image"])[0], self.latent_dim)
        if self.latent == "uniform":
            z = keras.random.uniform(shape, -1.0, 1.0, seed=self.seed)
        else:
            z = keras.random.normal(shape, seed=self.seed)
        return self.generator(z, training=True)

    def judge(self, images):
        """Logits of images, seen through the augmentation."""
        return self.discriminator(diff_augment(images, self.augment, self.seed), training=True)

    def discriminator_loss(self, batch):
        # Real and generated images go through in separate batches, as in the reference: batch norm sees one kind at a time.
        real, fake = self.judge(batch["image"]), self.judge(ops.stop_gradient(self.fake(batch)))
        middle = 0.5 if self.adversarial is ADVERSARIAL_LOSSES["least-squares"] else 0.0
        self.observe(accuracy_real=ops.mean(ops.cast(real > middle, "float32")))
        self.observe(accuracy_generated=ops.mean(ops.cast(fake < middle, "float32")))
        terms = {"adversarial": self.adversarial.critic(real, fake)}
        if self.gamma:
            terms["r1"] = 0.5 * self.gamma * r1(lambda x: self.discriminator(x, training=True), batch["image"])
        return terms

    def generator_loss(self, batch):
        real = self.judge(batch["image"]) if self.adversarial.needs_real else None
        return {"adversarial": self.adversarial.generator(real, self.judge(self.fake(batch)))}

    @property
    def sampler(self):
        return self.averaged("generator")

    def latents(self, count, seed):
        draw = np.random.default_rng(seed)
        z = draw.uniform(-1, 1, (count, self.latent_dim)) if self.latent == "uniform" else draw.standard_normal((count, self.latent_dim))
        return z.astype("float32")
