"""What both contenders are given: sizes, sounds, latents."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Setup", "latents", "sounds"]


@dataclass(frozen=True)
class Setup:
    """The sizes of a WaveGAN step (Donahue et al., 2018, arXiv 1802.04208), mono.

    Args:
        length: of a sound, in samples: 16 times a power of four.
        dim: channels of the outermost hidden layer.
        batch_size: sounds in a batch, and latents.
        latent_dim: of z.
        kernel: length of the convolutions; their stride is 4.
        phase_shuffle: n.
    """

    length: int = 16_384
    dim: int = 16
    batch_size: int = 16
    latent_dim: int = 100
    kernel: int = 25
    phase_shuffle: int = 2

    @property
    def widths(self) -> list[int]:
        """Channels of the discriminator's layers, the first one first: 16, 32, 64, 128, 256 at dim 16."""
        stages, rest = 0, self.length // 16
        while rest > 1:
            stages, rest = stages + 1, rest // 4
        return [self.dim * 2**stage for stage in range(stages)]


def sounds(setup: Setup, count: int) -> np.ndarray:
    """Returns `count` batches of decaying tones, `(count, batch, length, 1)`, float32 in [-1, 1]."""
    draw, time = np.random.default_rng(0), np.arange(setup.length) / 16_000
    pitch, decay = draw.uniform(60, 4_000, (2, count, setup.batch_size, 1)) * [[[[1.0]]], [[[0.01]]]]
    return (np.sin(2 * np.pi * pitch * time) * np.exp(-decay * time)).astype("float32")[..., None]


def latents(setup: Setup, count: int) -> np.ndarray:
    """Returns `count` batches of latents `(count, batch, latent_dim)`, uniform on [-1, 1], float32."""
    shape = (count, setup.batch_size, setup.latent_dim)
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")
