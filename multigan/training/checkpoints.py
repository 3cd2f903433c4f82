"""Checkpoints: complete or absent, verified by SHA-256, free of pickle, loadable on every backend."""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from multigan.engine.game import Game
from multigan.errors import UsageError
from multigan.training.recovery import NotFiniteError

__all__ = [
    "Checkpoint",
    "latest_checkpoint",
    "load_checkpoint",
    "prune_checkpoints",
    "restore",
    "save_checkpoint",
    "steps_saved",
]

FORMAT = 1


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
    final, aside = folder / f"step-{step:08d}", folder / f".step-{step:08d}.tmp"
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
        with open(aside / "variables.npz", "wb") as file:
            np.savez(file, **arrays)
            _sync(file)
        manifest = {
            "format": FORMAT,
            "step": step,
            "host": host,
            "variables": entries,
            "files": {"variables.npz": _sha256(aside / "variables.npz")},
        }
        with open(aside / "manifest.json", "w", encoding="utf-8") as file:
            json.dump(manifest, file)
            _sync(file)
        if final.exists():  # the same step again, after a resume from before it
            old = folder / f".step-{step:08d}.old"
            shutil.rmtree(old, ignore_errors=True)
            os.replace(final, old)
            os.replace(aside, final)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(aside, final)
        _sync_folder(folder)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return final


def steps_saved(folder: Path) -> list[int]:
    """Returns the steps of all checkpoints in a folder, ascending; none of them verified."""
    found = [path.name.removeprefix("step-") for path in folder.glob("step-*") if path.is_dir()]
    return sorted(int(name) for name in found if name.isdigit())


def load_checkpoint(folder: Path, step: int) -> Checkpoint:
    """Reads and verifies one checkpoint.

    Raises:
        UsageError: it is absent, incomplete or damaged.
    """
    path = folder / f"step-{step:08d}"
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        if manifest["format"] != FORMAT:
            raise UsageError(f"{path}: written by another version of multigan (format {manifest['format']})")
        for name, digest in manifest["files"].items():
            if _sha256(path / name) != digest:
                raise UsageError(f"{path / name}: damaged (its SHA-256 differs from the manifest's)")
        with np.load(path / "variables.npz", allow_pickle=False) as arrays:
            variables = [(entry["path"], arrays[f"{index:05d}"]) for index, entry in enumerate(manifest["variables"])]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); choose one of {steps_saved(folder)}") from None
    return Checkpoint(step, path, manifest["host"], variables)


def latest_checkpoint(folder: Path, warn: Callable[[str], None]) -> Checkpoint | None:
    """Returns the newest checkpoint that is whole; each damaged one before it is named to `warn`."""
    for step in reversed(steps_saved(folder)):
        try:
            return load_checkpoint(folder, step)
        except UsageError as error:
            warn(f"skipped a checkpoint: {error}")
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
            # Renamed first: a kill in the middle must not leave half a checkpoint under a whole one's name.
            path, doomed = folder / f"step-{step:08d}", folder / f".step-{step:08d}.old"
            with contextlib.suppress(OSError):
                os.replace(path, doomed)
            shutil.rmtree(doomed, ignore_errors=True)


def clean(folder: Path) -> None:
    """Removes what an interrupted write or deletion left behind."""
    for pattern in (".step-*.tmp", ".step-*.old"):
        for path in folder.glob(pattern):
            shutil.rmtree(path, ignore_errors=True)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(file) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
