"""What a conditional run is asked for, by `multigan sample` and in Python."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from multigan.errors import DataError, UsageError
from multigan.field import Field, Given, Kind
from multigan.fields import chosen, find_kind, spread
from multigan.fields.labels import parse
from multigan.fields.vectors import read_rows
from multigan.health.reference import Reference
from multigan.recipe import DataInfo
from multigan.trained.asking import ask

DATA = DataInfo(name="shoes", shape=(8, 8, 1), classes=("boot", "sandal", "sneaker", "0"), condition=3)


def trained(kind, tmp_path, conditions=None):
    """A run that is conditional on `kind`, as far as `ask` looks at it."""
    path = tmp_path / "reference.npz"
    Reference(np.zeros((5, 8, 8, 1)), None, conditions).save(path, 0)
    return SimpleNamespace(
        game=SimpleNamespace(asks=(kind,) if kind else (), fields=(), scale=1),
        directory=SimpleNamespace(path="runs/a", reference=path),
        recipe=SimpleNamespace(name="cgan"),
        data=DATA,
    )


@pytest.mark.parametrize(
    ("asked", "count", "labels"),
    [
        (["sneaker"], 3, [2, 2, 2]),
        (["sneaker", "boot"], 5, [0, 0, 0, 2, 2]),
        (["2", "sneaker", "1"], 4, [1, 1, 2, 2]),
        (["0"], 2, [3, 3]),
    ],
)
def test_labels_share_the_samples_evenly_in_the_classes_order(asked, count, labels):
    chosen = spread(parse(asked, DATA.fields["label"]).values, count, find_kind("label"))[:]
    assert (chosen.tolist(), chosen.dtype) == (labels, np.int32)


@pytest.mark.parametrize(
    ("asked", "count", "message"),
    [
        (["sneakr"], 4, r"--label sneakr: no such class; did you mean sneaker\? \(classes: boot, sandal, sneaker, 0\)"),
        (["4"], 4, "--label 4: no such class"),
        (["boot", "sandal"], 1, "fewer samples than the 2 labels; ask for at least 2"),
    ],
)
def test_labels_that_cannot_be_asked_for_are_told(asked, count, message, tmp_path):
    with pytest.raises(UsageError, match=message):
        ask(trained("label", tmp_path), count, {"--label": asked})


def test_rows_of_a_file_are_used_in_turn(tmp_path):
    np.save(tmp_path / "c.npy", np.arange(6.0).reshape(2, 3))
    chosen = ask(trained("condition", tmp_path), 5, {"--condition": [str(tmp_path / "c.npy")]}).values["condition"][:]
    assert (chosen.tolist(), chosen.dtype) == ([[0, 1, 2], [3, 4, 5]] * 2 + [[0, 1, 2]], np.float32)
    np.save(tmp_path / "one.npy", np.arange(3))
    assert read_rows(tmp_path / "one.npy", 3).tolist() == [[0, 1, 2]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros((2, 4)), r"shape \(2, 4\); this run takes rows of 3 numbers"),
        (np.zeros((0, 3)), r"shape \(0, 3\)"),
        (np.array([[0, 1, np.nan]]), r"1 of 1 conditions is not finite, first that of conditions\[0\]"),
        (np.array([["a", "b", "c"]]), "give numbers"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_does_not_fit_is_told(rows, message, tmp_path):
    if rows is not None:
        np.save(tmp_path / "c.npy", rows)
    with pytest.raises(DataError, match=message):
        read_rows(tmp_path / "c.npy", 3)


def test_without_a_wish_every_class_or_the_datas_own_vectors(tmp_path):
    assert ask(trained("", tmp_path), 4).part(slice(None)) is None
    assert ask(trained("label", tmp_path), 6).labels().tolist() == [0, 0, 1, 1, 2, 3]
    own = np.arange(15, dtype=np.float32).reshape(5, 3)
    found = ask(trained("condition", tmp_path, own), 7).part(slice(1, 7))
    np.testing.assert_array_equal(found["condition"], own[[1, 2, 3, 4, 0, 1]])
    with pytest.raises(UsageError, match=r"keeps no values of condition; give --condition FILE\.npy"):
        ask(trained("condition", tmp_path), 4)


@pytest.mark.parametrize(
    ("kind", "typed", "message"),
    [
        ("", {"--label": ["boot"]}, "a run of cgan takes no --label; it is not conditional"),
        ("", {"--condition": ["c.npy"]}, "takes no --condition; it is not conditional"),
        ("condition", {"--label": ["boot"]}, "takes no --label; give --condition FILE.npy"),
        ("label", {"--condition": ["c.npy"]}, "takes no --condition; give --label NAME"),
        ("label", {"--input": ["a.png"]}, "takes no --input; give --label NAME"),
        ("label", {"labl": ["boot"]}, "is not asked by labl; did you mean label"),
        ("label", {"--label": ["boot"], "label": ["boot"]}, "label is given by --label already"),
        ("condition", {"condition": ["1,2"]}, "--ask condition=1,2: this run takes 3 finite numbers"),
        ("condition", {"condition": ["1,2,x"]}, "neither a .npy nor numbers"),
    ],
)
def test_a_wish_that_the_run_does_not_take_is_told(kind, typed, message, tmp_path):
    with pytest.raises(UsageError, match=message):
        ask(trained(kind, tmp_path), 4, typed)


def test_fields_are_asked_for_by_name_too(tmp_path):
    asked = ask(trained("condition", tmp_path), 3, {"condition": ["1,2,3", "4,5,6"]})
    assert asked.part(slice(None))["condition"].tolist() == [[1, 2, 3], [4, 5, 6], [1, 2, 3]]
    assert ask(trained("label", tmp_path), None, {"label": ["boot", "2"]}).count == 64


def test_codes_of_a_games_own_are_asked_for_or_spread(tmp_path):
    run = trained("", tmp_path)
    code, digit = Field(name="code", kind="code", shape=(2,)), Field(name="digit", kind="label", classes=("a", "b"))
    run.game = SimpleNamespace(asks=("digit", "code"), fields=(code, digit), scale=1)
    free = ask(run, 4)
    assert (free.label, free.labels().tolist()) == ("digit", [0, 0, 1, 1])
    assert np.abs(free.values["code"]).max() <= 1
    found = ask(run, 2, {"code": ["0.5,-1"], "--label": ["b"]}).part(slice(None))
    assert (found["digit"].tolist(), found["code"].tolist()) == ([1, 1], [[0.5, -1]] * 2)
    assert list(found) == ["digit", "code"], "in the order of the sampler's inputs"


def test_a_code_may_have_a_usual_value_and_bounds(tmp_path):
    run = trained("", tmp_path)
    share = Field(name="share", kind="code", shape=(1,), usual=(1.0,), within=(0.0, 1.0))
    assert Field.of_table(share.as_table()) == share
    run.game = SimpleNamespace(asks=("share",), fields=(share,), scale=1)
    assert ask(run, 3).part(slice(None))["share"].tolist() == [[1], [1], [1]]
    assert ask(run, 2, {"share": ["0", "0.5"]}).part(slice(None))["share"].tolist() == [[0], [0.5]]
    for typed in ("-0.1", "50"):
        with pytest.raises(UsageError, match=f"--ask share={typed}: share lies between 0 and 1"):
            ask(run, 1, {"share": ["0.5", typed]})


def test_what_nobody_chose_of_several_fields_is_of_the_same_records():
    """A picture of a boot is not asked to become a sandal: its own sample is shown as what was wanted."""
    source = Field(name="source", kind="picture", shape=(1, 1, 1))
    kept = {"label": np.array([2, 0, 1, 2, 1]), "source": np.arange(4.0).reshape(4, 1, 1, 1), "code": None}
    code = Field(name="code", kind="code", shape=(2,))
    fields = {"label": DATA.fields["label"], "source": source, "code": code}
    found = chosen(fields, kept.get, 6)
    assert found["label"].tolist() == [2, 0, 1, 2, 2, 0], "as many records as all fields are kept of"
    assert found["source"].ravel().tolist() == [0, 1, 2, 3, 0, 1]
    assert found["code"].shape == (6, 2)
    fields["source"] = Field(name="source", kind="picture", shape=(1, 1, 1), aligned=False)
    found = chosen(fields, kept.get, 6)
    assert found["label"].tolist() == [0, 0, 1, 1, 2, 3], "every class, where pictures are of no record"


def test_sample_asks_a_real_run_on_points_for_a_class(command, tmp_path):
    flags = ["--steps", "2", "--batch-size", "64", "-o", "width=8", "--run-dir", tmp_path / "run"]
    done = command("run", "--plugin", "cgan", "--data", "ring", *flags)
    assert done.returncode == 0, done.stderr
    assert "data ring are points: training cgan-points" in done.stderr
    words = ("sample", tmp_path / "run", "-n", "6", "--label", "(0.00, 1.00)", "--label", "0", "--out", tmp_path / "s")
    done = command(*words, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["files"], told["labels"]) == (["samples.csv"], ["(1.00, 0.00)"] * 3 + ["(0.00, 1.00)"] * 3)
    assert len((tmp_path / "s" / "samples.csv").read_text().splitlines()) == 7
    with Image.open(told["preview"]) as picture:
        assert picture.size == (640, 640)


def read_source(given, field, called, beside):
    """Reads no file: a picture of ones, with the mask that was given, or one of its own."""
    mask = beside.get("mask", np.full((1, 2, 2, 1), 7.0, np.float32))
    return Given(np.ones((len(given), 2, 2, 1), np.float32) * mask, tuple(given), {"mask": mask, "else": mask})


def read_mask(given, field, called, beside):
    return Given(np.full((1, 2, 2, 1), float(given[0]), np.float32), ("mask",))


def test_what_comes_with_a_value_is_asked_for_too_unless_it_was_given(tmp_path, monkeypatch):
    kinds = {
        "picture": Kind(name="picture", flag="--input", parse=f"{__name__}:read_source"),
        "mask": Kind(name="mask", parse=f"{__name__}:read_mask"),
    }
    monkeypatch.setattr("multigan.trained.asking.find_kind", kinds.get)
    run = trained("", tmp_path)
    own = tuple(
        Field(name=name, kind=kind, shape=(2, 2, 1)) for name, kind in (("source", "picture"), ("mask", "mask"))
    )
    run.game = SimpleNamespace(asks=("source", "mask"), fields=own, scale=1)
    found = ask(run, None, {"--input": ["a", "b"]})
    assert (found.count, found.names) == (2, ("a", "b"))
    assert [float(found.values[name][:].mean()) for name in ("source", "mask")] == [7, 7]
    found = ask(run, None, {"--input": ["a"], "mask": ["3"]})
    assert [float(found.values[name][:].mean()) for name in ("source", "mask")] == [3, 3]
    found = ask(run, None, {"--input": ["a", "b"], "mask": ["3"]})
    assert (found.count, found.names) == (2, ("a", "b"))
    assert [found.values[name][:].mean(axis=(1, 2, 3)).tolist() for name in ("source", "mask")] == [[3, 3], [3, 3]]
