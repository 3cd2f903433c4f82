"""What a game on texts may tell and take beside samples."""

from collections.abc import Sequence

import numpy as np
from keras import ops

from multigan.engine import autodiff
from multigan.engine.game import Game
from multigan.engine.sampling import SAMPLE_CHUNK, padded
from multigan.errors import UsageError

__all__ = ["TextGame"]


class TextGame(Game):
    """A game whose samples are texts, rows of token ids; it may tell their likelihood, and be steered."""

    def steer(self, temperature: float = 1.0, prefix: Sequence[int] = ()) -> None:
        """Sets how later samples are drawn; without arguments, as they were at first.

        Args:
            temperature: divides the logits of each token; 0 takes the likeliest one.
            prefix: ids of the tokens that every sample begins with.

        Raises:
            UsageError: the recipe's samples are not drawn token by token, or it refuses the values.
        """
        if temperature != 1.0 or len(prefix):
            raise UsageError(f"{self.name}: this recipe's samples take no temperature and no prefix")

    def log_probability(self, samples):
        """Returns the log-likelihood `(count,)` of samples `(count, length)`, tensors; None where there is none."""
        return

    def log_likelihood(self, samples: np.ndarray) -> np.ndarray | None:
        """Returns the log-likelihood in nats, float32 `(count,)`, of samples `(count, length)`, in inference mode: the
        sum over a text's tokens. None where the recipe has no likelihood.
        """
        if type(self).log_probability is TextGame.log_probability:
            return None
        if getattr(self, "_log_likelihood", None) is None:
            self._log_likelihood = autodiff.compiled(self.log_probability, self.variables, self._jit)
        found = []
        for start in range(0, len(samples), SAMPLE_CHUNK):
            part = samples[start : start + SAMPLE_CHUNK]
            (whole,) = padded([part], SAMPLE_CHUNK)
            found.append(ops.convert_to_numpy(ops.cast(self._log_likelihood(whole), "float32"))[: len(part)])
        return np.concatenate(found) if found else np.zeros(0, "float32")
