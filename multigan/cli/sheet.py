"""The first samples of some data as one file, before anything is trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from multigan.data import describe_source
from multigan.data.source import Source
from multigan.errors import UsageError
from multigan.fields import find_kind
from multigan.health.reference import Reference
from multigan.modalities.files import Context, files_for, write_columns, write_samples
from multigan.modality import Modality
from multigan.recipe import load_object

__all__ = ["draw_sheet"]

# Records of a sheet with columns.
RECORDS = 16


def draw_sheet(path: Path, room: Modality, source: Source) -> Path:
    """Writes the first samples of a source and returns the path: side by side with what belongs to them, where that can
    be drawn; otherwise as a run's previews are.

    Args:
        path: of the file; its suffix is that of previews of this modality.
        room: whose samples they are.
        source: the data.

    Raises:
        UsageError: another suffix.
    """
    batch = source.batch(np.arange(min(64, len(source))))
    labels, samples = batch.get("label"), batch[room.field]
    reference = Reference(samples, labels, batch.get("condition"))
    files = files_for(room.name, Context(data=describe_source(source), reference=reference, source=source))
    if path.suffix.lower() != files.suffix:
        raise UsageError(f"--sheet {path}: a sheet of {room.noun} ends in {files.suffix}; call it so")
    columns = {}
    for field in getattr(source, "beside", ()):
        if draw := find_kind(field.kind).draw:
            columns[field.name] = load_object(draw)(batch[field.name], field)
    if columns and files.columns:
        columns[room.field] = samples
        return write_columns(path, {title: values[:RECORDS] for title, values in columns.items()}, files)
    shown = min(files.shown, len(samples))
    return write_samples(
        path, samples[:shown], files, labels=None if labels is None else labels[:shown], classes=source.classes
    )
