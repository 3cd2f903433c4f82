"""Checkpoints as they lie on the disk: which there are, and which of them are whole. Imports no framework."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multigan.errors import UsageError

__all__ = [
    "CHECKSUMS",
    "FORMAT",
    "MANIFEST",
    "NEW",
    "VARIABLES",
    "Checkpoint",
    "is_whole",
    "latest_checkpoint",
    "load_checkpoint",
    "newer_place",
    "place_of_step",
    "sha256",
    "steps_saved",
    "steps_whole",
]

# Format 1 had no CHECKSUMS, so that a damaged manifest could pass for a whole one.
FORMAT = 2
MANIFEST, VARIABLES = "manifest.json", "variables.npz"
# As sha256sum writes it, of the other files.
CHECKSUMS = "SHA256SUMS"
NEW = ".new"


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint: its step, its folder, the host's state (data position, running sums) and the variables'
    values.
    """

    step: int
    path: Path
    host: dict[str, Any]
    variables: list[tuple[str, np.ndarray]]


def steps_saved(folder: Path) -> list[int]:
    """Returns the steps of all checkpoints in a folder, ascending; none of them verified."""
    found = {path.name.removeprefix("step-").removesuffix(NEW) for path in folder.glob("step-*") if path.is_dir()}
    return sorted(int(name) for name in found if name.isdigit())


def load_checkpoint(folder: Path, step: int) -> Checkpoint:
    """Reads and verifies one checkpoint.

    Raises:
        UsageError: it is absent, incomplete or damaged.
    """
    path = place_of_step(folder, step)
    if newer_place(path).is_dir():
        try:
            return _load(newer_place(path), step)
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


def steps_whole(folder: Path, warn: Callable[[str], None] = lambda line: None) -> list[int]:
    """Returns the steps of the checkpoints that are whole, ascending; what each of the others lacks goes to `warn`."""
    whole = []
    for step in steps_saved(folder):
        try:
            whole.append(load_checkpoint(folder, step).step)
        except UsageError as error:
            if step in steps_saved(folder):  # else a run that goes on has deleted it meanwhile
                warn(str(error))
    return whole


def place_of_step(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies."""
    return folder / f"step-{step:08d}"


def newer_place(path: Path) -> Path:
    """Where the one lies that is to take the place of the checkpoint at `path`."""
    return path.with_name(path.name + NEW)


def is_whole(path: Path) -> bool:
    """Whether a whole checkpoint lies at a path, under whichever of its names."""
    digits = path.name.strip(".").removeprefix("step-").partition(".")[0]
    try:
        return bool(_load(path, int(digits)))
    except (UsageError, ValueError):
        return False


def _load(path: Path, step: int) -> Checkpoint:
    place = path / MANIFEST
    try:
        manifest = json.loads(place.read_bytes())
        if manifest["format"] == 1:
            digests = {VARIABLES: manifest["files"][VARIABLES]}
        else:
            place = path / CHECKSUMS
            digests = _checksums(place)
        for name, digest in digests.items():
            place = path / name
            if sha256(place) != digest:
                raise UsageError(f"{place}: damaged (its SHA-256 is not the one that was written down)")
        place = path / MANIFEST  # of format 1 there is no digest of it
        host = _checked(place, manifest, step)
        with np.load(path / VARIABLES, allow_pickle=False) as arrays:
            variables = [(entry["path"], arrays[f"{index:05d}"]) for index, entry in enumerate(manifest["variables"])]
    except (UsageError, MemoryError):
        raise
    except FileNotFoundError:
        raise UsageError(f"{place}: missing") from None
    except Exception as error:  # what a damaged file raises depends on where it is damaged
        refused = isinstance(error, OSError) and error.strerror
        told = f"cannot be read: {error.strerror}" if refused else "damaged (it is not as multigan writes it)"
        raise UsageError(f"{place}: {told}") from None
    return Checkpoint(step, path, host, variables)


def _checksums(place: Path) -> dict[str, str]:
    """The SHA-256 that each file must have."""
    lines = place.read_text(encoding="ascii").splitlines()
    found = {name: digest for digest, name in (line.split("  ") for line in lines)}
    return {name: found[name] for name in (VARIABLES, MANIFEST)}


def _checked(place: Path, manifest: Mapping[str, Any], step: int) -> dict[str, Any]:
    """A manifest's host state; raises where it is none that the loop could have written."""
    if manifest["format"] not in (1, FORMAT):
        raise UsageError(f"{place}: written by another version of multigan, in format {manifest['format']}")
    if manifest["step"] != step:
        raise UsageError(f"{place}: damaged (it is of step {manifest['step']})")
    host = manifest["host"]
    for key in ("batches", "recoveries"):
        if type(host.get(key, 0)) is not int or host.get(key, 0) < 0:
            raise UsageError(f"{place}: damaged (it tells {host[key]!r} {key})")
    if not isinstance(host.get("seconds", 0.0), (int, float)):
        raise UsageError(f"{place}: damaged (it tells {host['seconds']!r} seconds)")
    return host


def sha256(path: Path) -> str:
    """Returns a file's SHA-256, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
