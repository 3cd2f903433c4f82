"""Pictures that make a clip together: numbered frames, and sprite sheets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence

from PIL import Image

from multigan.data.collection import UnreadableError
from multigan.errors import UsageError
from multigan.modalities.clips.reading.animations import open_checked
from multigan.modalities.clips.reading.film import STILL, Header, plain

__all__ = ["Frames", "Sheet", "Still", "parse_grid"]

MOST = 4096


def parse_grid(text: str) -> tuple[int, int] | None:
    """Returns (rows, columns) of the option `grid`, or None where it is empty.

    Raises:
        UsageError: not two numbers, or a single frame.
    """
    if not text:
        return None
    match = re.fullmatch(r"([0-9]{1,4})x([0-9]{1,4})", text, re.ASCII)
    rows, columns = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 < rows * columns <= MOST * MOST or max(rows, columns) > MOST:
        raise UsageError(f"option grid={text}: expected ROWSxCOLUMNS, such as 4x8, of two frames at least")
    return rows, columns


class Frames:
    """Numbered pictures.

    Args:
        reads: return the bytes of each, in order.
        names: what they are called, for messages.
        numbers: of each.
        max_pixels: a larger picture is not decoded.
    """

    def __init__(
        self, reads: Sequence[Callable[[], bytes]], names: Sequence[str], numbers: Sequence[int], max_pixels: int
    ):
        self._reads, self._names, self._numbers, self._max_pixels = reads, names, numbers, max_pixels

    def look(self) -> Header:
        """Returns the header; opens every frame, and decodes none."""
        sizes, colour, transparent = {}, False, False
        if twice := [a for a, b in zip(self._numbers, self._numbers[1:], strict=False) if a == b]:
            raise UnreadableError(f"two frames have the number {twice[0]}; leave one out")
        for read, name in zip(self._reads, self._names, strict=True):
            try:
                with open_checked(read(), self._max_pixels) as image:
                    sizes.setdefault((image.height, image.width), name)
                    colour = colour or (image.mode not in ("1", "L", "LA", "La") and not image.mode.startswith("I"))
                    transparent = transparent or image.has_transparency_data
            except UnreadableError as error:
                raise UnreadableError(f"frame {name}: {error}") from None
        if len(sizes) > 1:
            (one, first), (other, second) = list(sizes.items())[:2]
            raise UnreadableError(
                f"frames of several sizes: {first} is {one[0]} x {one[1]}, {second} {other[0]} x {other[1]}"
            )
        gaps = self._numbers[-1] - self._numbers[0] + 1 - len(self._numbers)
        note = f"{gaps:,} numbers are left out between its frames" if gaps else ""
        return Header("frames", next(iter(sizes)), len(self._reads), None, 0.0, colour, transparent, note=note)

    def frames(self, picks: Sequence[int]) -> Iterator[Image.Image]:
        """Yields the frames of these places, ascending."""
        for place in picks:
            yield _decoded(self._reads[place](), self._max_pixels, f"frame {self._names[place]}: ")

    def digest(self) -> bytes:
        """Returns a SHA-256 of all frames."""
        total = hashlib.sha256()
        for read in self._reads:
            total.update(hashlib.sha256(read()).digest())
        return total.digest()


class Sheet:
    """A sprite sheet: frames in rows and columns.

    Args:
        read: returns its bytes.
        grid: (rows, columns).
        whole: whether it is one clip; else each row is.
        max_pixels: a larger sheet is not decoded.
    """

    def __init__(self, read: Callable[[], bytes], grid: tuple[int, int], whole: bool, max_pixels: int):
        self._read, self._grid, self._whole, self._max_pixels = read, grid, whole, max_pixels

    def look(self) -> Header:
        """Returns the header; decodes nothing."""
        rows, columns = self._grid
        with open_checked(self._read(), self._max_pixels) as image:
            if image.height % rows or image.width % columns:
                raise UnreadableError(
                    f"a sheet of {image.height} x {image.width} pixels does not divide into grid={rows}x{columns}"
                )
            colour = image.mode not in ("1", "L", "LA", "La") and not image.mode.startswith("I")
            size, transparent = (image.height // rows, image.width // columns), image.has_transparency_data
        pieces = 1 if self._whole else rows
        return Header("sheet", size, rows * columns, None, 0.0, colour, transparent, pieces)

    def frames(self, picks: Sequence[int]) -> Iterator[Image.Image]:
        """Yields the frames of these places, row by row, ascending."""
        sheet = _decoded(self._read(), self._max_pixels)
        rows, columns = self._grid
        height, width = sheet.height // rows, sheet.width // columns
        for place in picks:
            top, left = place // columns * height, place % columns * width
            yield sheet.crop((left, top, left + width, top + height))

    def digest(self) -> bytes:
        """Returns a SHA-256 of the file."""
        return hashlib.sha256(self._read()).digest()


class Still:
    """A picture that is no clip."""

    def __init__(self, read: Callable[[], bytes]):
        self._read = read

    def look(self) -> Header:
        """Raises `UnreadableError`."""
        raise UnreadableError(STILL)

    def frames(self, picks: Sequence[int]) -> Iterator[Image.Image]:
        """Raises `UnreadableError`."""
        raise UnreadableError(STILL)

    def picture(self, max_pixels: int) -> Image.Image:
        """Returns the picture itself, of mode L, LA, RGB or RGBA; raises `UnreadableError` or `OSError`."""
        return _decoded(self._read(), max_pixels)

    def digest(self) -> bytes:
        """Returns a SHA-256 of the file."""
        return hashlib.sha256(self._read()).digest()


def _decoded(content: bytes, max_pixels: int, where: str = "") -> Image.Image:
    try:
        with open_checked(content, max_pixels) as image:
            kind = image.format
            image.load()
            return plain(image)
    except UnreadableError as error:
        raise UnreadableError(f"{where}{error}") from None
    except Exception:  # a damaged file raises whatever its decoder stumbles over
        raise UnreadableError(f"{where}damaged or cut off ({kind})") from None
