"""Samples that are made of files, one by one: what a room is told of them, and what it tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy

from multigan.field import Field
from multigan.fields import Rows
from multigan.modalities.files import Files
from multigan.progress import Progress

__all__ = ["SHEET", "Translated", "Translation", "sheet_names"]

# Records on one sheet.
SHEET = 16


@dataclass(frozen=True, kw_only=True)
class Translation:
    """What is to be made.

    Args:
        game: that makes it, or what it looks like from one of its sides.
        fields: that the game is asked by, in the order of its `asks`.
        asked: a value for each sample, by field; those of some are a `multigan.fields.Streamed`.
        names: what each sample is called.
        latents: of all samples.
        files: how samples are written.
        format: of `files.formats`.
        out: the folder.
        compare: whether sheets are written, and where what was wanted lies: a place, or "" for what is known anyway;
            None: there are no sheets.
        tile: side in pixels of the parts that large pictures go through in; None for the usual one.
        inputs: folder for what went in, drawn, a file for each sample and field; None: it is not written.
        progress: is told how many are done.
    """

    game: Any
    fields: Mapping[str, Field]
    asked: Mapping[str, Rows | numpy.ndarray]
    names: Sequence[str]
    latents: numpy.ndarray | Mapping[str, numpy.ndarray]
    files: Files
    format: str
    out: Path
    compare: str | None = None
    tile: int | None = None
    inputs: Path | None = None
    progress: Progress = field(default_factory=Progress)


@dataclass(frozen=True)
class Translated:
    """What was made.

    Args:
        files: one for each sample that was made.
        rows: which those are.
        preview: of the first ones.
        skipped: (name, reason) of what could not be read.
        notes: what the user may want to know.
        sheets: what went in, what came out and what was wanted.
        inputs: what went in, by field, where that was to be written.
    """

    files: list[Path]
    rows: list[int]
    preview: Path
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    sheets: tuple[Path, ...] = ()
    inputs: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)


def sheet_names(names: Sequence[str], suffix: str) -> list[str]:
    """Returns what sheets of samples are called, `compare-001.png` and on, unlike any of the samples.

    Args:
        names: of the samples.
        suffix: of the sheets, with the dot.
    """
    stem = "compare"
    while any(name.startswith(f"{stem}-") for name in names):
        stem += "-sheet"
    return [f"{stem}-{number + 1:03d}{suffix}" for number in range(-(-len(names) // SHEET))]
