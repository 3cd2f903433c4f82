"""What a validated data source offers to training, and the report on how it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from multigan.errors import DataError

__all__ = ["DataReport", "Source", "UnreadableDataError"]


@dataclass(frozen=True)
class DataReport:
    """How a source was read.

    Args:
        found: files or array rows that were looked at.
        used: those that training sees.
        skipped: (name, reason) of every other one.
        notes: what the user may want to know: choices that were made, duplicates, constant images.
    """

    found: int
    used: int
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


class UnreadableDataError(DataError):
    """Too much of the data cannot be read; `report` names all of it."""

    def __init__(self, message: str, report: DataReport):
        super().__init__(message)
        self.report = report


class Source(Protocol):
    """Random access to validated samples, in the modality's units.

    Args:
        name: as the user gave it.
        field: the key of the samples in a record and in a batch, as the modality has it.
        shape: of a sample.
        classes: their names; empty without labels.
        fingerprint: SHA-256 in hex of the data and of the options that change it, the same on every machine.
        report: how it was read.
        in_memory: whether reading a sample decodes nothing.
        condition: length of the vector that belongs to each sample; 0 without.
        beside: what else a record holds, a `multigan.Field` each; a source without may leave the attribute out.
        held_out: the part that training does not see, a source of its own, or None; may be left out as well.
        free: fields that are drawn in an order of their own, `{name: how many values}`; may be left out. `batch` takes
            a third argument then, the indices of each such field `{name: int64 (b,)}`.
        places: where the values of fields lie, `{name: place}`, as messages call it; of what lies in one place, and of
            a source without, it is `name`.
        draws: whether `batch` draws anything of `rng`; may be left out where it does, or where nobody knows. Where it
            draws nothing, a process that trains on a share of each batch reads no more than that.
        facts: what a game is told beside, by the names in the modality's `facts`; each is an attribute as well, such as
            the `sample_rate` of sounds.
        unreadable: a method that returns `(name, reason)` of samples that were found to be unreadable since it was
            asked last, in whose place others were given; a source that looks at all of them before leaves it out.

    Texts have `tokenizer` and `held_out`, too, see `multigan.modalities.text.reading.source`.
    """

    name: str
    field: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    fingerprint: str
    report: DataReport
    in_memory: bool
    condition: int
    facts: Mapping[str, Any]

    def __len__(self) -> int:
        """The number of samples."""

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        """One sample, without random draws."""

    def batch(self, indices: np.ndarray, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
        """The samples of these indices, int64 `(b,)`; with `rng` after random draws, such as crops and mirroring."""
