"""A classifier that is trained on the data's own labels: what such extractors have in common, whatever they take.

It is trained on the run's training data, less a tenth that tells how good it is; kept in the run directory, and trained
anew when the data, or the extractor's settings, are others. Its features are those before its last layer.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy

from multigan.disk import aside
from multigan.errors import DataError, UsageError

__all__ = ["WIDTH", "Classifier", "Trained", "build_network", "load_classifier", "shifted", "train_network"]

HELD_OUT = 5000  # at most; a tenth of smaller sets
WIDTH = 128  # of the features
LARGEST = 64  # pixels a side; larger inputs are averaged down

Trained = tuple[list[numpy.ndarray], float, int]


class Classifier:
    """A trained classifier.

    Args:
        network: what `build_network` returned.
        weights: its `get_weights()`, once trained.
        facts: for the record.
        prepare: maps samples to what the network takes; None: they are that.
    """

    def __init__(
        self,
        network,
        weights: list[numpy.ndarray],
        facts: dict,
        prepare: Callable[[numpy.ndarray], numpy.ndarray] | None = None,
    ):
        self._network, self._prepare = network, prepare
        self._network.set_weights(weights)
        *_, self._kernel, self._bias = weights
        self.facts = facts

    def __call__(self, samples):
        """Returns float32 `(count, 128)`."""
        # Without the last layer, and without `predict`, whose set-up costs more than the work.
        return _run(self._network, samples if self._prepare is None else self._prepare(samples))

    def probabilities(self, features):
        """Returns the probabilities `(count, classes)`."""
        logits = features.astype(numpy.float64) @ self._kernel + self._bias
        odds = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)


def load_classifier(
    material, name: str, file: str, settings: Mapping[str, Any], train: Callable[[Any], Trained]
) -> tuple[Any, list[numpy.ndarray], dict]:
    """Returns the source that the classifier learnt from, its weights and its facts: kept ones, or newly trained.

    Args:
        material: of the evaluation.
        name: of the extractor, for errors.
        file: name of the file in the material's folder.
        settings: whatever the training depends on.
        train: maps a `Source` to weights, accuracy on samples that were kept out, and how many these were.

    Raises:
        UsageError: the data have no labels, or fewer than two classes.
    """
    try:
        source = material.training()
    except (DataError, UsageError) as error:
        # Without the run's data the judge can only learn from the data at hand, which the record then says.
        if not material.held_out:
            raise
        source = material.reference
        where = f"the evaluated data ({error})"
    else:
        where = "the run's training data"
    if len(source.classes) < 2 or "label" not in source[0]:
        raise UsageError(f"{source.name}: has no labels of two or more classes, which the extractor {name} learns from")
    if material.reference.classes and tuple(material.reference.classes) != tuple(source.classes):
        raise UsageError(f"{material.reference.name}: has other classes than {source.name}; give data with the same")
    path = material.folder / file if material.folder else None
    wanted = {"fingerprint": source.fingerprint, "settings": json.dumps(settings)}
    kept = _read(path, wanted)
    if kept is not None:
        return source, *kept
    weights, accuracy, held_out = train(source)
    facts = {
        "sha256": _hash(weights),
        "held_out_accuracy": accuracy,
        "held_out": held_out,
        "trained_on": where,
        "classes": list(source.classes),
    }
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays = {f"weight_{index:02d}": weight for index, weight in enumerate(weights)}
        with aside(path) as temporary, open(temporary, "wb") as written:
            numpy.savez(written, facts=json.dumps(facts | wanted), **arrays)
    return source, weights, facts


def _read(path: Path | None, wanted: dict) -> tuple[list[numpy.ndarray], dict] | None:
    """Returns weights and facts of a classifier of the same data, undamaged; else None."""
    if path is None or not path.is_file():
        return None
    try:
        with open(path, "rb") as file, numpy.load(file, allow_pickle=False) as arrays:
            facts = json.loads(str(arrays["facts"]))
            weights = [arrays[name] for name in sorted(arrays.files) if name.startswith("weight_")]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    if any(facts.get(key) != value for key, value in wanted.items()) or facts.get("sha256") != _hash(weights):
        return None
    return weights, {key: value for key, value in facts.items() if key not in wanted}


def _hash(weights) -> str:
    digest = hashlib.sha256()
    for weight in weights:
        digest.update(numpy.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()


def build_network(shape: tuple[int, ...], classes: int, seed: int):
    """Convolutions that halve an image until it is at most 4 pixels a side, then the features, then the classes.

    Args:
        shape: `(height, width, channels)`.
        classes: how many there are.
        seed: of the initial weights.
    """
    import keras
    from keras import layers

    # Every layer has seeds and a type of its own: training elsewhere in the process is not to be touched.
    seeds = iter(range(seed, seed + 100))

    def settings():
        return {"kernel_initializer": keras.initializers.HeNormal(seed=next(seeds)), "dtype": "float32"}

    x = inputs = keras.Input(shape, dtype="float32")
    if (factor := -(-max(shape[:2]) // LARGEST)) > 1:
        x = layers.AveragePooling2D(factor, padding="same", dtype="float32")(x)
    filters = 32
    while max(x.shape[1:3]) > 4:
        x = layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu", **settings())(x)
        filters = min(2 * filters, 128)
    x = layers.Flatten(dtype="float32")(x)
    features = layers.Dense(WIDTH, activation="relu", name="features", **settings())(x)
    network = keras.Model(inputs, layers.Dense(classes, **settings())(features))
    network.features = keras.Model(inputs, features)
    return network


def _run(network, samples, size: int = 256) -> numpy.ndarray:
    """Returns the features of samples, a padded batch at a time, so that the network is compiled once."""
    parts = []
    for start in range(0, len(samples), size):
        part = numpy.asarray(samples[start : start + size], numpy.float32)
        padded = numpy.concatenate([part, numpy.zeros((size - len(part), *part.shape[1:]), numpy.float32)])
        parts.append(numpy.asarray(network.features.predict_on_batch(padded))[: len(part)])
    return numpy.concatenate(parts)


def train_network(source, field: str, settings: Mapping[str, Any], augment: Callable[..., numpy.ndarray]) -> Trained:
    """Returns the weights, the accuracy on samples that were kept out, and how many these were.

    Args:
        source: `len`, `shape`, `classes`, `name`, and batches with labels.
        field: the key of a batch that holds what the network takes.
        settings: `seed`, `batch`, `steps` (least and most), `epochs`, and the learning `rate`.
        augment: maps a batch and a generator of random numbers to the batch that is learnt from.
    """
    import keras

    rng = numpy.random.default_rng(settings["seed"])
    order = rng.permutation(len(source))
    held_out = min(HELD_OUT, max(1, len(source) // 10))
    kept_out, seen = numpy.sort(order[:held_out]), order[held_out:]
    if not len(seen):
        raise UsageError(f"{source.name}: {len(source)} samples are too few to train a classifier on")
    network = build_network(tuple(source.shape), len(source.classes), settings["seed"])
    least, most = settings["steps"]
    steps = int(numpy.clip(settings["epochs"] * len(seen) // settings["batch"], least, most))
    network.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(settings["rate"], steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    for _ in range(steps):
        batch = source.batch(rng.choice(seen, settings["batch"]))
        network.train_on_batch(augment(batch[field], rng), batch["label"])
    *rest, wide, shift, kernel, bias = network.get_weights()
    # Features of mean square 1, for the kernel distance has a scale of its own; ReLU lets the factor through.
    scale = 1.0 / max(float(numpy.sqrt((_run(network, batch[field]) ** 2).mean())), 1e-6)
    weights = [*rest, wide * numpy.float32(scale), shift * numpy.float32(scale), kernel / numpy.float32(scale), bias]
    network.set_weights(weights)
    kernel = weights[-2]
    right = 0
    for part in numpy.array_split(kept_out, -(-held_out // 256)):
        batch = source.batch(part)
        right += int(((_run(network, batch[field]) @ kernel + bias).argmax(axis=1) == batch["label"]).sum())
    return weights, right / held_out, held_out


def shifted(images: numpy.ndarray, rng: numpy.random.Generator, reach: int) -> numpy.ndarray:
    """Moves a batch of pictures by up to `reach` pixels, each quarter of it by its own draw; the edge is repeated."""
    moved = []
    padded = numpy.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="edge")
    height, width = images.shape[1:3]
    for part in numpy.array_split(padded, 4):
        top, left = rng.integers(0, 2 * reach + 1, size=2)
        moved.append(part[:, top : top + height, left : left + width])
    return numpy.concatenate(moved)
