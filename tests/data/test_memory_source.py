"""Samples in memory as a source: validated, told apart by what they hold, and read like any other."""

import numpy as np
import pytest

from multigan import DataError, Field, MemorySource
from multigan.data import batches, describe_source

DRAW = np.random.default_rng(0)
PICTURES = DRAW.uniform(-1, 1, (40, 4, 4, 1))


def source(samples=PICTURES, **more):
    return MemorySource(samples, "images", name="memory", **more)


def test_batches_and_facts_are_those_of_any_source():
    made = source(labels=np.arange(40) % 3, classes=("a", "b", "c"))
    batch = next(batches(made, 8, seed=0))
    assert {key: (value.shape, value.dtype.name) for key, value in batch.items()} == {
        "image": ((8, 4, 4, 1), "float32"),
        "label": ((8,), "int32"),
    }
    info = describe_source(made)
    assert (info.name, info.shape, info.count, info.classes) == ("memory", (4, 4, 1), 40, ("a", "b", "c"))
    np.testing.assert_array_equal(made[3]["image"], PICTURES[3].astype("float32"))
    with pytest.raises(IndexError):
        made[40]


def test_facts_are_attributes_and_those_of_the_modality_by_default():
    made = MemorySource(DRAW.normal(size=(9, 2)), "points", name="m", facts={"scale": (2.0, 1.0)})
    assert (made.scale, made.mean, made.facts["origin"]) == ((2.0, 1.0), (), ())


def test_what_cannot_be_used_is_left_out_and_named():
    bad = PICTURES.copy()
    bad[3, 0, 0, 0], bad[5, 1, 1, 0] = np.nan, 2.0
    made = source(
        bad, labels=np.arange(40) % 2, called=[f"{n}.px" for n in range(40)], skipped=[("x.px", "no px")], skip_bad=0.1
    )
    assert (len(made), made.report.found, made.report.used) == (38, 41, 38)
    assert made.report.skipped == (("x.px", "no px"), ("3.px", "not finite"), ("5.px", "values outside of -1 to 1"))
    np.testing.assert_array_equal(made[3]["image"], PICTURES[4].astype("float32"))
    assert made[3]["label"] == 0, "labels stay with their samples"


def test_what_lies_beside_a_sample_stays_with_it_and_counts_in_the_fingerprint():
    field = Field(name="source", kind="picture", shape=(2,))
    beside = np.arange(80, dtype="float32").reshape(40, 2)
    held_out = source(PICTURES[:9], beside={field: beside[:9]})
    made = source(beside={field: beside}, held_out=held_out)
    assert (made.beside, made.held_out) == ((field,), held_out)
    np.testing.assert_array_equal(made.batch(np.array([7, 3]))["source"], beside[[7, 3]])
    assert describe_source(made).beside == (field,)
    changed = beside.copy()
    changed[39, 1] += 1
    assert len({made.fingerprint, source(beside={field: changed}).fingerprint, source().fingerprint}) == 3
    changed[3, 0] = np.nan
    fewer = source(beside={field: changed})
    assert fewer.report.skipped == (("number 3", "source is not finite"),)
    np.testing.assert_array_equal(fewer[3]["source"], beside[4])
    with pytest.raises(DataError, match=r"source of shape \(39, 2\) beside 40 images; it must be \(40, 2\)"):
        source(beside={field: beside[1:]})


def test_too_much_that_is_bad_is_an_error():
    bad = PICTURES.copy()
    bad[:4] = np.nan
    with pytest.raises(DataError, match=r"memory: 4 of 40 images \(10\.0%\) cannot be used"):
        source(bad)
    assert len(source(bad, skip_bad=0.2)) == 36
    with pytest.raises(DataError, match="none of 40 images can be used"):
        source(np.full_like(PICTURES, np.inf), skip_bad=1.0)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"samples": PICTURES[:0]}, "no images in it"),
        ({"samples": PICTURES[0, 0, 0]}, "no images in it"),
        ({"labels": np.zeros(3, int)}, "3 labels for 40 images"),
        ({"labels": np.full(40, -1)}, "labels are whole numbers from 0"),
        ({"labels": np.full(40, 0.5)}, "labels are whole numbers from 0"),
        ({"labels": np.full(40, 2), "classes": ("a", "b")}, "label 2 has no name; there are 2 classes"),
    ],
)
def test_what_is_no_data_is_refused(given, told):
    with pytest.raises(DataError, match=told):
        source(**given)


def test_the_fingerprint_is_of_all_that_is_read():
    other = PICTURES.copy()
    other[0, 0, 0, 0] += 0.01
    labels = np.arange(40) % 2
    made = [
        source(),
        source(other),
        source(labels=labels),
        source(labels=1 - labels),
        source(labels=labels, classes=("a", "b")),
    ]
    assert len({each.fingerprint for each in made}) == len(made)
    assert source().fingerprint == source(PICTURES.copy()).fingerprint
