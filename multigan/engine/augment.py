"""Differentiable augmentation: the critic sees real and generated images through the same random changes."""

import keras
from keras import ops

__all__ = ["POLICIES", "diff_augment"]


def diff_augment(images, policy: str, seed, probability=1.0):
    """Applies random changes to images, one draw per image, through which gradients flow.

    Args:
        images: `(batch, height, width, channels)` in [-1, 1].
        policy: names of `POLICIES` joined by commas, e.g. `"color,translation,cutout"`; empty changes nothing.
        seed: `keras.random.SeedGenerator`.
        probability: that an image is changed at all, arXiv 2006.06676; a number or a scalar tensor.

    Returns:
        Images of the same shape; colour changes may leave [-1, 1].

    Raises:
        ValueError: an unknown name in `policy`.

    Reference: Zhao et al., 2020, arXiv 2006.10738.
    """
    images = given = ops.convert_to_tensor(images)
    for name in filter(None, policy.split(",")):
        if name not in POLICIES:
            raise ValueError(f"augmentation {name!r}: not one of {', '.join(POLICIES)}")
        images = POLICIES[name](images, seed)
    if isinstance(probability, (int, float)) and probability >= 1.0:
        return images
    return ops.where(_draw(given, seed) < ops.cast(probability, given.dtype), images, given)


def _draw(images, seed, low=0.0, high=1.0):
    return ops.cast(keras.random.uniform((ops.shape(images)[0], 1, 1, 1), low, high, seed=seed), images.dtype)


def _color(images, seed):
    """Brightness within 0.5, saturation times 0 to 2, contrast times 0.5 to 1.5."""
    images = images + _draw(images, seed, -0.5, 0.5)
    grey = ops.mean(images, axis=3, keepdims=True)
    images = (images - grey) * _draw(images, seed, 0.0, 2.0) + grey
    mean = ops.mean(images, axis=(1, 2, 3), keepdims=True)
    return (images - mean) * _draw(images, seed, 0.5, 1.5) + mean


def _translation(images, seed):
    """Shifts by up to an eighth of each side; what comes in from outside is zero."""
    for axis, equation in ((1, "bij,bjwc->biwc"), (2, "bij,bhjc->bhic")):
        length = images.shape[axis]
        reach = max(1, round(length / 8))
        shift = ops.floor(keras.random.uniform((ops.shape(images)[0], 1, 1), -reach, reach + 1, seed=seed))
        positions = ops.arange(length, dtype="float32")
        # A matrix product per image: its gradient is one too, on every backend, where a gather's would be a scatter.
        moves = ops.cast(ops.abs(positions[None, :, None] - positions[None, None, :] - shift) < 0.5, images.dtype)
        images = ops.einsum(equation, moves, images)
    return images


def _cutout(images, seed):
    """Blanks one window of half of each side, placed anywhere, partly outside too."""
    inside = 1.0
    for axis in (1, 2):
        length = images.shape[axis]
        centre = ops.floor(
            keras.random.uniform((ops.shape(images)[0], 1, 1, 1), 0, length + (1 - length // 2 % 2), seed=seed)
        )
        shape = (1, length, 1, 1) if axis == 1 else (1, 1, length, 1)
        positions = ops.reshape(ops.arange(length, dtype="float32"), shape)
        start = centre - (length // 2) // 2
        inside = inside * ops.cast(ops.logical_and(positions >= start, positions < start + length // 2), "float32")
    return images * ops.cast(1.0 - inside, images.dtype)


POLICIES = {"color": _color, "translation": _translation, "cutout": _cutout}
