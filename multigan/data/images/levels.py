"""The range of an array's values, recognised and brought to 8 bits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from multigan.data.collection import UnreadableError
from multigan.errors import DataError

__all__ = ["Levels", "find_levels"]

_CHUNK_BYTES = 16 << 20

# Resizing overshoots a little: values this share of the range outside of it still belong to it.
_SLACK = 1e-3


@dataclass(frozen=True)
class Levels:
    """Black is `low`, white is `high`; `note` is for the report, when a choice was made."""

    low: float
    high: float
    note: str = ""

    def to_uint8(self, values: np.ndarray) -> np.ndarray:
        """Returns the values as uint8, black 0 and white 255.

        Raises:
            UnreadableError: a value is not a finite number.
        """
        if values.dtype == np.uint8 and self.high == 255:
            return values
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise UnreadableError("NaN or infinite values")
        scaled = (values.astype(np.float64) - self.low) * (255 / (self.high - self.low))
        return np.rint(scaled).clip(0, 255).astype(np.uint8)


def find_levels(images: np.ndarray, title: str) -> Levels:
    """Returns the range of an array's values, which is read in pieces.

    Whole numbers: {0, 1}, 0 to 255 or 0 to 65,535. Floats: [-1, 1], [0, 1] or [0, 255]. Images with values that are
    not finite are not asked.

    Raises:
        DataError: another type or range.
    """
    kind = images.dtype.kind
    if kind == "b":
        return Levels(0, 1, "true and false are read as white and black")
    if kind not in "iuf":
        raise DataError(f"{title}: images of type {images.dtype}; give whole numbers or floats")
    low, high = _extremes(images)
    if kind == "f":
        return _float_levels(low, high, title)
    if low >= 0:
        for top in (1, 255, 65_535):
            if high <= top:
                usual = top == 255 and images.dtype == np.uint8
                return Levels(
                    0, top, "" if usual else f"{images.dtype} values are read as 0 (black) to {top:,} (white)"
                )
    raise DataError(
        f"{title}: {images.dtype} values from {low:.0f} to {high:.0f}; bring them to 0 to 255 or 0 to 65,535"
    )


def _float_levels(low: float, high: float, title: str) -> Levels:
    if low > high:
        raise DataError(f"{title}: every image has NaN or infinite values; look at how they were made")
    for black, white in ((0, 1), (-1, 1), (0, 255)):
        slack = _SLACK * (white - black)
        if low >= black - slack and high <= white + slack:
            return Levels(black, white, f"float values are read as {black} (black) to {white} (white)")
    raise DataError(f"{title}: values from {low:.4g} to {high:.4g}; bring them to [0, 1], [-1, 1] or [0, 255]")


def _extremes(images: np.ndarray) -> tuple[float, float]:
    low, high = np.inf, -np.inf
    for part in _pieces(images):
        if part.dtype.kind == "f":
            part = part[np.isfinite(part).reshape(len(part), -1).all(axis=1)]
        if part.size:
            low, high = min(low, float(part.min())), max(high, float(part.max()))
        if part.dtype == np.uint8 and high > 1:  # the rest can change nothing
            break
    return low, high


def _pieces(images: np.ndarray) -> Iterator[np.ndarray]:
    rows = max(1, _CHUNK_BYTES // max(1, images[0].nbytes))
    for start in range(0, len(images), rows):
        yield np.asarray(images[start : start + rows])
