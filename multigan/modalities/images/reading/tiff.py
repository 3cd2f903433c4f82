"""TIFF files that Pillow does not read as they say: bands beyond the colours, and palettes of 8 bits."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImagePalette, TiffImagePlugin

from multigan.data.collection import UnreadableError
from multigan.modalities.images.reading.deep import raw_mode, with_raw_mode

__all__ = ["Layout", "check_layout", "layout_of", "mend_tiff", "reader_for", "told_of"]

_STARTS = b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"
# TIFF's tags and what they say.
_BITS, _PHOTOMETRIC, _SAMPLES, _PLANES, _PALETTE, _EXTRA = 258, 262, 277, 284, 320, 338
_SEPARATE = 2
# Associated and unassociated alpha, and Corel Draw's number for it.
_ALPHAS = 1, 2, 999
# What the first bands are, by the photometric interpretation.
_RGB, _INDEXED = 2, 3
_COLOURS = {
    0: ("grey",),
    1: ("grey",),
    _RGB: ("red", "green", "blue"),
    _INDEXED: ("the palette's numbers",),
    5: ("cyan", "magenta", "yellow", "black"),
    6: ("Y", "Cb", "Cr"),
    8: ("L", "a", "b"),
}
_NUMBERS = "", "", "two", "three", "four", "five"
# Pillow complains on the terminal of more.
_MOST_BANDS = 6
_LARGEST_OF_8_BITS = 255


@dataclass(frozen=True)
class Layout:
    """How the bands of a TIFF file lie, and what it says that they are.

    Args:
        bands: how many there are.
        bits: of a number.
        colours: what its first bands are.
        extra: what it says of each further one, 0 for nothing.
        planes: each band has a plane of its own.
        told: whether it says anything of the further bands.
    """

    bands: int
    bits: int
    colours: tuple[str, ...]
    extra: tuple[int, ...]
    planes: bool
    told: bool

    @property
    def alpha(self) -> bool:
        """Whether the first of the further bands is an alpha channel."""
        return bool(self.extra) and self.extra[0] in _ALPHAS

    @property
    def spare(self) -> int:
        """How many bands are neither colours nor alpha."""
        return len(self.extra) - self.alpha


def layout_of(content: bytes) -> Layout | None:
    """Returns the layout of a file's bytes; None where it is no TIFF file, or its header is damaged."""
    if content[:4] not in _STARTS:
        return None
    file = io.BytesIO(content)
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(file.read(16 if b"+" in content[:4] else 8))
        file.seek(tags.next)
        tags.load(file)
        return _layout(tags)
    except Exception:  # a damaged header raises whatever its parser stumbles over; Pillow's own opening tells it
        return None


def _layout(tags: Mapping) -> Layout | None:
    colours = _COLOURS.get(tags.get(_PHOTOMETRIC, 0), ())
    bands = tags.get(_SAMPLES, 1)
    if not colours or bands < len(colours):
        return None
    further = bands - len(colours)
    extra = (*tags.get(_EXTRA, ()), *(0,) * further)[:further]
    return Layout(
        bands,
        max(tags.get(_BITS, (1,))),
        colours,
        extra,
        bands > 1 and tags.get(_PLANES) == _SEPARATE,
        _EXTRA in tags,
    )


def check_layout(layout: Layout | None, opens: bool = True) -> None:
    """Lets a file pass whose bands Pillow reads rightly.

    Args:
        layout: of the file.
        opens: whether Pillow opens it.

    Raises:
        UnreadableError: it does not, or misreads them: of alpha in a plane of its own it reads RGBA alone.
    """
    if layout is None or not layout.extra:
        return
    misread = layout.planes and layout.alpha and (len(layout.colours) != 3 or layout.spare)
    ignored = layout.planes and layout.told and not any(layout.extra)
    many = layout.bands > _MOST_BANDS and not ignored
    if opens and not misread and not many:
        return
    planes = ", each in a plane of its own" if layout.planes else ""
    three = ", three as RGB" if layout.bands > 2 else ""
    mend = f"one of them as grey{three}, or up to four as an array (.npy)" if layout.spare else "it as PNG"
    raise UnreadableError(
        f"a TIFF file of {layout.bands} bands of {layout.bits} bits{planes}, which Pillow does not read: save {mend}"
    )


@contextmanager
def reader_for(layout: Layout | None) -> Iterator[None]:
    """Has Pillow open the file by libtiff while this lasts, where its own reader knows nothing of such planes.

    That is a global of Pillow's: one thread at a time.
    """
    before = TiffImagePlugin.READ_LIBTIFF
    own = layout is None or not layout.planes or not layout.told or layout.extra in ((), (2,))
    TiffImagePlugin.READ_LIBTIFF = before if own else True
    try:
        yield
    finally:
        TiffImagePlugin.READ_LIBTIFF = before


def mend_tiff(image: Image.Image) -> list[str]:
    """Has an image, open but not loaded, read as the file says; returns what was mended of Pillow's way to do it."""
    if image.format != "TIFF":
        return []
    layout, mended = _layout(image.tag_v2), []
    # Pillow takes a fourth band for alpha that the file says nothing of.
    if layout and image.mode == "RGBA" and not layout.alpha:
        image._mode = "RGB"
        image.tile = [_without_alpha(tile, layout.planes) for tile in image.tile if raw_mode(tile)[0] != "A"]
        mended.append("three bands")
    if _of_8_bits(image):
        # Pillow keeps the upper of two bytes, which are all 0 here.
        image.palette = ImagePalette.raw("RGB;L", bytes(image.tag_v2[_PALETTE]))
        mended.append("palette of 8 bits")
    return mended


def told_of(image: Image.Image) -> tuple[str, ...]:
    """Returns what is noted of how an opened image is read, in words that fit before "all 3"."""
    if image.format != "TIFF":
        return ()
    layout, told = _layout(image.tag_v2), []
    if layout and layout.spare:
        taken = (*layout.colours, *(("alpha",) if layout.alpha else ()))
        count = layout.bands - layout.spare
        first = f"the first {_NUMBERS[count]} are" if count > 1 else "the first is"
        names = " and ".join(filter(None, (", ".join(taken[:-1]), taken[-1])))
        told.append(f"of {layout.bands} bands {first} taken as {names}")
    if _of_8_bits(image):
        told.append("with a palette of numbers to 255 where TIFF has 65,535, scaled")
    return tuple(told)


def _of_8_bits(image: Image.Image) -> bool:
    return image.mode in ("P", "PA") and 0 < max(image.tag_v2[_PALETTE]) <= _LARGEST_OF_8_BITS


def _without_alpha(tile, planes: bool):
    """A tile that leaves the fourth band out: between pixels it is stepped over, a plane is not read."""
    return with_raw_mode(tile, raw_mode(tile).replace("RGBA", "RGB" if planes else "RGBX"))
