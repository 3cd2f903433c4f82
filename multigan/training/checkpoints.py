"""Checkpoints: complete or absent, verified by SHA-256, free of pickle, loadable on every backend.

A checkpoint of step 40 is the folder `step-00000040`. One that takes the place of another is first `step-00000040.new`,
which counts from then on, so that there is no moment without a whole one. A name that begins with a dot never counts.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from multigan.disk import sync
from multigan.engine.game import Game
from multigan.errors import UsageError
from multigan.training.recovery import NotFiniteError

__all__ = [
    "Checkpoint",
    "clean",
    "latest_checkpoint",
    "load_checkpoint",
    "prune_checkpoints",
    "restore",
    "save_checkpoint",
    "set_aside_after",
    "steps_saved",
]

# Format 1 had no CHECKSUMS, so that a damaged manifest could pass for a whole one.
FORMAT = 2
MANIFEST, VARIABLES = "manifest.json", "variables.npz"
# As sha256sum writes it, of the other files.
CHECKSUMS = "SHA256SUMS"
NEW = ".new"
DAMAGED = "damaged-"


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint: its step, its folder, the host's state (data position, running sums) and the variables'
    values.
    """

    step: int
    path: Path
    host: dict[str, Any]
    variables: list[tuple[str, np.ndarray]]


def save_checkpoint(folder: Path, step: int, game: Game, host: dict[str, Any]) -> Path:
    """Writes `folder/step-NNNNNNNN`: aside first, synced, then renamed.

    Args:
        folder: the run's checkpoints.
        step: the number of finished steps.
        game: compiled; all of `game.state()` is written.
        host: JSON-able state of the loop.

    Raises:
        NotFiniteError: a variable is not finite, so that the last good checkpoint stays the last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    final = _path(folder, step)
    aside = folder / f".{final.name}.tmp"
    shutil.rmtree(aside, ignore_errors=True)
    arrays, entries = {}, []
    for index, variable in enumerate(game.state()):
        value = keras.ops.convert_to_numpy(variable.value)
        if np.issubdtype(value.dtype, np.floating) and not np.isfinite(value).all():
            raise NotFiniteError(f"{variable.path} is not finite after step {step}", step)
        arrays[f"{index:05d}"] = value
        entries.append({"path": variable.path, "shape": list(value.shape), "dtype": str(value.dtype)})
    aside.mkdir()
    try:
        with open(aside / VARIABLES, "wb") as file:
            np.savez(file, **arrays)
            sync(file)
        with open(aside / MANIFEST, "w", encoding="utf-8") as file:
            json.dump({"format": FORMAT, "step": step, "host": host, "variables": entries}, file)
            sync(file)
        with open(aside / CHECKSUMS, "w", encoding="utf-8") as file:
            file.writelines(f"{_sha256(aside / name)}  {name}\n" for name in (VARIABLES, MANIFEST))
            sync(file)
        if final.exists():  # the same step again: after a recovery, or a resume from before it
            shutil.rmtree(_new(final), ignore_errors=True)
            os.replace(aside, _new(final))
            _sync_folder(folder)
            _take_place(final)
        else:
            os.replace(aside, final)
        _sync_folder(folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    shutil.rmtree(folder / f"{DAMAGED}{final.name}", ignore_errors=True)
    return final


def steps_saved(folder: Path) -> list[int]:
    """Returns the steps of all checkpoints in a folder, ascending; none of them verified."""
    found = {path.name.removeprefix("step-").removesuffix(NEW) for path in folder.glob("step-*") if path.is_dir()}
    return sorted(int(name) for name in found if name.isdigit())


def load_checkpoint(folder: Path, step: int) -> Checkpoint:
    """Reads and verifies one checkpoint.

    Raises:
        UsageError: it is absent, incomplete or damaged.
    """
    path = _path(folder, step)
    if _new(path).is_dir():
        try:
            return _load(_new(path), step)
        except UsageError:
            if not path.is_dir():
                raise
    return _load(path, step)


def latest_checkpoint(folder: Path, warn: Callable[[str], None]) -> Checkpoint | None:
    """Returns the newest checkpoint that is whole, None where there is none at all; each damaged one that is passed
    over is named to `warn`.

    Raises:
        UsageError: there are checkpoints, and all of them are damaged.
    """
    steps = steps_saved(folder)
    for step in reversed(steps):
        try:
            return load_checkpoint(folder, step)
        except UsageError as error:
            warn(f"skipped a checkpoint: {error}")
    if steps:
        raise UsageError(
            f"{folder}: no checkpoint is whole ({', '.join(map(str, steps))}); nothing was changed: put a copy of one "
            "back, or start a new run"
        )
    return None


def restore(game: Game, checkpoint: Checkpoint) -> None:
    """Assigns a checkpoint's values to a compiled game.

    Raises:
        UsageError: the game has other variables than the checkpoint; the first difference is named.
    """
    state = game.state()
    for variable, (path, value) in zip(state, checkpoint.variables, strict=False):
        if tuple(variable.shape) != value.shape:
            raise UsageError(
                f"{checkpoint.path}: {path} has shape {value.shape}, "
                f"but this game's {variable.path} has {tuple(variable.shape)}"
            )
    if len(state) != len(checkpoint.variables):
        raise UsageError(f"{checkpoint.path}: {len(checkpoint.variables)} variables, but this game has {len(state)}")
    for variable, (_, value) in zip(state, checkpoint.variables, strict=True):
        variable.assign(value.astype(keras.backend.standardize_dtype(variable.dtype)))


def prune_checkpoints(folder: Path, keep: int, spare: int | None = None) -> None:
    """Deletes all but the newest `keep` checkpoints, and the one to `spare`."""
    for step in steps_saved(folder)[:-keep]:
        if step != spare:
            # The older of two goes first: while one is left, it is the one that counts.
            _delete(_path(folder, step))
            _delete(_new(_path(folder, step)))


def set_aside_after(folder: Path, step: int) -> list[Path]:
    """Renames what lies beyond a restored step, all of it damaged, so that it is never counted among the newest.

    Returns:
        the new paths.
    """
    moved = []
    for later in steps_saved(folder):
        for path in (_path(folder, later), _new(_path(folder, later))):
            if later > step and path.is_dir():
                target = folder / f"{DAMAGED}{path.name}"
                shutil.rmtree(target, ignore_errors=True)
                os.replace(path, target)
                moved.append(target)
    return moved


def clean(folder: Path) -> None:
    """Ends what a kill interrupted: removes what was half written or half deleted, and lets a newer one take its place.

    An older version could be killed while a checkpoint lay under no name but that of a deleted one: such a one is
    kept where it is the only one left.
    """
    for path in folder.glob(".step-*.tmp"):
        shutil.rmtree(path, ignore_errors=True)
    for path in sorted(folder.glob(f"step-*{NEW}")):
        final = path.with_name(path.name.removesuffix(NEW))
        if _whole(path):
            _take_place(final)
        elif _whole(final):
            _delete(path)
    for path in sorted(folder.glob(".step-*.old")):
        final = folder / path.name.removeprefix(".").removesuffix(".old")
        if not steps_saved(folder) and _whole(path):
            os.replace(path, final)
        shutil.rmtree(path, ignore_errors=True)


def _path(folder: Path, step: int) -> Path:
    return folder / f"step-{step:08d}"


def _new(path: Path) -> Path:
    return path.with_name(path.name + NEW)


def _take_place(final: Path) -> None:
    _delete(final)
    os.replace(_new(final), final)


def _delete(path: Path) -> None:
    """Deletes a checkpoint; renamed first, since a kill must not leave half of one under a name that counts."""
    doomed = path.with_name(f".{path.name}.old")
    shutil.rmtree(doomed, ignore_errors=True)
    if path.is_dir():
        os.replace(path, doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def _whole(path: Path) -> bool:
    digits = path.name.strip(".").removeprefix("step-").partition(".")[0]
    try:
        return bool(_load(path, int(digits)))
    except (UsageError, ValueError):
        return False


def _load(path: Path, step: int) -> Checkpoint:
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        for name, digest in _checksums(path, manifest).items():
            if _sha256(path / name) != digest:
                raise UsageError(f"{path / name}: damaged (its SHA-256 is not the one that was written down)")
        host = _checked(manifest, step)
        with np.load(path / VARIABLES, allow_pickle=False) as arrays:
            variables = [(entry["path"], arrays[f"{index:05d}"]) for index, entry in enumerate(manifest["variables"])]
    except (UsageError, MemoryError):
        raise
    except Exception as error:  # what a damaged file raises depends on where it is damaged
        others = ", ".join(str(other) for other in steps_saved(path.parent) if other != step) or "none"
        raise UsageError(
            f"{path}: cannot be read ({type(error).__name__}: {error}); other checkpoints: {others}"
        ) from None
    return Checkpoint(step, path, host, variables)


def _checksums(path: Path, manifest: Mapping[str, Any]) -> dict[str, str]:
    """The SHA-256 that each file must have."""
    if manifest["format"] == 1:
        return {VARIABLES: manifest["files"][VARIABLES]}
    lines = (path / CHECKSUMS).read_text(encoding="ascii").splitlines()
    found = {name: digest for digest, name in (line.split("  ") for line in lines)}
    return {name: found[name] for name in (VARIABLES, MANIFEST)}


def _checked(manifest: Mapping[str, Any], step: int) -> dict[str, Any]:
    """A manifest's host state; raises where it is none that the loop could have written."""
    if manifest["format"] not in (1, FORMAT):
        raise ValueError(f"written by another version of multigan, format {manifest['format']}")
    if manifest["step"] != step:
        raise ValueError(f"it says that it is of step {manifest['step']}")
    host = manifest["host"]
    for key in ("batches", "recoveries"):
        if type(host.get(key, 0)) is not int or host.get(key, 0) < 0:
            raise ValueError(f"its {key} are {host[key]!r}")
    if not isinstance(host.get("seconds", 0.0), (int, float)):
        raise ValueError(f"its seconds are {host['seconds']!r}")
    return host


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
