"""Penalties on a critic's gradient with respect to its input."""

import keras
from keras import ops

from multigan.engine.autodiff import input_grad

__all__ = ["gradient_penalty", "r1", "r2"]


def gradient_penalty(critic, real, fake, seed, *, one_sided: bool = False):
    """Mean squared distance of the critic's input-gradient norm from one.

    Args:
        critic: maps samples `(batch, *shape)` to scores `(batch, ...)`; must not use batch statistics.
        real, fake: samples `(batch, *shape)`, in the recipe's units (images and audio: [-1, 1]).
        seed: `keras.random.SeedGenerator`; draws one mixing weight per sample, uniform on [0, 1).
        one_sided: penalise norms above one only.

    Returns:
        A scalar, to be multiplied by lambda (10 in the paper).

    Raises:
        ValueError: `real` and `fake` differ in shape.

    Reference: Gulrajani et al., 2017, arXiv 1704.00028, algorithm 1; one-sided: Petzka et al., 2017, arXiv 1709.08894.
    """
    if tuple(real.shape) != tuple(fake.shape):
        raise ValueError(f"gradient penalty: real {tuple(real.shape)} and fake {tuple(fake.shape)} differ in shape")
    weight = keras.random.uniform((ops.shape(real)[0], *([1] * (len(real.shape) - 1))), dtype="float32", seed=seed)
    weight = ops.cast(weight, real.dtype)
    mixed = ops.stop_gradient(weight * real + (1.0 - weight) * ops.cast(fake, real.dtype))
    # The small constant keeps the root's gradient finite where the critic is flat; it moves a norm of one by 5e-13.
    excess = ops.sqrt(_squared_norms(critic, mixed) + 1e-12) - 1.0
    return ops.mean(ops.square(ops.relu(excess) if one_sided else excess))


def r1(critic, real):
    """Mean squared norm of the critic's input gradient at real samples `(batch, *shape)`; multiply by gamma / 2.

    Reference: Mescheder et al., 2018, arXiv 1801.04406, equation 9.
    """
    return ops.mean(_squared_norms(critic, real))


def r2(critic, fake):
    """As `r1`, at generated samples. Reference: arXiv 1801.04406, equation 10."""
    return ops.mean(_squared_norms(critic, ops.stop_gradient(fake)))


def _squared_norms(critic, samples):
    gradient = ops.cast(input_grad(lambda x: ops.cast(critic(x), "float32"), samples), "float32")
    # Over all axes but the batch: a norm over channels only is another penalty.
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape))))
