"""What networks that were trained on photographs are given: RGB, in bytes."""

import numpy

__all__ = ["to_rgb_bytes"]


def to_rgb_bytes(images: numpy.ndarray) -> numpy.ndarray:
    """Returns images `(count, height, width, channels)` in [-1, 1] as uint8 RGB; rounded, for real images are bytes.

    Grey is repeated; transparency is laid over black.
    """
    images = (numpy.clip(numpy.asarray(images, numpy.float32), -1.0, 1.0) + 1.0) * 127.5
    if images.shape[-1] in (2, 4):
        images = images[..., :-1] * (images[..., -1:] / 255.0)
    if images.shape[-1] == 1:
        images = images.repeat(3, axis=-1)
    return numpy.rint(images).astype(numpy.uint8)
