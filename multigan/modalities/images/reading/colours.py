"""What an image file says of its colours: by a profile, or by a few numbers of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from PIL import Image

__all__ = ["Colours", "colours_of"]

# Of a PNG: length, name, primaries and transfer function by the numbers of ITU-T H.273, which AVIF and HEIC have, too.
_PNG_CODES = re.compile(rb"\0\0\0\x04cICP(.)(.)", re.DOTALL)
_BOX_CODES = re.compile(rb"colrnclx\0(.)\0(.)", re.DOTALL)
# Those of sRGB and what is taken for it: unspecified, and television's of the same primaries.
_PRIMARIES, _TRANSFERS = frozenset({1, 2}), frozenset({1, 2, 6, 13, 14, 15})
# x and y of white, red, green and blue.
_CHROMATICITIES = 0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06
_SAME_CHROMATICITY = 0.01
# PNG has pictures of sRGB say 1 / 2.2; libpng takes what is so near to it for the same.
_GAMMA, _SAME_GAMMA = 1 / 2.2, 0.05
_GAMMAS = 0.1, 10
# A JPEG 2000's profile: the length of its box, and which way the colours are given.
_JP2_PROFILE = re.compile(rb"(....)colr[\2\3]..", re.DOTALL)


@dataclass(frozen=True)
class Colours:
    """What the numbers of a file mean.

    Args:
        profile: an ICC profile; b"" for one that is damaged.
        gamma: the exponent that light was encoded with; None where it is sRGB's way, or the profile tells.
        foreign: they are of another space than sRGB, which cannot be read.
    """

    profile: bytes | None = None
    gamma: float | None = None
    foreign: bool = False


def colours_of(image: Image.Image, content: bytes) -> Colours:
    """Returns what the numbers of an opened image mean; `content` is the whole file.

    Of several ways in a PNG the first is taken that can be read of cICP, iCCP, sRGB, and gAMA with cHRM.
    """
    codes = _codes(image, content)
    if image.format == "PNG" and codes and _is_srgb(codes):
        return Colours()
    if "icc_profile" in image.info:
        return Colours(image.info["icc_profile"] or b"")
    if image.format == "JPEG2000" and (box := _JP2_PROFILE.search(content, 0, max(0, content.find(b"jp2c")))):
        return Colours(content[box.end() : box.start() + int.from_bytes(box[1], "big")])
    if codes:
        return Colours(foreign=not _is_srgb(codes))
    if image.format != "PNG" or "srgb" in image.info:
        return Colours()
    gamma = image.info.get("gamma")
    if gamma is not None and abs(gamma / _GAMMA - 1) <= _SAME_GAMMA:
        gamma = None
    colours = image.mode not in ("1", "L", "LA", "I", "I;16")
    chromaticities = image.info.get("chromaticity") if colours else None
    foreign = chromaticities and np.abs(np.subtract(chromaticities, _CHROMATICITIES)).max() > _SAME_CHROMATICITY
    possible = gamma is None or _GAMMAS[0] <= gamma <= _GAMMAS[1]
    return Colours(None, gamma if possible else None, bool(foreign or not possible))


def _codes(image: Image.Image, content: bytes) -> tuple[int, int] | None:
    if image.format == "PNG":
        found = _PNG_CODES.search(content, 0, max(0, content.find(b"IDAT")))
    elif image.format in ("AVIF", "HEIF"):
        found = _BOX_CODES.search(content)
    else:
        return None
    return (found[1][0], found[2][0]) if found else None


def _is_srgb(codes: tuple[int, int]) -> bool:
    return codes[0] in _PRIMARIES and codes[1] in _TRANSFERS
