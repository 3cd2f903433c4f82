"""Metrics that a classifier of the data's own labels, or Inception, makes possible."""

from typing import Protocol

import numpy

from multigan.errors import UsageError
from multigan.metrics.checks import check_sets
from multigan.metrics.diversity import mean_pairwise_distance

__all__ = ["Classifier", "accuracy", "class_coverage", "diversity_in_class", "inception_score"]

PART = 5000  # samples of one split in arXiv 1606.03498: 50,000 in ten
PER_CLASS = 200  # 19,900 pairs
SURE = 0.5  # probability from which a verdict counts
FOUND_FROM = 0.2  # a class is found from this part of its share of the data on; health judges by the same


class Classifier(Protocol):
    """An extractor that also classifies."""

    facts: dict

    def probabilities(self, features: numpy.ndarray) -> numpy.ndarray:
        """Maps features `(count, width)` to the classes' probabilities `(count, classes)`."""


def inception_score(
    real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, classifier: Classifier
) -> dict[str, float]:
    """exp of the mean KL divergence of each sample's class probabilities from their mean: 1 to the number of classes.

    Reference: Salimans et al., 2016, arXiv 1606.03498. Samples are scored in parts of at most 5,000, as there.

    Args:
        real, generated: features `(count, width)`; the score is of the generated ones, that of the real ones stands
            beside it as `"real"`.
        seed: unused; nothing is drawn.
        classifier: gives the probabilities.
    """
    check_sets("IS", 2, real=real, generated=generated)
    return {"value": _score(classifier, generated), "real": _score(classifier, real)}


def accuracy(
    real: numpy.ndarray,
    generated: numpy.ndarray,
    seed: int = 0,
    *,
    classifier: Classifier,
    asked: numpy.ndarray,
    labels: numpy.ndarray,
) -> dict[str, float]:
    """Share of the generated samples that the classifier recognises as the class that was asked for.

    Args:
        real, generated: features `(count, width)`.
        seed: unused; nothing is drawn.
        classifier: trained on the data's labels.
        asked: the class asked for, `(generated,)`.
        labels: the real samples' classes, `(real,)`.

    Returns:
        `"value"`, `"real"` (the share of these real samples that it recognises) and `"held_out"` (the same of data that
        neither it nor the generator has seen, where it knows that).
    """
    check_sets("accuracy", 1, real=real, generated=generated)
    result = {
        "value": float((classifier.probabilities(generated).argmax(axis=1) == asked).mean()),
        "real": float((classifier.probabilities(real).argmax(axis=1) == labels).mean()),
    }
    return result | {key: value for key, value in classifier.facts.items() if key == "held_out_accuracy"}


def class_coverage(
    real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, classifier: Classifier, labels: numpy.ndarray
) -> dict[str, object]:
    """Share of the data's classes that the classifier finds among the samples.

    A class is found when the classifier is sure of it (more than 0.5) for at least one sample, and for at least a fifth
    of its share of the data.

    Args:
        real, generated: features `(count, width)`.
        seed: unused; nothing is drawn.
        classifier: trained on the data's labels; its facts name the classes.
        labels: the real samples' classes, `(real,)`.

    Returns:
        `"value"`; `"real"`, the same of the real samples; `"missing"`, the names of classes that were not found;
        `"shares"` and `"real_shares"`, name: the share of the samples, and of the data; `"unsure"`, the share of the
        samples that are of no class.
    """
    check_sets("class-coverage", 1, real=real, generated=generated)
    names = [str(name) for name in classifier.facts["classes"]]
    expected = numpy.bincount(labels, minlength=len(names)) / len(labels)

    def shares(features):
        probabilities = classifier.probabilities(features)
        verdicts = probabilities.argmax(axis=1)[probabilities.max(axis=1) > SURE]
        return numpy.bincount(verdicts, minlength=len(names)) / len(features)

    def found(shares):
        return (shares > 0) & (shares >= FOUND_FROM * expected)

    made, own, there = shares(generated), shares(real), expected > 0
    return {
        "value": float(found(made)[there].mean()),
        "real": float(found(own)[there].mean()),
        "missing": [name for name, hit, had in zip(names, found(made), there, strict=True) if had and not hit],
        "shares": dict(zip(names, made.round(4).tolist(), strict=True)),
        "real_shares": dict(zip(names, expected.round(4).tolist(), strict=True)),
        "unsure": float(1.0 - made.sum()),
    }


def diversity_in_class(
    real: numpy.ndarray, generated: numpy.ndarray, seed: int = 0, *, asked: numpy.ndarray, labels: numpy.ndarray
) -> dict[str, float]:
    """Mean over the classes of the mean pairwise distance within a class, as a ratio to the same within the data.

    Args:
        real, generated: features `(count, width)`.
        seed: unused; the first 200 of each class are compared.
        asked: the class asked for, `(generated,)`.
        labels: the real samples' classes, `(real,)`.

    Returns:
        `"value"`, and `"lowest"`: the ratio of the least diverse class.

    Raises:
        UsageError: no class has two samples, real and generated, with a distance between the real ones.
    """
    ratios = []
    for label in numpy.unique(labels):
        own, others = generated[asked == label][:PER_CLASS], real[labels == label][:PER_CLASS]
        if len(own) > 1 and len(others) > 1 and (spread := mean_pairwise_distance(others)) > 0:
            ratios.append(mean_pairwise_distance(own) / spread)
    if not ratios:
        raise UsageError("diversity-in-class: no class has two different real and two generated samples; raise -n")
    return {"value": float(numpy.mean(ratios)), "lowest": float(min(ratios))}


def _score(classifier, features) -> float:
    probabilities = classifier.probabilities(features).astype(numpy.float64)
    scores = []
    for part in numpy.array_split(probabilities, -(-len(probabilities) // PART)):
        # x log x is 0 at 0; the logarithm must not see it.
        logarithms = numpy.log(numpy.maximum(part, 1e-300)) - numpy.log(numpy.maximum(part.mean(axis=0), 1e-300))
        scores.append(numpy.exp((part * logarithms).sum(axis=1).mean()))
    return float(numpy.mean(scores))
