"""What the contenders are given: sizes, texts."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Setup", "texts"]


@dataclass(frozen=True)
class Setup:
    """The sizes of SeqGAN's experiment (Yu et al., 2017, arXiv 1609.05473).

    Args:
        vocabulary: how many tokens there are.
        length: of a text, in tokens.
        batch_size: texts that a generator turn writes; real ones, and as many generated ones, in a batch of the
            discriminator's.
        rollouts: N, from each token on.
        filters: scales the discriminator's 1,720 filters.
        count: real texts in an epoch, and generated ones.
    """

    vocabulary: int = 5000
    length: int = 20
    batch_size: int = 64
    rollouts: int = 16
    filters: float = 1.0
    count: int = 10_000

    @property
    def updates(self) -> int:
        """Of the discriminator, in an epoch."""
        return self.count // self.batch_size


def texts(setup: Setup, batches: int, seed: int) -> np.ndarray:
    """Returns batches of random texts, int32 `(batches, batch, length)`."""
    shape = (batches, setup.batch_size, setup.length)
    return np.random.default_rng(seed).integers(0, setup.vocabulary, shape, dtype=np.int32)
