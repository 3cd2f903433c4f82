"""What a validated data source offers to training, and the report on how it was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

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
        shape: of a sample.
        classes: their names; empty without labels.
        fingerprint: SHA-256 in hex of the data and of the options that change it, the same on every machine.
        report: how it was read.
        in_memory: whether reading a sample decodes nothing.
        condition: length of the vector that belongs to each sample; 0 without.

    Points have `mean`, `scale` and `origin` as well: each column's mean and standard deviation, and what it is measured
    from, see `multigan.recipe.DataInfo`. Sounds have `sample_rate`, in Hz.
    Texts have `vocabulary`, `end`, `oracle`, `tokenizer` and `held_out`, see `multigan.modalities.text.reading.source`.
    """

    name: str
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    fingerprint: str
    report: DataReport
    in_memory: bool
    condition: int

    def __len__(self) -> int:
        """The number of samples."""

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        """One sample, without random draws."""

    def batch(self, indices: np.ndarray, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
        """The samples of these indices, int64 `(b,)`; with `rng` after random draws, such as crops and mirroring."""
