"""Colour that is laid over a grey picture without a change of its light."""

from keras import ops

__all__ = ["keep_luminance", "luminance"]

# Red, green and blue in grey (ITU-R BT.601), as `make=grey` has them.
GREY = (0.299, 0.587, 0.114)
SMALLEST = 1e-6


def luminance(colour):
    """Returns the grey of pictures `(batch, height, width, 3)` in [-1, 1], `(batch, height, width, 1)`."""
    red, green, blue = (colour[..., band : band + 1] for band in range(3))
    return GREY[0] * red + GREY[1] * green + GREY[2] * blue


def keep_luminance(grey, colour):
    """Returns pictures `(batch, height, width, 3)` in [-1, 1] with the hue of `colour` and the luminance of `grey`.

    Where a colour so light or dark cannot be that strong it is made paler, and never clipped: that would change its
    luminance.

    Args:
        grey: `(batch, height, width, 1)` in [-1, 1]; what lies outside gets no colour.
        colour: `(batch, height, width, 3)`.
    """
    grey, colour = ops.cast(grey, "float32"), ops.cast(colour, "float32")
    strength = colour - luminance(colour)
    room = ops.where(strength > 0, 1.0 - grey, 1.0 + grey)
    share = ops.min(room / ops.maximum(ops.abs(strength), SMALLEST), axis=-1, keepdims=True)
    return grey + ops.clip(share, 0.0, 1.0) * strength
