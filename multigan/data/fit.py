"""From images of any size and kind to one shape: the options size, channels, crop, background and filter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageColor, ImageOps

from multigan.errors import UsageError

__all__ = ["Target", "automatic_size", "parse_background", "parse_size"]

LARGEST = 4096
AUTOMATIC = (8, 16, 32, 64)
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def parse_size(text: str) -> tuple[int, int] | None:
    """Returns (height, width) of the option `size`, or None for `auto`.

    Raises:
        UsageError: neither `auto`, `N` nor `HxW` with numbers from 1 to 4,096.
    """
    if text == "auto":
        return None
    match = re.fullmatch(r"([0-9]{1,4})(?:x([0-9]{1,4}))?", text, re.ASCII)
    height, width = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not (1 <= height <= LARGEST and 1 <= width <= LARGEST):
        raise UsageError(f"option size={text}: expected auto, N or HxW (height x width) with numbers up to {LARGEST}")
    return height, width


def parse_background(text: str) -> tuple[int, int, int]:
    """Returns the red, green and blue of the option `background`.

    Raises:
        UsageError: not a colour.
    """
    try:
        red, green, blue = ImageColor.getrgb(text)
    except ValueError:
        raise UsageError(f"option background={text}: expected white, black or #rrggbb") from None
    return red, green, blue


def automatic_size(sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Returns the square that the option `size=auto` means for images of these (height, width).

    It is the median of their shorter sides, rounded up to 8, 16, 32 or 64, and 64 for all that is larger.
    """
    side = sorted(min(size) for size in sizes)[len(sizes) // 2]
    side = next((edge for edge in AUTOMATIC if side <= edge), AUTOMATIC[-1])
    return side, side


@dataclass(frozen=True)
class Target:
    """The shape that every image gets, and how.

    Args:
        height, width, channels: of the result.
        crop, filter: as the options of these names.
        background: red, green and blue under what is transparent, and around letterboxed images.
    """

    height: int
    width: int
    channels: int
    crop: str = "center"
    filter: str = "lanczos"
    background: tuple[int, int, int] = (255, 255, 255)

    @property
    def shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)` of a sample."""
        return self.height, self.width, self.channels

    def fit(self, image: Image.Image) -> np.ndarray:
        """Returns the pixels of an image of mode L, LA, RGB or RGBA, uint8 `(height, width, channels)`.

        With `crop="random"` one of the two sides is longer: `window` cuts it.
        """
        transparent = image.mode in ("LA", "RGBA")
        if self.channels in (2, 4) and not transparent:
            image, transparent = image.convert("RGBA" if image.mode == "RGB" else "LA"), True
        image = self._resized(image, transparent)
        if transparent and self.channels in (1, 3):
            image = image.convert("RGBA")
            below = Image.new("RGB", image.size, self.background)
            below.paste(image, mask=image.getchannel("A"))
            image = below
        if image.mode != _MODES[self.channels]:
            image = image.convert(_MODES[self.channels])
        pixels = np.asarray(image)
        return pixels.reshape(*pixels.shape[:2], self.channels)

    def window(self, pixels: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        """Returns the `(height, width, channels)` part of fitted pixels, at random or, without `rng`, in the middle."""
        return self.cut(pixels, self.place(pixels, rng))

    def place(self, pixels: np.ndarray, rng: np.random.Generator | None = None) -> tuple[int, int]:
        """Returns (top, left) of such a part."""
        spare = pixels.shape[0] - self.height, pixels.shape[1] - self.width
        top, left = (rng.integers(0, s + 1) for s in spare) if rng else (s // 2 for s in spare)
        return int(top), int(left)

    def cut(self, pixels: np.ndarray, place: tuple[int, int]) -> np.ndarray:
        """Returns the part that begins at (top, left)."""
        top, left = place
        return pixels[top : top + self.height, left : left + self.width]

    @property
    def told(self) -> str:
        """How images are fitted, in words that `Target.as_told` reads; "" for the usual way."""
        usual = Target(self.height, self.width, self.channels)
        kept = {"crop": self.crop, "filter": self.filter, "background": "#{:02x}{:02x}{:02x}".format(*self.background)}
        white = "#{:02x}{:02x}{:02x}".format(*usual.background)
        others = {"crop": usual.crop, "filter": usual.filter, "background": white}
        return " ".join(f"{key}={value}" for key, value in kept.items() if value != others[key])

    @classmethod
    def as_told(cls, shape: Sequence[int], told: str) -> Target:
        """Returns how images are fitted to a shape, by the words of `told`; those of levels are not looked at."""
        words = dict(word.split("=") for word in told.split())
        words.pop("levels", None)
        if "background" in words:
            words["background"] = parse_background(words["background"])
        return cls(*shape, **words)

    def _resized(self, image: Image.Image, transparent: bool) -> Image.Image:
        size = self.width, self.height
        method = Image.Resampling[self.filter.upper()]
        if image.size == size:
            return image
        if self.crop == "none":
            return image.resize(size, method)
        if self.crop == "center":
            return ImageOps.fit(image, size, method)
        if self.crop == "random":
            return ImageOps.cover(image, size, method)
        margin = (0,) * len(image.getbands()) if transparent else self.background
        if image.mode == "L":
            margin = Image.new("RGB", (1, 1), self.background).convert("L").getpixel((0, 0))
        return ImageOps.pad(image, size, method, margin)
