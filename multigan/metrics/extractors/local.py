"""A small classifier trained on the data's own labels: the independent judge of a conditional game.

Its features are those before its last layer. It is trained on the run's training data, less a tenth that tells how good
it is; kept in the run directory, and trained anew when the data, or this file's settings, are others.
"""

import hashlib
import json
import zipfile
from pathlib import Path

import numpy

from multigan.errors import DataError, UsageError

__all__ = ["Local", "load"]

SETTINGS = {"version": 1, "seed": 0, "batch": 128, "steps": (500, 3000), "epochs": 60, "shift": 2, "rate": 2e-3}
HELD_OUT = 5000  # at most; a tenth of smaller sets
WIDTH = 128  # of the features
LARGEST = 64  # pixels a side; larger images are averaged down
FILE = "local-classifier.npz"


class Local:
    """A trained classifier.

    Args:
        weights: `get_weights()` of the network.
        shape: of an image.
        facts: for the record.
    """

    def __init__(self, weights: list[numpy.ndarray], shape: tuple[int, ...], facts: dict):
        self._network = _build(shape, len(facts["classes"]))
        self._network.set_weights(weights)
        *_, self._kernel, self._bias = weights
        self.facts = facts

    def __call__(self, samples):
        """Returns float32 `(count, 128)`."""
        # Without the last layer, and without `predict`, whose set-up costs more than the work.
        return _run(self._network, samples)

    def probabilities(self, features):
        """Returns the probabilities `(count, classes)`."""
        logits = features.astype(numpy.float64) @ self._kernel + self._bias
        odds = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)


def load(material):
    """Returns the classifier that the run keeps, or trains one: seconds on small sets, two minutes on 60,000 images.

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
        raise UsageError(f"{source.name}: has no labels of two or more classes, which the extractor local learns from")
    if material.reference.classes and tuple(material.reference.classes) != tuple(source.classes):
        raise UsageError(f"{material.reference.name}: has other classes than {source.name}; give data with the same")
    path = material.folder / FILE if material.folder else None
    wanted = {"fingerprint": source.fingerprint, "settings": json.dumps(SETTINGS)}
    kept = _read(path, wanted)
    if kept is None:
        weights, accuracy, held_out = _train(source)
        facts = {
            "sha256": _hash(weights),
            "held_out_accuracy": accuracy,
            "held_out": held_out,
            "trained_on": where,
            "classes": list(source.classes),
        }
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside = path.with_name(f".{path.name}")
            with open(aside, "wb") as file:
                arrays = {f"weight_{index:02d}": weight for index, weight in enumerate(weights)}
                numpy.savez(file, facts=json.dumps(facts | wanted), **arrays)
            aside.replace(path)
    else:
        weights, facts = kept
    return Local(weights, tuple(source.shape), facts)


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


def _build(shape: tuple[int, ...], classes: int):
    """Convolutions that halve the image until it is at most 4 pixels a side, then the features, then the classes."""
    import keras
    from keras import layers

    # Every layer has seeds and a type of its own: training elsewhere in the process is not to be touched.
    seeds = iter(range(SETTINGS["seed"], SETTINGS["seed"] + 100))

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


def _train(source) -> tuple[list[numpy.ndarray], float, int]:
    """Returns the weights, the accuracy on samples that were kept out, and how many these were."""
    import keras

    rng = numpy.random.default_rng(SETTINGS["seed"])
    order = rng.permutation(len(source))
    held_out = min(HELD_OUT, max(1, len(source) // 10))
    kept_out, seen = numpy.sort(order[:held_out]), order[held_out:]
    if not len(seen):
        raise UsageError(f"{source.name}: {len(source)} samples are too few to train a classifier on")
    network = _build(tuple(source.shape), len(source.classes))
    least, most = SETTINGS["steps"]
    steps = int(numpy.clip(SETTINGS["epochs"] * len(seen) // SETTINGS["batch"], least, most))
    network.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(SETTINGS["rate"], steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    for _ in range(steps):
        batch = source.batch(rng.choice(seen, SETTINGS["batch"]))
        network.train_on_batch(_shifted(batch["image"], rng), batch["label"])
    *rest, wide, shift, kernel, bias = network.get_weights()
    # Features of mean square 1, for the kernel distance has a scale of its own; ReLU lets the factor through.
    scale = 1.0 / max(float(numpy.sqrt((_run(network, batch["image"]) ** 2).mean())), 1e-6)
    weights = [*rest, wide * numpy.float32(scale), shift * numpy.float32(scale), kernel / numpy.float32(scale), bias]
    network.set_weights(weights)
    kernel = weights[-2]
    right = 0
    for part in numpy.array_split(kept_out, -(-held_out // 256)):
        batch = source.batch(part)
        right += int(((_run(network, batch["image"]) @ kernel + bias).argmax(axis=1) == batch["label"]).sum())
    return weights, right / held_out, held_out


def _shifted(images: numpy.ndarray, rng: numpy.random.Generator) -> numpy.ndarray:
    """Moves a batch by up to two pixels, each quarter of it by its own draw; the edge is repeated."""
    reach, moved = SETTINGS["shift"], []
    padded = numpy.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="edge")
    height, width = images.shape[1:3]
    for part in numpy.array_split(padded, 4):
        top, left = rng.integers(0, 2 * reach + 1, size=2)
        moved.append(part[:, top : top + height, left : left + width])
    return numpy.concatenate(moved)
