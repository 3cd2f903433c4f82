"""Colour profiles and gammas: pixels are brought to sRGB, which training, and who looks at samples, takes them for."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

from multigan.modalities.images.reading.colours import Colours

__all__ = ["to_srgb"]

# A profile that moves no colour by more levels than this is sRGB, whatever it is called and however it is rounded.
_SAME = 2

# What ImageCms raises for a profile that is damaged or of other pixels, and where Pillow has no littlecms.
_UNFIT = (ImageCms.PyCMSError, OSError, ValueError, TypeError, ImportError)


def to_srgb(image: Image.Image, colours: Colours) -> tuple[Image.Image, str]:
    """Returns an image in sRGB, and what became of its colours.

    Args:
        image: of mode L, LA, RGB, RGBA or CMYK.
        colours: what the file says of them.

    Returns:
        The image, of mode RGB where it was CMYK and had a profile, and else of its own; and `"converted"` by a profile,
        `"ignored"` for a profile that is damaged or belongs to another kind of pixels, `"gamma"` for brought to sRGB by
        that, `"foreign"` for another space that is taken for sRGB, several with blanks between; or `""` where there is
        nothing to do.
    """
    if colours.profile is not None:
        return _by_profile(image, colours.profile)
    told = ["foreign"] if colours.foreign else []
    if colours.gamma is not None:
        light = np.linspace(0, 1, 256) ** (1 / colours.gamma)
        levels = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
        alpha = [*range(256)] if image.mode in ("LA", "RGBA") else []
        bands = len(image.getbands()) - bool(alpha)
        image = image.point([*np.rint(255 * levels).astype(int).tolist() * bands, *alpha])
        told.append("gamma")
    return image, " ".join(told)


def _by_profile(image: Image.Image, profile: bytes) -> tuple[Image.Image, str]:
    transparent = image.mode in ("LA", "RGBA")
    mode = image.mode.removesuffix("A")
    try:
        transform = _transform(profile, mode)
    except _UNFIT:
        return image, "" if mode == "L" and _is_srgb(profile) else "ignored"
    if transform is None:
        return image, ""
    result = transform.apply(image.convert(mode) if transparent else image)
    if mode == "L":
        result = result.getchannel("G")
    if transparent:
        result.putalpha(image.getchannel("A"))
    return result, "converted"


def _is_srgb(profile: bytes) -> bool:
    """Says whether a profile is sRGB, which many programs write into grey pictures too, where it changes nothing."""
    try:
        return _transform(profile, "RGB") is None
    except _UNFIT:
        return False


@lru_cache(maxsize=64)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Returns what takes pixels of a profile to sRGB, or None for a profile that is sRGB itself."""
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        # As most viewers do: the white of the profile becomes white, its black becomes black.
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if mode == "CMYK":
        return transform
    before = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    if mode == "RGB":
        steps = np.arange(0, 256, 17, dtype=np.uint8)
        cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
        before = np.concatenate([before, cube], axis=1)
    after = np.asarray(transform.apply(Image.fromarray(before if mode == "RGB" else before[..., 0])))
    same = np.abs(after.astype(int) - before).max() <= _SAME
    return None if same else transform
