"""What a record holds beside its image: pictures that belong to it, pictures of another domain, and what is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from multigan.field import Field
from multigan.modalities.images.made import made, to_units
from multigan.modalities.images.reading.stock import Stock, View

__all__ = ["Beside", "Free", "Made", "Partner", "units_of"]


class Beside(Protocol):
    """Values of some fields of a source.

    Args:
        fields: their fields.
        free: how many values those have that are drawn by themselves, by name.
        in_memory: whether reading decodes nothing.
        draws: whether anything is drawn, beside what is drawn for the images.
    """

    fields: Sequence[Field]
    free: Mapping[str, int]
    in_memory: bool
    draws: bool

    def values(
        self,
        images: np.ndarray,
        indices: np.ndarray,
        view: View,
        rng: np.random.Generator | None,
        free: Mapping[str, np.ndarray] | None,
    ) -> dict[str, np.ndarray]:
        """Returns the fields' values for images uint8 `(b, h, w, c)` of these indices, of which `view` is seen."""

    def at(self, rows: np.ndarray) -> Beside:
        """Returns the same for some of the images."""


@dataclass(frozen=True)
class Partner:
    """Pictures or label maps that belong to the images, one each, seen through the same window."""

    field: Field
    stock: Stock

    free = {}
    draws = False

    @property
    def fields(self) -> tuple[Field, ...]:
        """The field."""
        return (self.field,)

    @property
    def in_memory(self) -> bool:
        """See `Beside`."""
        return self.stock.in_memory

    def values(self, images, indices, view, rng, free) -> dict[str, np.ndarray]:
        """See `Beside`."""
        return {self.field.name: units_of(self.stock.like(indices, view), self.field)}

    def at(self, rows: np.ndarray) -> Partner:
        """See `Beside`."""
        return replace(self, stock=self.stock.at(rows))


@dataclass(frozen=True)
class Free:
    """Pictures or label maps of another domain, in an order of their own; without one, and without draws, in turn."""

    field: Field
    stock: Stock
    flip: bool = False

    @property
    def fields(self) -> tuple[Field, ...]:
        """The field."""
        return (self.field,)

    @property
    def free(self) -> dict[str, int]:
        """See `Beside`."""
        return {self.field.name: len(self.stock)}

    @property
    def draws(self) -> bool:
        """See `Beside`."""
        return self.flip or self.stock.draws

    @property
    def in_memory(self) -> bool:
        """See `Beside`."""
        return self.stock.in_memory

    def values(self, images, indices, view, rng, free) -> dict[str, np.ndarray]:
        """See `Beside`."""
        name, count = self.field.name, len(self.stock)
        if free is not None:
            rows = free[name]
        else:
            rows = indices % count if rng is None else rng.integers(count, size=len(indices))
        return {name: units_of(self.stock.take(rows, rng, self.flip)[0], self.field)}

    def at(self, rows: np.ndarray) -> Free:
        """Returns some of the pictures; `rows` are theirs, not the images'."""
        return replace(self, stock=self.stock.at(rows))


@dataclass(frozen=True)
class Made:
    """What is made of the images themselves, as a batch sees them."""

    fields: tuple[Field, ...]
    rows: np.ndarray

    free = {}
    in_memory = True
    draws = True

    def values(self, images, indices, view, rng, free) -> dict[str, np.ndarray]:
        """See `Beside`."""
        return made(images, self.fields[0], rng, self.rows[indices])

    def at(self, rows: np.ndarray) -> Made:
        """See `Beside`."""
        return replace(self, rows=self.rows[rows])


def units_of(pixels: np.ndarray, field: Field) -> np.ndarray:
    """Returns bytes `(b, h, w, c)` as a field's values: float32 in [-1, 1], or the classes of label maps, int32."""
    return pixels[..., 0].astype(np.int32) if field.kind == "labelmap" else to_units(pixels)
