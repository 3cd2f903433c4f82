"""A small classifier of clips, trained on the data's own labels: the independent judge of a conditional game.

It sees a clip as one picture whose channels are the frames, so that it tells motion and looks alike.
"""

from functools import partial
from types import SimpleNamespace

import numpy

from multigan.metrics.extractors.classifier import Classifier, build_network, load_classifier, shifted, train_network

__all__ = ["load"]

SETTINGS = {"version": 1, "seed": 0, "batch": 64, "steps": (300, 2000), "epochs": 40, "shift": 2, "rate": 2e-3}
FILE = "local-clip-classifier.npz"


def load(material):
    """Returns the classifier that the run keeps, or trains one.

    Raises:
        UsageError: the data have no labels, or fewer than two classes.
    """
    source, weights, facts = load_classifier(material, "clip-local", FILE, SETTINGS, _train)
    network = build_network(_folded_shape(source.shape), len(facts["classes"]), SETTINGS["seed"])
    return Classifier(network, weights, facts, prepare=_folded)


def _train(source):
    folded = _Folded(source)
    return train_network(folded, "clip", SETTINGS, partial(shifted, reach=SETTINGS["shift"]))


class _Folded(SimpleNamespace):
    """A source whose clips are pictures with a channel for each frame and channel."""

    def __init__(self, source):
        super().__init__(name=source.name, classes=source.classes, shape=_folded_shape(source.shape), _source=source)

    def __len__(self):
        return len(self._source)

    def batch(self, indices):
        """Returns a batch."""
        batch = self._source.batch(indices)
        return {"clip": _folded(batch["clip"]), "label": batch["label"]}


def _folded_shape(shape):
    frames, height, width, channels = shape
    return height, width, frames * channels


def _folded(clips):
    return numpy.moveaxis(numpy.asarray(clips, numpy.float32), 1, 3).reshape(
        len(clips), *_folded_shape(clips.shape[1:])
    )
