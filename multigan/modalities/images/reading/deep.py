"""Numbers of more than 8 bits, or with a sign: as a file stores them, and as 8 bits."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

import numpy as np
from PIL import Image

from multigan.data.collection import UnreadableError
from multigan.data.levels import Levels

__all__ = [
    "Numbers",
    "Storage",
    "colour_numbers",
    "grey_numbers",
    "mend_planes",
    "raw_mode",
    "storage_of",
    "with_raw_mode",
]

# TIFF's tags and what they say.
_BITS, _PHOTOMETRIC, _PLANES, _FORMAT = 258, 262, 284, 339
_WHITE_IS_ZERO, _SEPARATE, _SIGNED = 0, 2, 2
# What a PNG's header says.
_GREY_AND_ALPHA = 4

# Pillow keeps the upper of two bytes. Told that they come in the other order, it keeps the lower one.
_TWO_BYTES = re.compile(r"(RGBX?|RGBA|[RGBA]);16[BLN]")
_PNG_GREY_ALPHA = "LA;16B"
# What the sizes of a JPEG 2000 begin with; their number is 40 bytes on. And the flags of AVIF: over 8 bits, 12 bits.
_J2K_SIZE = b"\xff\x4f\xff\x51"
_AV1_FLAGS = re.compile(rb"av1C\x81.(.)", re.DOTALL)
_OTHER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}


@dataclass(frozen=True)
class Storage:
    """How a file stores its numbers, as far as Pillow's mode does not tell.

    Args:
        bits: of one number.
        signed: they may be below zero.
        inverted: white is the smallest number, and Pillow leaves it so.
        separate: each colour has a plane of its own.
        scaled: Pillow brings greys of more than 8 bits to 16.
        grey: there are no colours, whatever Pillow reads it as.
    """

    bits: int
    signed: bool = False
    inverted: bool = False
    separate: bool = False
    scaled: bool = False
    grey: bool = False

    @property
    def deep(self) -> bool:
        """Whether the numbers are others than 0 to 255."""
        return self.bits > 8 or self.signed


def storage_of(image: Image.Image, content: bytes) -> Storage:
    """Returns how an image that is open, but not loaded, stores its numbers; `content` is the whole file."""
    if image.format == "PNG":
        return Storage(content[24], grey=content[25] == _GREY_AND_ALPHA)
    if image.format == "TIFF":
        tags = image.tag_v2
        return Storage(
            max(tags.get(_BITS, (1,))),
            _SIGNED in tags.get(_FORMAT, (1,)),
            image.mode.startswith(("I", "F")) and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO,
            tags.get(_PLANES) == _SEPARATE,
        )
    if image.mode == "F":
        return Storage(32)
    if image.format == "PPM":
        return Storage(_largest(image).bit_length(), scaled=True)
    if image.format == "JPEG2000":
        at = content.index(_J2K_SIZE) + 40
        count = int.from_bytes(content[at : at + 2], "big")
        return Storage(max((size & 0x7F) + 1 for size in content[at + 2 : at + 2 + 3 * count : 3]), scaled=True)
    if image.format == "AVIF":
        flags = [found[0] for found in _AV1_FLAGS.findall(content)]
        return Storage(max((8 + 2 * (flag >> 6 & 1) + 2 * (flag >> 5 & 1) for flag in flags), default=8))
    return Storage(image.info.get("bit_depth", 8) if image.format == "HEIF" else 8)


def _largest(image: Image.Image) -> int:
    """Returns the number that a file of PPM's family has for white."""
    args = image.tile[0].args
    return args[1] if isinstance(args, tuple) else 65_535 if "16" in args else 255


@dataclass(frozen=True)
class Numbers:
    """The numbers of an image, without its alpha channel.

    Args:
        values: `(height, width)` or, with bands, `(height, width, 1 or 3)`; white is higher than black.
        white: what their type takes for white; None for floats, where nothing tells it.
        bits: of one number.
        coarse: only the upper 8 of them are known.
    """

    values: np.ndarray
    white: int | None
    bits: int
    coarse: bool = False

    @property
    def finite(self) -> bool:
        """Whether each of them is a number."""
        return self.values.dtype.kind != "f" or bool(np.isfinite(self.values).all())

    @property
    def span(self) -> tuple[float, float] | None:
        """The smallest and largest as shares of what is white; None where nothing tells it."""
        if self.white is None:
            return None
        return float(self.values.min() / self.white), float(self.values.max() / self.white)

    def to_uint8(self, levels: Levels | None) -> np.ndarray:
        """Returns them as 8 bits, between the black and white of their type or of `levels`.

        Raises:
            UnreadableError: their type has no white, or some lie outside of it, or are not finite.
        """
        if levels:
            return levels.to_uint8(self.values)
        low, high, told = self.values.min(), self.values.max(), ""
        if self.white is None:
            told = "floating-point pixels of unknown range"
        elif low < 0 or high > self.white:
            told = f"{self.bits}-bit pixels from {low} to {high}"
        if told:
            mend = "save 8 or 16 bits"
            raise UnreadableError(f"{told}; -o levels=data takes the range of all files; or {mend}", f"{told}; {mend}")
        return ((self.values.astype(np.uint32) * 255 + self.white // 2) // self.white).astype(np.uint8)


def grey_numbers(image: Image.Image, storage: Storage) -> Numbers:
    """Returns the numbers of a loaded image of mode I, I;16, I;16B, I;16L or F, or L with a sign."""
    values = np.asarray(image)
    if storage.bits == 8:
        return Numbers(values.view(np.int8), 255, 8)
    if storage.bits == 32 and image.mode == "I" and not storage.signed:
        values = values.view(np.uint32).astype(np.int64)  # Pillow knows no unsigned ones
    white = None if image.mode == "F" else (1 << (16 if storage.scaled else min(storage.bits, 16))) - 1
    if storage.inverted:
        values = -values if white is None else white - values
    return Numbers(values, white, storage.bits)


def colour_numbers(image: Image.Image, storage: Storage, again: Image.Image | None) -> Numbers:
    """Returns the 16-bit numbers of an image that Pillow reads as L, LA, RGB or RGBA, with bands.

    Where Pillow cannot be made to give the lower bytes as well, they are taken to be like the upper ones.

    Args:
        image: loaded.
        storage: of its numbers.
        again: the same file, opened but not loaded; None where the upper bytes will do.
    """
    values = None if again is None else _all_bytes(image, again)
    coarse = values is None
    if coarse:
        values = np.asarray(image).reshape(image.height, image.width, -1).astype(np.uint16) * 257
    bands = 1 if storage.grey or image.mode in ("L", "LA") else 3
    return Numbers(values[..., :bands], 65_535, storage.bits, coarse)


def _all_bytes(image: Image.Image, again: Image.Image) -> np.ndarray | None:
    """Returns 16-bit numbers, uint16 `(height, width, bands)`, or None where Pillow gives the upper bytes only."""
    raw = [raw_mode(tile) for tile in again.tile]
    if raw == [_PNG_GREY_ALPHA]:
        # All four bytes of a grey and its alpha, which Pillow takes for four colours when told so.
        again.tile = [with_raw_mode(tile, "RGBA") for tile in again.tile]
        four = np.asarray(again).astype(np.uint16)
        return four[..., 0::2] * 256 + four[..., 1::2]
    if again.format == "PPM" and again.tile[0].codec_name == "ppm":
        again.fp.seek(again.tile[0].offset)
        values = np.frombuffer(again.fp.read(6 * image.width * image.height), ">u2")
        shares = np.minimum(values / _largest(again), 1).reshape(image.height, image.width, 3)
        return np.rint(65_535 * shares).astype(np.uint16)
    packed = again.format == "TIFF" and _packed_planes(again)
    if packed or not raw or not all(_TWO_BYTES.fullmatch(mode) for mode in raw):
        return None
    again.tile = [with_raw_mode(tile, mode[:-1] + _OTHER[mode[-1]]) for tile, mode in zip(again.tile, raw, strict=True)]
    return np.asarray(image).astype(np.uint16) * 256 + np.asarray(again)


def mend_planes(image: Image.Image, storage: Storage) -> bool:
    """Has 16-bit planes read as such, where Pillow would take each of their bytes for a number.

    Args:
        image: open, but not loaded.
        storage: of its numbers.

    Returns:
        Whether there was something to mend.
    """
    wrong = storage.separate and storage.bits == 16 and all(raw_mode(t) in ("R", "G", "B", "A") for t in image.tile)
    if wrong:
        order = "L" if image.tag_v2.prefix == b"II" else "B"
        image.tile = [with_raw_mode(tile, f"{raw_mode(tile)};16{order}") for tile in image.tile]
    return wrong


def _packed_planes(image: Image.Image) -> bool:
    return image.tag_v2.get(_PLANES) == _SEPARATE and len(image.tile) == 1


def raw_mode(tile) -> str:
    """Returns how the bytes of a Pillow tile lie, e.g. `"RGB;16B"`."""
    return tile.args if isinstance(tile.args, str) else tile.args[0]


def with_raw_mode(tile, mode: str):
    """Returns the tile with its bytes read in another way."""
    return tile._replace(args=mode if isinstance(tile.args, str) else (mode, *tile.args[1:]))
