"""The shared options, and what data can be asked for by."""

import numpy as np
import pytest
from keras import random

from multigan import Condition, DataInfo, UsageError, condition_of, diff_augment, stabiliser_options
from multigan.blocks.options import LOSSES, POLICIES
from multigan.engine.losses import ADVERSARIAL_LOSSES

LABELLED = DataInfo(name="cats", shape=(8, 8, 1), classes=("a", "b", "c"))
BOTH = DataInfo(name="cats", shape=(8, 8, 1), classes=("a", "b", "c"), condition=5)
VECTORS = DataInfo(name="cats", shape=(8, 8, 1), condition=5)
ONE = DataInfo(name="cats", shape=(8, 8, 1), classes=("a",))
NEITHER = DataInfo(name="cats", shape=(8, 8, 1))


def test_points_have_no_augmentation_and_all_else():
    images, points = stabiliser_options(), stabiliser_options("points")
    assert set(images) - set(points) == {"augment", "augment_probability"}
    assert set(points) < set(images)
    assert set(stabiliser_options("clips")) == set(images)


def test_defaults_can_be_changed_and_options_left_out():
    options = stabiliser_options(without=("pack", "loss"), learning_rate=0.5, latent="uniform")
    assert (options["learning_rate"].default, options["latent"].default) == (0.5, "uniform")
    assert not {"pack", "loss"} & set(options)
    assert stabiliser_options()["learning_rate"].default == 2e-4


@pytest.mark.parametrize("wrong", [{"without": ("pakc",)}, {"learn_rate": 1.0}, {"pack": 9}, {"loss": "l2"}])
def test_what_is_no_shared_option_or_no_value_of_it_is_refused(wrong):
    with pytest.raises(ValueError, match=r"pakc is none of|learn_rate is none of|=9: must be at|=l2: not one of"):
        stabiliser_options(**wrong)


def test_everything_is_off_by_default_but_the_usual_adam():
    on = {name for name, option in stabiliser_options().items() if option.default}
    # All images pass the augmentation, where there is one.
    assert on == {"latent_dim", "latent", "learning_rate", "beta_1", "beta_2", "loss", "pack", "augment_probability"}
    assert stabiliser_options()["pack"].default == 1


def test_every_loss_and_every_policy_that_can_be_chosen_exists():
    assert set(LOSSES) == set(ADVERSARIAL_LOSSES)
    for policy in POLICIES:
        changed = diff_augment(np.zeros((2, 8, 8, 1), "float32"), policy, random.SeedGenerator(0))
        assert tuple(changed.shape) == (2, 8, 8, 1)


@pytest.mark.parametrize(
    ("data", "by", "expected"),
    [
        (LABELLED, "auto", Condition("label", 3)),
        (LABELLED, "label", Condition("label", 3)),
        (VECTORS, "auto", Condition("condition", 5)),
        (BOTH, "auto", Condition("condition", 5)),
        (BOTH, "label", Condition("label", 3)),
        (BOTH, "condition", Condition("condition", 5)),
    ],
)
def test_data_can_be_asked_for_by_its_vectors_or_its_classes(data, by, expected):
    assert condition_of(data, by) == expected


@pytest.mark.parametrize(
    ("data", "by", "missing"),
    [
        (NEITHER, "auto", "labels or conditions"),
        (VECTORS, "label", "labels of two classes or more"),
        (LABELLED, "condition", "conditions"),
    ],
)
def test_data_without_what_is_asked_for_by_is_refused_with_advice(data, by, missing):
    with pytest.raises(
        UsageError, match=rf"^cats: has no {missing}; use a folder for each class, or -o labels=FILE.csv"
    ):
        condition_of(data, by)


@pytest.mark.parametrize("by", ["auto", "label"])
def test_data_of_one_class_are_told_so(by):
    with pytest.raises(UsageError, match=r"^cats: all of it is of one class, \w+; give two classes or more"):
        condition_of(ONE, by)
