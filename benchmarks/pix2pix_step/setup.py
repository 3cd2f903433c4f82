"""The sizes of the step, and what goes through it."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Setup", "pairs"]

PLAYERS = ("discriminator", "generator")


@dataclass(frozen=True)
class Setup:
    """Grey pictures of one size that become pictures in colour.

    Args:
        size: of a side, a power of two.
        batch_size, width: as the recipe's.
    """

    size: int
    batch_size: int
    width: int

    @property
    def depth(self) -> int:
        """How often the U-Net halves."""
        return min(8, self.size.bit_length() - 1)

    @property
    def patches(self) -> int:
        """How often the discriminator halves, as `multigan.patch_depth` has it."""
        return 1 + (self.size >= 64) + (self.size >= 128)


def pairs(setup: Setup, count: int) -> list[dict[str, np.ndarray]]:
    """Returns batches of noise, the same for every contender."""
    rng, side = np.random.default_rng(0), (setup.batch_size, setup.size, setup.size)

    def noise(channels):
        return rng.uniform(-1, 1, (*side, channels)).astype("float32")

    return [{"source": noise(1), "image": noise(3)} for _ in range(count)]
