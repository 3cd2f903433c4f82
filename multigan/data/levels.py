"""The range of an array's values, recognised and brought to 8 bits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from multigan.data.collection import UnreadableError
from multigan.errors import DataError

__all__ = ["NARROW", "Levels", "data_levels", "find_levels"]

_CHUNK_BYTES = 16 << 20

# Resizing overshoots a little: values this share of the range outside of it still belong to it.
_SLACK = 1e-3

# What uses no more than this share of the range, such as 12 of 16 bits, is nearly one shade when it is read by it.
NARROW = 0.25
# An option of data to train on, which what samples are made of has not.
MEND = "-o levels=data makes their own smallest and largest black and white"


@dataclass(frozen=True)
class Levels:
    """Black is `low`, white is `high`; `note` is for the report, when a choice was made."""

    low: float
    high: float
    note: str = ""

    @property
    def told(self) -> str:
        """The words that `Levels.as_told` reads."""
        return f"levels={float(self.low)!r}:{float(self.high)!r}"

    @classmethod
    def as_told(cls, told: str) -> Levels | None:
        """Returns the levels among some words; None where there are none."""
        word = next((word for word in told.split() if word.startswith("levels=")), None)
        return None if word is None else cls(*map(float, word.partition("=")[2].split(":")))

    def to_uint8(self, values: np.ndarray) -> np.ndarray:
        """Returns the values as uint8, black 0 and white 255.

        Raises:
            UnreadableError: a value is not a finite number.
        """
        if values.dtype == np.uint8 and (self.low, self.high) == (0, 255):
            return values
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise UnreadableError("NaN or infinite values")
        scaled = (values.astype(np.float64) - self.low) * (255 / (self.high - self.low))
        return np.rint(scaled).clip(0, 255).astype(np.uint8)


def find_levels(images: np.ndarray, title: str, own: bool = False) -> Levels:
    """Returns the range of an array's values, which is read in pieces.

    Whole numbers: {0, 1}, 0 to 255 or 0 to 65,535. Floats: [-1, 1], [0, 1] or [0, 255]. Images with values that are
    not finite are not asked.

    Args:
        images: `(n, ...)`.
        title: of the place, for messages.
        own: the range is that of the values themselves, whatever it is.

    Raises:
        DataError: another type or range.
    """
    kind = images.dtype.kind
    if kind == "b":
        return Levels(0, 1, "true and false are read as white and black")
    if kind not in "iuf":
        raise DataError(f"{title}: images of type {images.dtype}; give whole numbers or floats")
    low, high = _extremes(images, exact=own)
    if low > high:
        raise DataError(f"{title}: every image has NaN or infinite values; look at how they were made")
    if own:
        return data_levels(low, high)
    levels = _float_levels(low, high) if kind == "f" else _whole_levels(low, high, images.dtype)
    if levels is None:
        values = f"values from {low:.4g} to {high:.4g}" if kind == "f" else f"values from {low:.0f} to {high:.0f}"
        usual = "[0, 1], [-1, 1] or [0, 255]" if kind == "f" else "0 to 255 or 0 to 65,535"
        raise DataError(f"{title}: {images.dtype} {values}; bring them to {usual}; or {MEND}")
    if 0 < high - low <= NARROW * (levels.high - levels.low):
        told = levels.note or f"{images.dtype} values are read as 0 (black) to 255 (white)"
        return replace(levels, note=f"{told}, but are only from {low:,.6g} to {high:,.6g}: {MEND}")
    return levels


def data_levels(low: float, high: float) -> Levels:
    """Returns the range of values whose smallest and largest are `low` and `high`."""
    note = f"values are read as {low:,.6g} (black) to {high:,.6g} (white) (levels=data)"
    return Levels(low, high if high > low else low + 1, note)


def _whole_levels(low: float, high: float, dtype: np.dtype) -> Levels | None:
    top = next((top for top in (1, 255, 65_535) if high <= top), None)
    if low < 0 or top is None:
        return None
    usual = top == 255 and dtype == np.uint8
    return Levels(0, top, "" if usual else f"{dtype} values are read as 0 (black) to {top:,} (white)")


def _float_levels(low: float, high: float) -> Levels | None:
    for black, white in ((0, 1), (-1, 1), (0, 255)):
        slack = _SLACK * (white - black)
        if low >= black - slack and high <= white + slack:
            return Levels(black, white, f"float values are read as {black} (black) to {white} (white)")
    return None


def _extremes(images: np.ndarray, exact: bool) -> tuple[float, float]:
    low, high = np.inf, -np.inf
    for part in _pieces(images):
        if part.dtype.kind == "f":
            part = part[np.isfinite(part).reshape(len(part), -1).all(axis=1)]
        if part.size:
            low, high = min(low, float(part.min())), max(high, float(part.max()))
        if part.dtype == np.uint8 and not exact and high - low > NARROW * 255:  # the rest can change nothing
            break
    return low, high


def _pieces(images: np.ndarray) -> Iterator[np.ndarray]:
    rows = max(1, _CHUNK_BYTES // max(1, images[0].nbytes))
    for start in range(0, len(images), rows):
        yield np.asarray(images[start : start + rows])
