"""How labels are spelled: fractions, what is infinite, what nobody sees, and what is too long to show."""

import json

import numpy as np
import pytest

from multigan.data import open_source
from multigan.data.labels import check_labels
from multigan.data.verdict import class_notes
from multigan.errors import DataError

FILES = tuple(f"{number}.png" for number in range(8))


@pytest.fixture
def labelled(folder, opened, tmp_path):
    """Opens eight pictures with these labels, in a file of this kind."""

    def make(kind, labels):
        pairs = list(zip(FILES, labels, strict=True))
        path = tmp_path / f"l.{kind}"
        if kind == "npy":
            np.save(path, np.array(labels))
        elif kind == "csv":
            path.write_text("file,label\n" + "".join(f"{file},{label}\n" for file, label in pairs), "utf-8")
        elif kind == "txt":
            path.write_text("".join(f"{label}\n" for label in labels), "utf-8")
        else:
            path.write_text(json.dumps({"labels": pairs}), "utf-8")
        return opened(folder(*FILES), labels=str(path))

    return make


@pytest.mark.parametrize("kind", ["csv", "txt", "npy", "json"])
def test_grades_are_the_same_classes_in_every_kind_of_file(labelled, kind):
    assert labelled(kind, [0.5, 1.0, 1.5, 10.5] * 2).classes == ("0.5", "1", "1.5", "10.5")


def test_fractions_of_an_array_of_few_bits_are_called_as_they_were_written():
    labels, classes = check_labels(np.array([0.1, 0.7, 2, 0.1] * 3, np.float32), 12, (), "x")
    assert (classes, labels[:4].tolist()) == (("0.1", "0.7", "2"), [0, 1, 2, 0])


@pytest.mark.parametrize("kind", ["csv", "txt", "npy", "json"])
def test_what_is_infinite_is_no_class_beside_numbers(labelled, kind):
    infinite = float("inf") if kind in ("npy", "json") else "Infinity"
    with pytest.raises(DataError, match=r"1 of 8 labels is infinite beside numbers, first that of 3\.png"):
        labelled(kind, [1, 2, 1, infinite, 1, 2, 1, 2])


def test_a_class_may_be_called_infinity_beside_other_names(labelled):
    assert labelled("csv", ["Infinity", "Up"] * 4).classes == ("Infinity", "Up")


@pytest.mark.parametrize("kind", ["csv", "txt", "npy", "json"])
def test_invisible_characters_are_no_part_of_a_label_and_told(labelled, kind):
    source = labelled(kind, ["cat", "cat\u200b", "\ufeffdog", "dog"] * 2)
    assert source.classes == ("cat", "dog")
    assert "invisible characters left out of 4 labels (first U+200B in cat)" in source.report.notes


def test_invisible_characters_of_a_table_and_of_an_archive_of_points_are_told(tmp_path):
    rows = [f"{i},{i * i},{'ab'[i % 2]}{'' if i else chr(0x200B)}" for i in range(8)]
    (tmp_path / "p.csv").write_text("x,y,label\n" + "\n".join(rows), "utf-8")
    points = np.arange(16.0).reshape(8, 2) ** 2
    np.savez(tmp_path / "p.npz", points=points, labels=np.array(["a\u200b", *"bababab"]))
    for name in ("p.csv", "p.npz"):
        source = open_source(str(tmp_path / name), "points", {}, {})
        assert source.classes == ("a", "b")
        assert "invisible characters left out of 1 label (first U+200B in a)" in source.report.notes


def test_a_label_of_nothing_visible_is_missing(labelled):
    with pytest.raises(DataError, match=r"no label for 1 sample \(1\.png in line 3\)"):
        labelled("csv", ["a", "\u200b", *"bababa"])


def test_folders_that_differ_in_what_nobody_sees_are_told():
    told = class_notes(np.array([0, 1]), ("cat", "cat\u200b"), "images")
    assert any(note.startswith("classes that are written almost alike: cat and") for note in told)


def test_a_long_name_is_shown_by_its_beginning(labelled):
    source = labelled("csv", ["x" * 5000, "X" * 5000] * 4)
    assert max(map(len, source.classes)) == 5000
    told = f"classes that are written almost alike: {'X' * 40}... (5,000 characters) and xx"
    assert any(note.startswith(told) and len(note) < 300 for note in source.report.notes)
    with pytest.raises(DataError) as caught:
        check_labels(np.array(["y" * 5000]), 1, ("z" * 5000,), "x")
    assert len(str(caught.value)) < 300


def test_one_sample_is_no_samples():
    with pytest.raises(DataError, match="x: 1 label for 2 samples; give one a sample"):
        check_labels(np.array([1]), 2, (), "x")


def test_numbers_of_json_are_numbers_however_they_are_written(folder, opened, tmp_path):
    numbers = ["10", "1e1", "10.0", "2", "2e0", "1E1", "2", "10"]
    entries = ", ".join(f'["{file}", {number}]' for file, number in zip(FILES, numbers, strict=True))
    (tmp_path / "l.json").write_text(f'{{"labels": [{entries}]}}')
    source = opened(folder(*FILES), labels=str(tmp_path / "l.json"))
    assert (source.classes, source.labels.tolist()) == (("2", "10"), [1, 1, 1, 0, 0, 1, 0, 1])


def test_an_infinite_label_of_a_table_is_named_by_its_line(tmp_path):
    rows = [f"{i},{i * i},{'inf' if i == 5 else i % 2}" for i in range(9)]
    (tmp_path / "p.csv").write_text("\n".join(["x,y,label", *rows]))
    with pytest.raises(DataError, match="1 of 9 labels is infinite beside numbers, first that of line 7;"):
        open_source(str(tmp_path / "p.csv"), "points", {}, {})


def test_an_empty_file_has_no_label(labelled, folder, opened, tmp_path):
    (tmp_path / "e.txt").write_text("\n")
    with pytest.raises(DataError, match="0 labels for 8 samples"):
        opened(folder(*FILES), labels=str(tmp_path / "e.txt"))
