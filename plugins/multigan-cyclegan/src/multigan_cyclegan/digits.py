"""Two kinds of digits: each of one kind has one right answer of the other, and training sees no pair."""

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

__all__ = ["answers", "cold", "load", "load_on_dark", "warm"]

SIDE, HELD_OUT = 32, 200
# Colours of amounts of ink; between them they are mixed. No two amounts have one colour, so that either picture tells
# the other; but curves of single channels do not do it, for what is dark in one is light in the other, nor quite a
# linear map of colours: the curves bend at other inks.
WARM = {0.0: (24, 10, 40), 0.5: (215, 50, 40), 1.0: (255, 220, 70)}
BLUE = {0.0: (10, 30, 30), 0.3: (20, 150, 120), 0.65: (60, 90, 230), 1.0: (235, 190, 255)}
COLD = {0.0: (240, 240, 225), 0.25: (120, 220, 235), 0.6: (30, 90, 200), 1.0: (150, 30, 120)}


def warm(ink: np.ndarray) -> np.ndarray:
    """Returns the colours, uint8 `(..., 3)`, of amounts of ink in [0, 1]: from night to red to yellow."""
    return _coloured(ink, WARM)


def cold(ink: np.ndarray) -> np.ndarray:
    """Returns the colours, uint8 `(..., 3)`, of amounts of ink in [0, 1]: from paper to blue to purple."""
    return _coloured(ink, COLD)


def load() -> dict:
    """Returns scikit-learn's digits, enlarged to 32 x 32 pixels, as two kinds of pictures.

    `source` is every other digit in warm colours, `image` the digits between them in cold ones. The last 200 digits are
    in neither: they are held out, each in both colours.
    """
    return _unpaired(*answers())


def load_on_dark() -> dict:
    """Returns the same, but that `image` is blue and green on dark: what is lighter in one is so in the other."""
    ink = _ink()
    return _unpaired(warm(ink), _coloured(ink, BLUE))


def _unpaired(source, image):
    return {
        "image": image[1:-HELD_OUT:2],
        "source": source[:-HELD_OUT:2],
        "aligned": False,
        "held_out": {"image": image[-HELD_OUT:], "source": source[-HELD_OUT:], "aligned": True},
    }


def answers() -> tuple[np.ndarray, np.ndarray]:
    """Returns all digits in warm colours, and the same ones in cold colours: uint8 `(1797, 32, 32, 3)` each."""
    ink = _ink()
    return warm(ink), cold(ink)


def _ink():
    grey = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)
    enlarged = [Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BICUBIC) for image in grey]
    return np.stack([np.asarray(image) for image in enlarged]) / 255.0


def _coloured(ink, curve):
    channels = [np.interp(ink, [*curve], [colour[channel] for colour in curve.values()]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
