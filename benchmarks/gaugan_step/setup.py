"""What every contender is given: sizes, label maps with pictures, and noise."""

from dataclasses import dataclass

import numpy as np

__all__ = ["PLAYERS", "Setup", "batches", "noise"]

PLAYERS = ("generator", "discriminator")
NO_CLASS = 255


@dataclass(frozen=True)
class Setup:
    """The sizes of a GauGAN step (Park et al., 2019, arXiv 1903.07291), with the recipe's defaults.

    Args:
        size: the pictures' side in pixels, a power of two of at least 16.
        batch_size: pictures in a batch.
        width, critic_width: channels of the generator's outermost block, and of the discriminators' first layers.
        classes: of the label maps, as many as the recipe's own data have.
        latent_dim: of the style.
    """

    size: int
    batch_size: int
    width: int
    critic_width: int
    classes: int = 32
    latent_dim: int = 64
    scales: int = 2
    kl: float = 0.05
    feature_matching: float = 10.0
    learning_rate: float = 4e-4
    betas: tuple[float, float] = (0.0, 0.9)
    ema: float = 0.999

    @property
    def hidden(self) -> int:
        """Channels between the map and a layer's scale and offset."""
        return 2 * self.width

    @property
    def sides(self) -> list[int]:
        """The feature maps' sides from the smallest, of 4 pixels, to the picture's."""
        return [2**level for level in range(2, self.size.bit_length())]

    def depth(self, scale: int) -> int:
        """How often a discriminator halves what it sees, as `multigan.patch_depth` has it."""
        side = self.size >> scale
        return 1 + (side >= 64) + (side >= 128)


def batches(setup: Setup, count: int) -> list[dict[str, np.ndarray]]:
    """Returns batches `{"source", "image"}`: maps of random classes, a few pixels of none, and pictures of noise; what
    they show makes no step slower.
    """
    rng, shape = np.random.default_rng(0), (setup.batch_size, setup.size, setup.size)

    def maps():
        return np.where(rng.random(shape) < 0.05, NO_CLASS, rng.integers(0, setup.classes, shape)).astype("int32")

    return [{"source": maps(), "image": rng.uniform(-1, 1, (*shape, 3)).astype("float32")} for _ in range(count)]


def noise(setup: Setup, count: int) -> np.ndarray:
    """Returns what styles are drawn from in so many steps, `(count, batch_size, latent_dim)`, normal, float32."""
    shape = (count, setup.batch_size, setup.latent_dim)
    return np.random.default_rng(1).standard_normal(shape).astype("float32")
