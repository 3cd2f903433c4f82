"""Sounds that come as one array."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from multigan.data.arrays import Keys, npz_headers, read_npz
from multigan.data.collection import Collection, NumberedNames
from multigan.data.labels import check_conditions, check_labels
from multigan.data.spelling import invisible_notes
from multigan.errors import DataError, UsageError

__all__ = ["SOUND_KEYS", "SURE_KEYS", "npz_collection", "sound_collection"]

# Names that only sounds have.
SURE_KEYS = ("sounds", "sound", "audio", "waveforms", "sample_rate")
SOUND_KEYS = Keys(
    what="sounds",
    samples=("sounds", "sound", "audio", "waveforms", "x_train", "train_x", "x", "data", "samples", "arr_0"),
    labels=("labels", "y_train", "train_labels", "train_y", "y", "targets", "target", "label", "arr_1"),
    dimensions=(2, 3),
)
MOST_CHANNELS = 8


def npz_collection(path: Path, rate: int) -> tuple[Collection, int]:
    """Returns the sounds of a .npz file, and their sample rate.

    Args:
        path: of the file; its number `sample_rate` says the rate.
        rate: where the file does not say it; 0 for unknown.

    Raises:
        DataError: damaged, or no sounds in it.
        UsageError: nothing says the sample rate.
    """
    arrays = read_npz(path, SOUND_KEYS)
    notes = ()
    header = npz_headers(path).get("sample_rate")
    if header is not None:
        if header.shape not in ((), (1,)) or header.dtype.kind not in "iuf":
            raise DataError(f"{path}: sample_rate is an array of shape {header.shape}; save one number, in Hz")
        with np.load(path, allow_pickle=False) as file:
            found = float(file["sample_rate"].item())
        if not 1 <= found < 1e9 or found != round(found):
            raise DataError(f"{path}: a sample_rate of {found:g}; save a whole number, in Hz")
        rate = int(found)
    else:
        rate, notes = assumed_rate(path, rate)
    labels, conditions = arrays.get("labels"), arrays.get("conditions")
    return sound_collection(str(path), arrays["samples"], labels, (), conditions, notes), rate


def assumed_rate(path: Path, rate: int) -> tuple[int, tuple[str, ...]]:
    """Returns the rate of an array that does not say it, and a note.

    Raises:
        UsageError: `rate` is 0.
    """
    if not rate:
        raise UsageError(f"{path}: does not say its sample rate; give -o sample_rate=N, or an .npz with sample_rate")
    return rate, (f"{path.name} does not say its sample rate: taken to be {rate:,} Hz (option sample_rate)",)


def sound_collection(
    title: str,
    sounds: np.ndarray,
    labels: np.ndarray | None = None,
    classes: tuple[str, ...] = (),
    conditions: np.ndarray | None = None,
    notes: tuple[str, ...] = (),
) -> Collection:
    """Returns the rows of an array as sounds, each read as an array `(length, channels)`.

    Args:
        title: of the place, for messages.
        sounds: `(n, length)`, `(n, length, channels)` or `(n, channels, length)` with at most 8 channels; floats, or
            whole numbers that fill their type.
        labels: `(n,)`, or None.
        classes: the names of the classes, when they are known.
        conditions: `(n, k)`, or None.
        notes: for the report.

    Raises:
        DataError: no sounds, or another shape or type; labels that do not belong to them.
    """
    sounds = np.asanyarray(sounds)
    shape, expected = sounds.shape, "expected (n, length) or (n, length, channels), one sound each"
    if len(shape) not in (2, 3) or 0 in shape[1:]:
        raise DataError(f"{title}: an array of shape {shape}, {expected}; reshape it")
    if shape[0] == 0:
        raise DataError(f"{title}: no sounds in it, an array of shape {shape}")
    if sounds.dtype.kind not in "iuf":
        raise DataError(f"{title}: sounds of type {sounds.dtype}; give floats in [-1, 1] or whole numbers")
    if len(shape) == 2:
        sounds = sounds[..., None]
    elif shape[2] > MOST_CHANNELS:
        if shape[1] > MOST_CHANNELS:
            raise DataError(f"{title}: an array of shape {shape} has {shape[2]:,} channels, {expected}; reshape it")
        sounds = sounds.transpose(0, 2, 1)
        notes += (f"an array of shape {shape} is read as (n, channels, length)",)
    notes = (*notes, *invisible_notes(labels))
    labels, classes = check_labels(labels, len(sounds), tuple(classes), title)
    conditions = check_conditions(conditions, len(sounds), title)
    names = NumberedNames("sounds", len(sounds))
    return Collection(title, names, sounds.__getitem__, labels, classes, notes, conditions)
