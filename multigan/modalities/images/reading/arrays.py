"""Images that come as one array."""

from __future__ import annotations

import numpy as np

from multigan.data.arrays import Keys
from multigan.data.collection import Collection, NumberedNames
from multigan.data.labels import check_conditions, check_labels, condition_notes
from multigan.data.levels import find_levels
from multigan.data.spelling import invisible_notes
from multigan.errors import DataError

__all__ = ["IMAGE_KEYS", "array_collection"]

IMAGE_KEYS = Keys(
    what="images",
    samples=("images", "x_train", "train_images", "train_x", "x", "data", "image", "imgs", "arr_0"),
    labels=("labels", "y_train", "train_labels", "train_y", "y", "targets", "target", "label", "arr_1"),
)


def array_collection(
    title: str,
    images: np.ndarray,
    labels: np.ndarray | None = None,
    classes: tuple[str, ...] = (),
    conditions: np.ndarray | None = None,
    levels: str = "type",
) -> Collection:
    """Returns the rows of an array as samples.

    Args:
        title: of the place, for messages.
        images: `(n, h, w)`, `(n, h, w, c)` or `(n, c, h, w)` with 1 to 4 channels; whole numbers or floats.
        labels: `(n,)`, or None.
        classes: the names of the classes, when they are known.
        conditions: `(n, length)`, or None.
        levels: the option of this name.

    Raises:
        DataError: no images, or another shape, type or range of values; labels that do not belong to the images.
    """
    images, notes = _channels_last(images, title)
    notes += invisible_notes(labels)
    labels, classes = check_labels(labels, len(images), tuple(classes), title)
    checked = check_conditions(conditions, len(images), title)
    notes += condition_notes(conditions)
    found = find_levels(images, title, own=levels == "data")
    if found.note:
        notes.append(found.note)

    def read(index: int) -> np.ndarray:
        return found.to_uint8(np.asarray(images[index]))

    names = NumberedNames("images", len(images))
    return Collection(title, names, read, labels, classes, tuple(notes), checked)


def _channels_last(images: np.ndarray, title: str) -> tuple[np.ndarray, list[str]]:
    shape = images.shape
    expected = "expected (n, h, w), (n, h, w, c) or (n, c, h, w) with 1 to 4 channels"
    if len(shape) not in (3, 4) or 0 in shape[1:]:
        raise DataError(f"{title}: an array of shape {shape}, {expected}; reshape it")
    if shape[0] == 0:
        raise DataError(f"{title}: no images in it, an array of shape {shape}")
    if len(shape) == 3:
        if shape[2] in (3, 4) and shape[1] > 4:
            raise DataError(f"{title}: an array of shape {shape} looks like one image, {expected}; stack several")
        return images[..., None], []
    if shape[3] in (1, 2, 3, 4):
        return images, []
    if shape[1] in (1, 2, 3, 4):
        return images.transpose(0, 2, 3, 1), [f"an array of shape {shape} is read as (n, c, h, w)"]
    raise DataError(f"{title}: an array of shape {shape}, {expected}; reshape it")
