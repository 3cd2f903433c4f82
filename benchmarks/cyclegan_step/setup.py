"""What every contender is given: sizes, and two kinds of pictures."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Setup", "batches"]


@dataclass(frozen=True)
class Setup:
    """The sizes of a CycleGAN step (Zhu et al., 2017, arXiv 1703.10593) and its Adam.

    Args:
        size: the pictures' side in pixels, which 4 divides.
        batch_size: pictures of each kind in a batch.
        width: channels of the outermost layers.
        blocks: residual blocks.
        identity: weight of that term, times the cycle's 10.
    """

    size: int
    batch_size: int = 1
    width: int = 64
    blocks: int = 6
    identity: float = 0.0
    cycle: float = 10.0
    learning_rate: float = 2e-4
    beta_1: float = 0.5

    @property
    def shape(self) -> tuple[int, int, int]:
        """A picture's `(height, width, channels)`."""
        return (self.size, self.size, 3)


def batches(setup: Setup, count: int) -> list[dict[str, np.ndarray]]:
    """Returns batches `{"source", "image"}` of noise, float32 in [-1, 1]: what it shows makes no step slower."""
    draw, shape = np.random.default_rng(0), (setup.batch_size, *setup.shape)
    return [{side: draw.uniform(-1, 1, shape).astype("float32") for side in ("source", "image")} for _ in range(count)]
