"""Data sets that other libraries fetch by name: `hf:NAME` and `tfds:NAME`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from multigan.data.collection import Collection, NumberedNames, UnreadableError
from multigan.data.labels import check_labels
from multigan.data.naming import printable
from multigan.errors import DataError, UsageError
from multigan.recipe import suggest

__all__ = ["HUBS"]

# The label of all samples in a split whose labels are kept secret.
HIDDEN = -1


def _hugging_face(name: str) -> Collection:
    """Returns the training split (or the first one) of a data set of the Hugging Face hub, as encoded images."""
    try:
        import datasets
    except ImportError:
        raise UsageError(f'hf:{name} needs the datasets library: pip install "multigan[huggingface]"') from None
    try:
        splits = datasets.load_dataset(name)
    except Exception as error:  # the library raises its own, the network's and the data set's
        raise DataError(f"hf:{name}: cannot be loaded: {_first_line(error)}") from None
    split = "train" if "train" in splits else next(iter(splits))
    rows = splits[split]
    image = _column(rows.features, datasets.Image, f"hf:{name}")
    label = _column(rows.features, datasets.ClassLabel)
    encoded = rows.select_columns([image]).cast_column(image, datasets.Image(decode=False))

    def read(index: int) -> bytes:
        value = encoded[index][image] or {}
        if value.get("bytes"):
            return value["bytes"]
        if not value.get("path"):
            raise UnreadableError("no image in this row")
        with open(value["path"], "rb") as file:
            return file.read()

    labels = None if label is None else np.asarray(rows[label])
    return _collection(f"hf:{name}", split, len(rows), read, labels, rows.features.get(label))


def _tensorflow_datasets(name: str) -> Collection:
    """Returns the training split (or the first one) of a data set of TensorFlow Datasets, as encoded images."""
    try:
        import tensorflow_datasets as tfds
    except ImportError:
        raise UsageError(f'tfds:{name} needs TensorFlow Datasets: pip install "multigan[tfds]"') from None
    try:
        builder = tfds.builder(name, file_format="array_record")
        builder.download_and_prepare()
        split = "train" if "train" in builder.info.splits else next(iter(builder.info.splits))
        features = dict(builder.info.features.items())
        image = _column(features, tfds.features.Image, f"tfds:{name}")
        label = _column(features, tfds.features.ClassLabel)
        rows = builder.as_data_source(split=split, decoders={image: tfds.decode.SkipDecoding()})
    except (DataError, UsageError):
        raise
    except tfds.core.DatasetNotFoundError:
        raise DataError(f"tfds:{name}: no such data set{suggest(name, tfds.list_builders())}") from None
    except Exception as error:  # the library raises its own, the network's and the data set's
        raise DataError(f"tfds:{name}: cannot be loaded: {_first_line(error)}") from None

    def read(index: int) -> bytes:
        return bytes(rows[index][image])

    labels = None if label is None else np.array([row[label] for row in rows])
    return _collection(f"tfds:{name}", split, len(rows), read, labels, features.get(label))


def _first_line(error: Exception) -> str:
    line = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {printable(line)}" if line else type(error).__name__


def _collection(
    title: str, split: str, count: int, read: Callable[[int], bytes], labels: np.ndarray | None, feature: Any
) -> Collection:
    if count == 0:
        raise DataError(f"{title}: its split {split} is empty")
    notes = ()
    if labels is not None and (labels == HIDDEN).all():
        labels, notes = None, (f"no labels: the split {split} hides them",)
    labels, classes = check_labels(labels, count, tuple(feature.names) if feature else (), title)
    return Collection(title, NumberedNames(split, count), read, labels, classes, notes)


def _column(features: Mapping[str, Any], kind: type, title: str = "") -> str | None:
    for key, feature in features.items():
        if isinstance(feature, kind):
            return key
    if title:
        raise DataError(f"{title}: no column of images in it (columns: {', '.join(features)})")
    return None


HUBS: Mapping[str, Callable[[str], Collection]] = {"hf": _hugging_face, "tfds": _tensorflow_datasets}
