"""Checkpoints: complete or absent, verified by SHA-256, free of pickle, loadable on every backend.

A checkpoint of step 40 is the folder `step-00000040`. One that takes the place of another is first `step-00000040.new`,
which counts from then on, so that there is no moment without a whole one. A name that begins with a dot never counts.
"""

import copy
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from multigan.checkpoint_files import (
    CHECKSUMS,
    FORMAT,
    MANIFEST,
    NEW,
    VARIABLES,
    Checkpoint,
    is_whole,
    latest_checkpoint,
    load_checkpoint,
    newer_place,
    place_of_step,
    sha256,
    steps_saved,
    steps_whole,
)
from multigan.disk import sync
from multigan.engine.game import Game
from multigan.errors import UsageError
from multigan.training.recovery import NotFiniteError

__all__ = [
    "Checkpoint",
    "Snapshot",
    "clean",
    "latest_checkpoint",
    "load_checkpoint",
    "prune_checkpoints",
    "restore",
    "save_checkpoint",
    "set_aside_after",
    "snapshot",
    "steps_saved",
    "steps_whole",
    "write_checkpoint",
]

DAMAGED = "damaged-"


@dataclass(frozen=True)
class Snapshot:
    """A game and its loop as they stood after a step, on the host: nothing that is done later changes it.

    Attributes:
        step: the number of finished steps.
        host: JSON-able state of the loop.
        arrays: of all of `game.state()`, in its order.
        entries: what the manifest says of each.
    """

    step: int
    host: dict[str, Any]
    arrays: dict[str, np.ndarray]
    entries: list[dict[str, Any]]


def snapshot(step: int, game: Game, host: dict[str, Any]) -> Snapshot:
    """Copies all of `game.state()` off the device.

    Args:
        step: the number of finished steps.
        game: compiled.
        host: JSON-able state of the loop.

    Raises:
        NotFiniteError: a variable is not finite, so that the last good checkpoint stays the last.
    """
    arrays, entries = {}, []
    for index, variable in enumerate(game.state()):
        # A copy: on a CPU what a backend gives may be the very memory that the next step writes to.
        value = np.array(keras.ops.convert_to_numpy(variable.value))
        if np.issubdtype(value.dtype, np.floating) and not np.isfinite(value).all():
            raise NotFiniteError(f"{variable.path} is not finite after step {step}", step)
        arrays[f"{index:05d}"] = value
        entries.append({"path": variable.path, "shape": list(value.shape), "dtype": str(value.dtype)})
    return Snapshot(step, copy.deepcopy(host), arrays, entries)


def save_checkpoint(folder: Path, step: int, game: Game, host: dict[str, Any]) -> Path:
    """Writes `folder/step-NNNNNNNN` at once; see `snapshot` and `write_checkpoint`."""
    return write_checkpoint(folder, snapshot(step, game, host))


def write_checkpoint(folder: Path, taken: Snapshot) -> Path:
    """Writes `folder/step-NNNNNNNN`: aside first, synced, then renamed.

    Args:
        folder: the run's checkpoints.
        taken: what to write.
    """
    folder.mkdir(parents=True, exist_ok=True)
    final = place_of_step(folder, taken.step)
    aside = folder / f".{final.name}.tmp"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    manifest = {"format": FORMAT, "step": taken.step, "host": taken.host, "variables": taken.entries}
    try:
        with open(aside / VARIABLES, "wb") as file:
            np.savez(file, **taken.arrays)
            sync(file)
        with open(aside / MANIFEST, "w", encoding="utf-8") as file:
            json.dump(manifest, file)
            sync(file)
        with open(aside / CHECKSUMS, "w", encoding="utf-8") as file:
            file.writelines(f"{sha256(aside / name)}  {name}\n" for name in (VARIABLES, MANIFEST))
            sync(file)
        if final.exists():  # the same step again: after a recovery, or a resume from before it
            shutil.rmtree(newer_place(final), ignore_errors=True)
            os.replace(aside, newer_place(final))
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
            _delete(place_of_step(folder, step))
            _delete(newer_place(place_of_step(folder, step)))


def set_aside_after(folder: Path, step: int) -> list[Path]:
    """Renames what lies beyond a restored step, all of it damaged, so that it is never counted among the newest.

    Returns:
        the new paths.
    """
    moved = []
    for later in steps_saved(folder):
        for path in (place_of_step(folder, later), newer_place(place_of_step(folder, later))):
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
        if is_whole(path):
            _take_place(final)
        elif is_whole(final):
            _delete(path)
    for path in sorted(folder.glob(".step-*.old")):
        final = folder / path.name.removeprefix(".").removesuffix(".old")
        if not steps_saved(folder) and is_whole(path):
            os.replace(path, final)
        shutil.rmtree(path, ignore_errors=True)


def _take_place(final: Path) -> None:
    _delete(final)
    os.replace(newer_place(final), final)


def _delete(path: Path) -> None:
    """Deletes a checkpoint; renamed first, since a kill must not leave half of one under a name that counts."""
    doomed = path.with_name(f".{path.name}.old")
    shutil.rmtree(doomed, ignore_errors=True)
    if path.is_dir():
        os.replace(path, doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
