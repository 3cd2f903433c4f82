"""Metrics with a classifier, by hand."""

import numpy as np
import pytest

from multigan.errors import UsageError
from multigan.metrics.classes import accuracy, diversity_in_class, inception_score


class Certain:
    """A classifier whose features are the probabilities."""

    facts = {"held_out_accuracy": 0.9, "sha256": "x"}

    def probabilities(self, features):
        return features


def test_inception_score_of_one_hot_outputs_is_the_number_of_classes():
    sure = np.eye(7)[np.arange(70) % 7]
    unsure = np.full((70, 7), 1 / 7)
    assert inception_score(sure, unsure, classifier=Certain()) == pytest.approx({"value": 1.0, "real": 7.0})
    assert inception_score(sure, sure[:1].repeat(9, axis=0), classifier=Certain())["value"] == pytest.approx(1.0)
    half = np.array([[0.75, 0.25], [0.25, 0.75]]).repeat(5, axis=0)
    expected = np.exp(0.75 * np.log(0.75 / 0.5) + 0.25 * np.log(0.25 / 0.5))
    assert inception_score(half, half, classifier=Certain())["value"] == pytest.approx(expected)


def test_inception_score_is_the_mean_over_parts_of_5000(monkeypatch):
    monkeypatch.setattr("multigan.metrics.classes.PART", 10)
    sorted_by_class = np.eye(2).repeat(10, axis=0)
    assert inception_score(sorted_by_class, sorted_by_class, classifier=Certain())["value"] == pytest.approx(1.0)


def test_accuracy_is_the_share_recognised_with_the_data_s_own_beside_it():
    labels = np.arange(8) % 4
    real, generated = np.eye(4)[labels], np.eye(4)[[0, 1, 2, 3, 0, 1, 3, 2]]
    found = accuracy(real, generated, classifier=Certain(), asked=labels, labels=labels)
    assert found == {"value": 0.75, "real": 1.0, "held_out_accuracy": 0.9}


def test_diversity_in_class_is_one_for_the_data_and_zero_for_one_sample_a_class():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    real = rng.normal(size=(60, 5)) + 10 * labels[:, None]
    assert diversity_in_class(real, real, asked=labels, labels=labels) == pytest.approx({"value": 1.0, "lowest": 1.0})
    collapsed = real.copy()
    collapsed[labels == 1] = real[1]
    found = diversity_in_class(real, collapsed, asked=labels, labels=labels)
    assert found == pytest.approx({"value": 2 / 3, "lowest": 0.0}), "though the classes are as far apart as ever"
    with pytest.raises(UsageError, match="raise -n"):
        diversity_in_class(real[:3], real[:3], asked=labels[:3], labels=labels[:3])
