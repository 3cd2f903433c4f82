"""A small classifier of images, trained on the data's own labels: the independent judge of a conditional game."""

import numpy

from multigan.metrics.extractors.classifier import Classifier, build_network, load_classifier, train_network

__all__ = ["load"]

SETTINGS = {"version": 1, "seed": 0, "batch": 128, "steps": (500, 3000), "epochs": 60, "shift": 2, "rate": 2e-3}
FILE = "local-classifier.npz"


def load(material):
    """Returns the classifier that the run keeps, or trains one: seconds on small sets, two minutes on 60,000 images.

    Raises:
        UsageError: the data have no labels, or fewer than two classes.
    """
    source, weights, facts = load_classifier(material, "local", FILE, SETTINGS, lambda source: _train(source))
    return Classifier(build_network(tuple(source.shape), len(facts["classes"]), SETTINGS["seed"]), weights, facts)


def _train(source):
    return train_network(source, "image", SETTINGS, _shifted)


def _shifted(images: numpy.ndarray, rng: numpy.random.Generator) -> numpy.ndarray:
    """Moves a batch by up to two pixels, each quarter of it by its own draw; the edge is repeated."""
    reach, moved = SETTINGS["shift"], []
    padded = numpy.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="edge")
    height, width = images.shape[1:3]
    for part in numpy.array_split(padded, 4):
        top, left = rng.integers(0, 2 * reach + 1, size=2)
        moved.append(part[:, top : top + height, left : left + width])
    return numpy.concatenate(moved)
