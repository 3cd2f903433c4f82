"""A trained generator for other tools: written, compared with the run's own samples, and put in place."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multigan.backend import quiet_libraries
from multigan.disk import naming_the_disk
from multigan.errors import UsageError
from multigan.modality import find_modality
from multigan.recipe import load_object, suggest

if TYPE_CHECKING:
    from multigan.api.saved import SavedRun

__all__ = ["Exported", "export_run"]


@dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        path: of the file or folder.
        step: of the checkpoint.
        difference: the largest one from the run's own samples.
        facts: what else there is to know of the model, by name, for JSON.
        told: the same in a sentence, or "".
    """

    path: Path
    step: int
    difference: float
    facts: Mapping[str, Any] = field(default_factory=dict)
    told: str = ""


def export_run(run: SavedRun, format: str, out: Path | None, direction: str | None) -> Exported:  # noqa: A002
    """Writes a run's generator; a model that differs from the run's own samples is not kept.

    Args:
        run: whose it is.
        format: "keras", "savedmodel", "onnx", or a plugin's.
        out: the file or folder; None: the run's own, `export/RECIPE-STEP`, which is replaced where it is there.
        direction: one of `Game.directions`; None for the usual one.

    Raises:
        UsageError: no such format or direction, a place that is taken or cannot be written to, or something that is not
            installed.
        RunFailedError: the model differs from the run's own samples.
    """
    exporters = run.host.registry.exporters
    if format not in exporters:
        raise UsageError(f"format {format}: not one of {', '.join(exporters)}{suggest(format, exporters)}")
    exporter = exporters[format]
    from multigan.modalities.file_names import refuse_run, refuse_unwritable

    if out:
        _refuse(out, format, exporter)
        refuse_run(out)
    refuse_unwritable(out.parent if out else run.directory.path)
    with run.working(direction) as (progress, trained):
        way = f"-{direction}" if direction else ""
        name = f"{trained.recipe.name}-{trained.step:08d}{way}{exporter.suffix}"
        out = out or trained.directory.path / "export" / name
        difference = _write(trained, format, exporter, out, progress)
    room = find_modality(trained.recipe.modality)
    facts, told = room.load("exported")(trained.data) if room.exported else ({}, "")
    if modules := _imports(out):
        facts = {**facts, "imports": modules}
        told += (
            f"{told and '; '}before Keras loads it, import {', '.join(modules)}: some of its layers are defined there"
        )
    return Exported(out, trained.step, difference, facts, told)


def _write(trained, name, exporter, out, progress) -> float:
    """Writes, compares and puts in place; returns the largest difference from the game."""
    # These import Keras: not before the run's backend is chosen.
    from multigan.fields import asked_fields
    from multigan.trained.exporting import verifier

    out.parent.mkdir(parents=True, exist_ok=True)
    precision, fields = trained.facts["settings"]["precision"]["value"], asked_fields(trained.game, trained.data)
    classes = min((len(field.classes) for field in fields.values() if field.classes), default=2)
    differences, check = [], verifier(trained.game, precision, classes)
    progress.part(f"writing {out.name}")

    def verify(function):
        progress.part(f"comparing {out.name} with the run's samples")
        differences.append(check(function))

    # Written beside its place and renamed when it has been compared, so that a file under its name is a good one.
    with naming_the_disk(out), tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as folder:
        try:
            with quiet_libraries():
                written = load_object(exporter.export)(trained.game, Path(folder) / out.name, verify)
        except ImportError as error:
            raise UsageError(f'format {name}: {error}; install it with: pip install "{exporter.extra}"') from error
        if not differences:
            raise UsageError(f"format {name}: its exporter did not compare what it wrote with the game")
        if out.exists():  # the run's own, of this step, from an earlier call
            os.replace(out, Path(folder) / "earlier")
        os.replace(written, out)
    return max(differences)


def _imports(path: Path) -> list[str]:
    """The modules that a `.keras` file cannot be loaded without: those of layers that are not Keras's own."""
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        if "config.json" not in archive.namelist():
            return []
        config = json.loads(archive.read("config.json"))
    return sorted({each["module"] for each in _tables(config) if ">" in str(each.get("registered_name"))})


def _tables(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object within one of JSON."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _tables(each)


def _refuse(out, name, exporter):
    if exporter.suffix and out.suffix != exporter.suffix:
        raise UsageError(f"--out {out}: a {name} file ends in {exporter.suffix}")
    if os.path.lexists(out):
        raise UsageError(f"{out}: exists already; delete it or choose another --out")
