"""Differentiable augmentation: the critic sees real and generated samples through the same random changes."""

import keras
from keras import ops

__all__ = ["POLICIES", "diff_augment"]


def diff_augment(samples, policy: str, seed, probability=1.0):
    """Applies random changes to images or clips, one draw per sample, through which gradients flow.

    All frames of a clip are changed by its one draw, each as an image would be: what moves is moved, cut and recoloured
    as a whole.

    Args:
        samples: images `(batch, height, width, channels)` or clips `(batch, frames, height, width, channels)`, in
            [-1, 1].
        policy: names of `POLICIES` joined by commas, e.g. `"color,translation,cutout"`; empty changes nothing.
        seed: `keras.random.SeedGenerator`.
        probability: that a sample is changed at all, arXiv 2006.06676; a number or a scalar tensor.

    Returns:
        Samples of the same shape; colour changes may leave [-1, 1].

    Raises:
        ValueError: an unknown name in `policy`, or samples of another rank.

    Reference: Zhao et al., 2020, arXiv 2006.10738.
    """
    samples = given = ops.convert_to_tensor(samples)
    if len(given.shape) not in (4, 5):
        raise ValueError(f"samples of shape {tuple(given.shape)}: neither images nor clips, which have 4 and 5 axes")
    for name in filter(None, policy.split(",")):
        if name not in POLICIES:
            raise ValueError(f"augmentation {name!r}: not one of {', '.join(POLICIES)}")
        samples = POLICIES[name](samples, seed)
    if isinstance(probability, (int, float)) and probability >= 1.0:
        return samples
    return ops.where(_draw(given, seed) < ops.cast(probability, given.dtype), samples, given)


def _chance(samples, seed, low=0.0, high=1.0):
    """A draw per sample, float32, as many axes as samples have."""
    ones = (1,) * (len(samples.shape) - 1)
    return keras.random.uniform((ops.shape(samples)[0], *ones), low, high, seed=seed)


def _draw(samples, seed, low=0.0, high=1.0):
    return ops.cast(_chance(samples, seed, low, high), samples.dtype)


def _color(samples, seed):
    """Brightness within 0.5, saturation times 0 to 2, contrast times 0.5 to 1.5."""
    samples = samples + _draw(samples, seed, -0.5, 0.5)
    grey = ops.mean(samples, axis=-1, keepdims=True)
    samples = (samples - grey) * _draw(samples, seed, 0.0, 2.0) + grey
    mean = ops.mean(samples, axis=(-3, -2, -1), keepdims=True)
    return (samples - mean) * _draw(samples, seed, 0.5, 1.5) + mean


def _translation(samples, seed):
    """Shifts by up to an eighth of each side; what comes in from outside is zero."""
    for axis, equation in zip((-3, -2), _SHIFTED[len(samples.shape)], strict=True):
        length = samples.shape[axis]
        reach = max(1, round(length / 8))
        shift = ops.floor(keras.random.uniform((ops.shape(samples)[0], 1, 1), -reach, reach + 1, seed=seed))
        positions = ops.arange(length, dtype="float32")
        # A matrix product per sample: its gradient is one too, on every backend, where a gather's would be a scatter.
        moves = ops.cast(ops.abs(positions[None, :, None] - positions[None, None, :] - shift) < 0.5, samples.dtype)
        samples = ops.einsum(equation, moves, samples)
    return samples


# Rows and columns, of images and of clips.
_SHIFTED = {4: ("bij,bjwc->biwc", "bij,bhjc->bhic"), 5: ("bij,btjwc->btiwc", "bij,bthjc->bthic")}


def _cutout(samples, seed):
    """Blanks one window of half of each side, placed anywhere, partly outside too."""
    inside = 1.0
    for axis in (-3, -2):
        length = samples.shape[axis]
        centre = ops.floor(_chance(samples, seed, 0, length + (1 - length // 2 % 2)))
        shape = (1,) * (len(samples.shape) + axis) + (length,) + (1,) * (-axis - 1)
        positions = ops.reshape(ops.arange(length, dtype="float32"), shape)
        start = centre - (length // 2) // 2
        inside = inside * ops.cast(ops.logical_and(positions >= start, positions < start + length // 2), "float32")
    return samples * ops.cast(1.0 - inside, samples.dtype)


POLICIES = {"color": _color, "translation": _translation, "cutout": _cutout}
