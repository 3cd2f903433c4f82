"""What every contender is given: sizes, images, latents."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Setup", "images", "latents"]


@dataclass(frozen=True)
class Setup:
    """The sizes of a DCGAN step (Radford et al., 2015, arXiv 1511.06434) and its Adam.

    Args:
        size: the images' side in pixels, 4 times a power of two.
        channels: of an image.
        batch_size: images in a batch, and latents.
        width: channels of the outermost hidden layer.
        latent_dim: of z.
        learning_rate, beta_1: Adam's, for both players.

    Raises:
        ValueError: another `size`.
    """

    size: int
    channels: int = 3
    batch_size: int = 64
    width: int = 64
    latent_dim: int = 100
    learning_rate: float = 2e-4
    beta_1: float = 0.5

    def __post_init__(self):
        if self.size < 8 or self.size % 4 or (self.size // 4) & (self.size // 4 - 1):
            raise ValueError(
                f"size {self.size}: the step is written for 8, 16, 32, 64 or another 4 times a power of two"
            )

    @property
    def shape(self) -> tuple[int, int, int]:
        """An image's `(height, width, channels)`."""
        return (self.size, self.size, self.channels)

    @property
    def hidden(self) -> list[tuple[int, int]]:
        """`(side, channels)` of the hidden feature maps, smallest first: (4, 256), (8, 128), (16, 64) at 32 x 32."""
        stages = (self.size // 4).bit_length() - 1
        return [(4 * 2**stage, self.width * 2 ** (stages - 1 - stage)) for stage in range(stages)]


def images(setup: Setup, count: int) -> np.ndarray:
    """Returns `count` batches of scikit-learn's digits, enlarged: `(count, batch, *shape)`, float32 in [-1, 1]."""
    from sklearn.datasets import load_digits

    digits = load_digits().images.astype("float32") / 8 - 1
    chosen = np.resize(digits, (count * setup.batch_size, 8, 8))
    enlarged = np.kron(chosen, np.ones((1, setup.size // 8, setup.size // 8), "float32"))
    return np.repeat(enlarged[..., None], setup.channels, axis=-1).reshape(count, setup.batch_size, *setup.shape)


def latents(setup: Setup, count: int, seed: int = 0) -> np.ndarray:
    """Returns `count` batches of latents `(count, batch, latent_dim)`, standard normal, float32."""
    shape = (count, setup.batch_size, setup.latent_dim)
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")
