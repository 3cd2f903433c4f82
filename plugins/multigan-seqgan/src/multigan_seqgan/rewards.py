"""Rewards and what the policy makes of them: shaping and baselines."""

from keras import ops

__all__ = ["SHAPINGS", "average", "maligan", "masked_mean", "without_mean"]


def average(scores):
    """SeqGAN's reward of a position: the mean over its rollouts of D, the sigmoid of scores `(rollouts, ...)`.
    arXiv 1609.05473, equation 4.
    """
    return ops.mean(ops.sigmoid(scores), axis=0)


def maligan(scores):
    """MaliGAN's: the mean over its rollouts of D / (1 - D), which is exp(score); returned as its logarithm, since it
    has no upper bound. Che et al., 2017, arXiv 1702.07983.
    """
    return ops.logsumexp(scores, axis=0) - ops.log(float(scores.shape[0]))


def normalised(logarithms, counts):
    """Shares of a batch's sum at each position, times the batch: `(batch, length)`, of mean 1 where texts count."""
    hidden = ops.where(counts, logarithms, -1e9)
    present = ops.sum(ops.cast(counts, "float32"), axis=0, keepdims=True)
    return ops.where(counts, ops.softmax(hidden, axis=0) * present, 0.0)


SHAPINGS = ("seqgan", "maligan")


def masked_mean(values, counts, axis=None):
    """The mean of values `(batch, length)` over the positions that count; 0 where none does."""
    weights = ops.cast(counts, "float32")
    return ops.sum(values * weights, axis=axis) / ops.maximum(ops.sum(weights, axis=axis), 1.0)


def without_mean(rewards, counts):
    """Rewards less their mean over the batch at each position, over texts that are not over yet."""
    return rewards - masked_mean(rewards, counts, axis=0)[None]
