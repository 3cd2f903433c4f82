"""A small classifier of images, trained on the data's own labels: the independent judge of a conditional game."""

from functools import partial

from multigan.metrics.extractors.classifier import Classifier, build_network, load_classifier, shifted, train_network

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
    return train_network(source, "image", SETTINGS, partial(shifted, reach=SETTINGS["shift"]))
