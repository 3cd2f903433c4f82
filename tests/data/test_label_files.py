"""Files of labels that people get wrong: a folder, a heading, a name twice, another mark, another encoding."""

import json

import numpy as np
import pytest

from multigan.data import open_source
from multigan.errors import DataError

FILES = tuple(f"{number}.png" for number in range(6))


@pytest.fixture
def labelled(folder, opened, tmp_path):
    """Opens six pictures with a file of labels of this content."""

    def make(content, name="l.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return opened(folder(*FILES), labels=str(path))

    return make


def named(source):
    return [source.classes[label] for label in source.labels]


@pytest.mark.parametrize("what", ["labels", "conditions"])
def test_a_folder_is_no_file_of_labels(folder, opened, what):
    place = folder(*FILES)
    with pytest.raises(DataError, match=rf"\(option {what}\): a folder; give a file that ends in \.csv") as caught:
        opened(place, **{what: str(place)})
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize(("heading", "labels"), [("label", "ababab"), ("Classes", "ababab"), ("species", "010101")])
def test_a_heading_above_a_list_is_no_label(labelled, heading, labels):
    source = labelled("\n".join([heading, *labels]))
    assert named(source) == list(labels)
    assert f"line 1 ({heading}) is a heading: left out" in source.report.notes


@pytest.mark.parametrize(("heading", "labels"), [("label", "ababa"), ("class", "ababa"), ("species", "01010")])
def test_a_heading_never_shifts_the_labels_by_one(labelled, heading, labels):
    told = rf"line 1 \({heading}\) looks like a heading, and then there are 5 labels for 6 samples; add the one"
    with pytest.raises(DataError, match=told):
        labelled("\n".join([heading, *labels]))


def test_a_class_that_is_called_like_a_heading_is_one(labelled):
    assert labelled("label\na\nlabel\na\na\nlabel\n").classes == ("a", "label")


def test_an_empty_line_below_a_heading_is_named_by_its_line(labelled):
    with pytest.raises(DataError, match=r"no label for 1 sample \(1\.png in line 3\)"):
        labelled("label\na\n\na\nb\na\nb\n")


def test_an_empty_line_in_a_list_of_names_counts(labelled):
    with pytest.raises(DataError, match=r"line 4: 0\.png is in line 1 already, with label a there and b here"):
        labelled("0.png,a\n1.png,b\n\n0.png,b\n2.png,a\n3.png,b\n4.png,a\n5.png,b\n")


@pytest.mark.parametrize("again", ["a", "b"])
def test_a_json_object_that_names_a_file_twice_loses_nothing(labelled, again):
    pairs = [*((file, "ab"[i % 2]) for i, file in enumerate(FILES)), (FILES[0], again)]
    content = '{"labels": {' + ", ".join(f'"{file}": "{label}"' for file, label in pairs) + "}}"
    if again == "a":
        assert "rows that say again what another does: 1" in labelled(content, "l.json").report.notes
        return
    with pytest.raises(DataError, match=r"entry 7: 0\.png is in entry 1 already, with label a there and b here"):
        labelled(content, "l.json")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"labels": [], "labels": []}', 'it says "labels" twice; leave one of them'),
        ('{"labels": 3}', 'its "labels" are no list; give'),
        ("[" * 100_000, "lists or objects lie too deep in each other"),
        ('{"labels": [\n["0.png" 1]]}', "line 2, column 10: expecting ',' delimiter"),
        (b'{"labels": "\xe9"}', "byte 0xe9 after 12 others is not UTF-8"),
    ],
)
def test_damaged_json_is_told_in_plain_words(labelled, content, told):
    with pytest.raises(DataError) as caught:
        labelled(content, "l.json")
    assert told in str(caught.value)


@pytest.mark.parametrize("name", ["l.csv", "l.txt"])
def test_vertical_bars_part_columns_as_well(labelled, name):
    assert named(labelled("".join(f"{file}|{'ab'[i % 2]}\n" for i, file in enumerate(FILES)), name)) == list("ababab")


@pytest.mark.parametrize(("mark", "called"), [(",", "commas"), (";", "semicolons"), ("|", "vertical bars")])
def test_a_tsv_without_tabs_is_told_what_it_has(labelled, tmp_path, mark, called):
    told = f"a .tsv has tabs between its columns, and its first row has none, but {called}; call it .csv"
    with pytest.raises(DataError) as caught:
        labelled("".join(f"{file}{mark}a\n" for file in FILES), "l.tsv")
    assert told in str(caught.value)
    (tmp_path / "p.tsv").write_text("".join(f"{i}{mark}{i * i}\n" for i in range(9)))
    with pytest.raises(DataError) as caught:
        open_source(str(tmp_path / "p.tsv"), "points", {}, {})
    assert told in str(caught.value)


NO_UTF8 = r"cannot be read as (text|a table) \(line 2 is not UTF-8 \(byte 0xe9\)\); save it as UTF-8"


@pytest.mark.parametrize("name", ["l.csv", "l.txt"])
def test_another_encoding_is_told_by_line_and_without_pythons_words(labelled, name):
    rows = [f"{file},{letter}\n" for file, letter in zip(FILES, "a\u00e9" * 3, strict=True)]
    with pytest.raises(DataError, match=NO_UTF8):
        labelled("".join(rows).encode("latin-1"), name)


def test_another_encoding_of_points_is_told_by_line(tmp_path):
    (tmp_path / "p.csv").write_bytes("x,y,label\n1,2,\u00e9\n".encode("latin-1"))
    with pytest.raises(DataError, match=NO_UTF8):
        open_source(str(tmp_path / "p.csv"), "points", {}, {})


def test_a_quotation_mark_that_swallows_a_file_is_told(labelled):
    with pytest.raises(DataError, match="a cell of more than 131,072 characters, as of a quotation mark that is never"):
        labelled('0.png,"' + "a" * 140_000, "l.csv")


def test_a_long_label_is_shown_by_its_beginning(labelled):
    with pytest.raises(DataError) as caught:
        labelled(json.dumps({"labels": [["0.png", "x" * 5000], ["0.png", "y" * 5000]]}), "l.json")
    assert len(str(caught.value)) < 400


def test_labels_of_an_array_in_order_are_counted_as_numpy_does(tmp_path):
    np.savez(tmp_path / "p.npz", points=np.arange(12.0).reshape(6, 2), labels=[0, 1, 0, np.nan, 1, 0])
    with pytest.raises(DataError, match=r"1 of 6 labels is missing \(empty or nan\), first that of labels\[3\]"):
        open_source(str(tmp_path / "p.npz"), "points", {}, {})
