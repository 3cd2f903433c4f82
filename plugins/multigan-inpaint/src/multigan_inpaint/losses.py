"""Losses that look at the hole and at what is known by themselves."""

from keras import ops

__all__ = ["apart", "patched_critic", "patches_of"]


def apart(made, image, where):
    """Returns the mean |made - image| over some places, a scalar; 0 where there are none of them.

    Args:
        made, image: `(batch, h, w, c)`.
        where: 1 at those places and 0 elsewhere, `(batch, h, w, 1)`.
    """
    distance = ops.abs(ops.cast(made, "float32") - ops.cast(image, "float32"))
    return _mean(distance, ops.broadcast_to(where, ops.shape(distance)))


def patches_of(mask, depth: int):
    """Returns which patches of a critic with `depth` halvings lie on a hole: 1 or 0, `(batch, h', w', 1)`, as its
    scores.
    """
    return ops.max_pool(mask, 2**depth, 2**depth, padding="same")


def patched_critic(real, fake, holes):
    """Non-saturating, where only patches on a hole are generated ones: the others of a filled picture are real.

    Both kinds weigh the same, however small holes are: a critic of the mean over all patches says "real" for thousands
    of steps, and teaches nothing.

    Args:
        real, fake: scores `(batch, h, w, 1)` of pictures and of filled ones.
        holes: which patches lie on a hole, of the same shape.

    Reference: arXiv 2109.07161, equation 4, which has the mean.
    """
    real, fake, holes = (ops.cast(each, "float32") for each in (real, fake, holes))
    known = _mean(ops.softplus(-fake), 1.0 - holes)
    return 0.5 * (ops.mean(ops.softplus(-real)) + known) + _mean(ops.softplus(fake), holes)


def _mean(values, weights):
    weights = ops.cast(weights, "float32")
    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1.0)
