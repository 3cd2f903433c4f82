"""What is no label: fractions that are hardly ever alike, and what programs write where there is none."""

import json

import numpy as np
import pytest

from multigan.data import open_source
from multigan.data.labels import check_labels
from multigan.errors import DataError

FILES = tuple(f"{number}.png" for number in range(8))
ROWS = 40


@pytest.fixture
def labelled(folder, opened, tmp_path):
    """Opens eight pictures with these labels, in a file of this kind."""

    def make(kind, labels):
        place = folder(*FILES)
        pairs = list(zip(FILES, labels, strict=True))
        name, content = {
            "csv": ("l.csv", "file,label\n" + "".join(f"{file},{label}\n" for file, label in pairs)),
            "list of names": ("l.txt", "".join(f"{file}\t{label}\n" for file, label in pairs)),
            "list": ("l.txt", "".join(f"{label}\n" for label in labels)),
            "json": ("l.json", json.dumps({"labels": pairs})),
            "dataset.json": ("dataset.json", json.dumps({"labels": pairs})),
        }[kind]
        if kind == "dataset.json":
            (place / name).write_text(content)
            return opened(place)
        (tmp_path / name).write_text(content)
        return opened(place, labels=str(tmp_path / name))

    return make


@pytest.fixture
def table(tmp_path):
    """Opens a table of points `x` and `y` with further columns: `table(options, name=function of the row, ...)`."""
    points = np.random.default_rng(0).standard_normal((ROWS, 2))

    def make(options=None, **columns):
        rows = [",".join([*map(str, points[i]), *(str(cell(i)) for cell in columns.values())]) for i in range(ROWS)]
        (tmp_path / "p.csv").write_text("\n".join([",".join(["x", "y", *columns]), *rows]))
        return open_source(str(tmp_path / "p.csv"), "points", options or {}, {})

    return make


KINDS = ("csv", "list of names", "list", "json", "dataset.json")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nothing", ["nan", "NaN", "", "<NA>"])
def test_a_missing_label_is_no_class_and_every_one_is_named_with_its_place(labelled, kind, nothing):
    with pytest.raises(DataError, match=r"no label for 2 samples \(1\.png in \w+ \d, 5\.png in \w+ \d\): it is empty"):
        labelled(kind, ["a", nothing, "b", "a", "b", nothing, "a", "b"])


@pytest.mark.parametrize("kind", ["json", "dataset.json"])
@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_null_and_nan_in_json_are_missing_labels(labelled, kind, nothing):
    with pytest.raises(DataError, match=r"no label for 2 samples \(0\.png in entry 1, 5\.png in entry 6\)"):
        labelled(kind, [nothing, 1, 0, 1, 0, nothing, 1, 0])


@pytest.mark.parametrize("labels", [[0, np.nan, 1, np.nan], ["a", "nan", "b", ""], [b"a", b"NaN", b"b", b" "]])
def test_missing_labels_in_an_array_are_counted(labels):
    with pytest.raises(DataError, match=r"x: 2 of 4 labels are missing \(empty or nan\), first that of labels\[1\]"):
        check_labels(np.array(labels), 4, (), "x")


def test_a_class_that_a_data_set_calls_nan_is_one():
    assert check_labels(np.array(["nan", "a"]), 2, ("a", "nan"), "x")[0].tolist() == [1, 0]


@pytest.mark.parametrize("name", ["NA", "none", "null"])
def test_a_class_that_may_be_a_missing_label_is_told(labelled, name):
    source = labelled("csv", ["a", name, "b", "a", "b", "a", "a", "b"])
    assert name in source.classes
    told = f"{name} is a class like any other: leave these images out if it means that they have no label"
    assert told in source.report.notes


def test_rows_of_points_without_a_label_are_skipped_and_named(table):
    source = table({"skip_bad": 0.05}, label=lambda i: {3: "<NA>", 7: ""}.get(i, "ab"[i % 2]))
    assert source.classes == ("a", "b")
    assert source.report.skipped == (("line 5", "label is <NA>"), ("line 9", "label is empty"))


@pytest.mark.parametrize("kind", KINDS)
def test_fractions_that_are_hardly_ever_alike_are_no_classes(labelled, kind):
    mend = "write numbers as lists" if "json" in kind else "-o conditions=FILE"
    with pytest.raises(DataError, match=f"8 different labels for 8 samples, most of them fractions such as .*{mend}"):
        labelled(kind, [i / 7 + 0.01 for i in range(8)])


def test_grades_are_classes_though_they_are_fractions(labelled):
    assert labelled("csv", [0.5, 1, 1.5, 0.5, 1, 1.5, 0.5, 1]).classes == ("0.5", "1", "1.5")


@pytest.mark.parametrize("digits", [2, 15])
def test_a_column_of_measurements_that_is_called_label_is_refused_with_what_to_do(table, digits):
    columns = {"label": lambda i: f"{0.11 + i * 0.0173:.{digits}f}"}
    with pytest.raises(DataError, match=r"p\.csv: label: 40 different labels .* -o label_column=NAME takes another"):
        table(**columns)
    assert table({"label_column": "none"}, **columns).shape == (3,)
    assert table({"label_column": "none", "columns": "x,y"}, **columns).shape == (2,)


def test_many_different_fractions_are_measurements_though_some_are_alike():
    labels = np.array([f"{i % 30 / 100:.2f}" for i in range(3000)])
    with pytest.raises(DataError, match=r"30 different labels for 3,000 samples, most of them fractions such as 0\.01"):
        check_labels(labels, 3000, (), "x")


def test_classes_of_one_sample_each_are_told(table):
    told = "nearly every one of the points has a class of its own: look whether these are classes"
    assert told in table(label=lambda i: i).report.notes
    assert told not in table(label=lambda i: i % 9).report.notes


@pytest.mark.parametrize("names", [("class", "label"), ("label", "class"), ("Labels", "label")])
@pytest.mark.parametrize("kind", ["numbers", "fractions", "texts"])
def test_a_second_column_that_is_called_like_a_label_is_no_coordinate_and_told(table, names, kind):
    second = {"numbers": lambda i: i % 3, "fractions": lambda i: i / 7, "texts": lambda i: "pqr"[i % 3]}[kind]
    source = table(**dict(zip(names, (lambda i: i % 2, second), strict=True)))
    assert (source.shape, source.classes) == ((2,), ("0", "1"))
    told = f"column {names[1]} is called like a label, too: left out; -o label_column={names[1]} makes it the label"
    assert told in source.report.notes


def test_the_option_makes_the_other_column_the_label_and_the_first_no_coordinate(table):
    columns = {"class": lambda i: i % 2, "label": lambda i: i % 3}
    source = table({"label_column": "label"}, **columns)
    assert (source.shape, source.classes) == ((2,), ("0", "1", "2"))
    assert table({"label_column": "none"}, **columns).shape == (4,)


@pytest.mark.parametrize("name", ["class_id", "category_id", "categoryId"])
def test_a_column_of_class_numbers_is_told_with_the_option_that_makes_it_the_label(table, name):
    source = table(**{name: lambda i: i % 3})
    assert f"if column {name} holds classes, -o label_column={name} makes it the label" in source.report.notes
    assert table({"label_column": name}, **{name: lambda i: i % 3}).classes == ("0", "1", "2")
    assert not any("holds classes" in note for note in table(user_id=lambda i: 5 * i).report.notes)


def test_labels_of_a_file_go_before_a_column_of_labels_whatever_that_holds(table, tmp_path):
    np.save(tmp_path / "l.npy", np.arange(ROWS) % 4)
    source = table({"labels": str(tmp_path / "l.npy")}, label=lambda i: f"{i / 7}" if i else "")
    assert (source.shape, source.classes, len(source)) == ((2,), ("0", "1", "2", "3"), ROWS)
    assert "column label is left out: option labels goes before it" in source.report.notes
    assert not any("the label is" in note for note in source.report.notes)
