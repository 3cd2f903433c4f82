"""Classes are the labels that occur, however they are given; what has no sample is left out and told."""

import json
import struct

import numpy as np
import pytest

from multigan.data import open_source
from multigan.data.labels import check_labels, with_classes_of
from multigan.data.verdict import class_notes
from multigan.errors import DataError, UsageError
from multigan.fields.labels import parse
from multigan.recipe import DataInfo, DataSource

GIVEN = [1, 5, 2, 5, 1, 2]


def named(source):
    return [source.classes[label] for label in source.labels]


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([1, 5, 2, 5], ("1", "2", "5")),
        ([0, 1, 2, 1], ("0", "1", "2")),
        ([1.0, 10.0, 2.0, 2.0], ("1", "2", "10")),
        ([-1, 1, 1, -1], ("-1", "1")),
        ([94110, 10115, 94110, 2], ("2", "10115", "94110")),
        ([2024, 1999, 2024, 1999], ("1999", "2024")),
        ([True, False, True, True], ("0", "1")),
        ([3, 3, 3, 3], ("3",)),
        (["b ", "a", "b", " a"], ("a", "b")),
        ([b"b", "\u00e9".encode(), b"b", b"b"], ("b", "\u00e9")),
        (np.array([250, 3, 3, 250], ">u1"), ("3", "250")),
        ([2**53, 2**53 + 1, 2**53, 2**53], ("9007199254740992", "9007199254740993")),
    ],
)
def test_numbers_and_texts_that_occur_are_the_classes(labels, classes):
    found, names = check_labels(np.array(labels), 4, (), "x")
    assert (names, found.dtype) == (classes, np.int32)
    assert sorted(set(found.tolist())) == list(range(len(classes)))


@pytest.mark.parametrize(
    ("texts", "classes"),
    [
        (["10", "2", "1", " 2"], "1 2 10"),
        (["1.0", "2.0", "10.", "2.0"], "1 2 10"),
        (["0.000e+00", "1.000e+00", "2e+00", "1.000e+00"], "0 1 2"),
        (["-1", "+1", "-1", "+1"], "-1 1"),
        (["9007199254740993", "9007199254740992", "1", "1"], "1 9007199254740992 9007199254740993"),
        (["9" * 30, "1", "1", "10"], "1 10 " + "9" * 30),
        (["10", "1e1", "2", "2"], "2 10 1e1"),
        (["1E5", "1e5", "100000", "2"], "2 100000 1E5 1e5"),
        (["1E5", "1E6", "2E5", "1E5"], "1E5 2E5 1E6"),
        (["1e999", "1", "2", "2"], "1 2 1e999"),
        (["00", "0", "1", "1"], "0 00 1"),
        (["00", "01", "02", "01"], "00 01 02"),
        (["01067", "94110", "01067", "94110"], "01067 94110"),
        (["1", "1.0", "2", "2"], "1 1.0 2"),
        (["1_0", "1", "1", "2"], "1 1_0 2"),
        (["b10", "b2", "b2", "b2"], "b10 b2"),
    ],
)
@pytest.mark.parametrize("way", ["array", "l.csv", "l.txt", "l.json", "p.csv"])
def test_no_two_spellings_become_one_class_whatever_way_they_come(texts, classes, way, tmp_path, folder, opened):
    if way == "array":
        assert check_labels(np.array(texts), 4, (), "x")[1] == tuple(classes.split())
        return
    files = [f"{i}.png" for i in range(4)]
    rows = list(zip(files, texts, strict=True))
    if way == "p.csv":
        (tmp_path / way).write_text("x,y,label\n" + "".join(f"{i},{i * i},{text}\n" for i, text in enumerate(texts)))
        source = open_source(str(tmp_path / way), "points", {}, {})
    else:
        content = {
            "l.csv": "file,label\n" + "".join(f"{file},{text}\n" for file, text in rows),
            "l.txt": "".join(f"{text}\n" for text in texts),
            "l.json": json.dumps({"labels": rows}),
        }[way]
        (tmp_path / way).write_text(content)
        source = opened(folder(*files), labels=str(tmp_path / way))
    assert source.classes == tuple(classes.split())


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["10", "1e1", "2", "2"], "classes that are one number, kept apart as they are written: 10 and 1e1"),
        (["00", "0", "1", "1.0"], "classes that are one number, kept apart as they are written: 0 and 00; 1 and 1.0"),
    ],
)
def test_spellings_of_one_number_are_told(texts, told):
    labels, classes = check_labels(np.array(texts), 4, (), "x")
    assert told in class_notes(labels, classes, "points")


def test_a_number_never_means_a_class_by_its_place_where_classes_are_numbers():
    data = DataInfo(name="x", shape=(2,), classes=("0.5", "1.5", "1e1"))
    with pytest.raises(UsageError, match="--label 2: no such class"):
        parse(["2"], data.fields["label"])


@pytest.fixture
def every_way(tmp_path, folder, opened, heard, tone):
    """Sources whose samples have the labels `GIVEN`, given in every way there is."""

    def points(text, name, **options):
        (tmp_path / name).write_text(text)
        return open_source(str(tmp_path / name), "points", options, {})

    def make():
        rows = [f"{i},{i * i / 7},{label}" for i, label in enumerate(GIVEN)]
        yield points("x,y,label\n" + "\n".join(rows), "p.csv")
        yield points("x,y,label\n" + "\n".join(rows), "q.csv", columns="x,y")
        values = np.arange(12.0).reshape(6, 2) ** 1.5
        np.savez(tmp_path / "p.npz", points=values, y=np.array(GIVEN, float))
        yield open_source(str(tmp_path / "p.npz"), "points", {}, {})
        pictures = np.arange(6 * 64, dtype=np.uint8).reshape(6, 8, 8)
        np.savez(tmp_path / "i.npz", images=pictures, labels=GIVEN)
        yield opened(tmp_path / "i.npz")
        idx = tmp_path / "idx"
        idx.mkdir()
        header = bytes([0, 0, 8, 3]) + struct.pack(">3I", 6, 8, 8)
        (idx / "train-images-idx3-ubyte").write_bytes(header + pictures.tobytes())
        header = bytes([0, 0, 8, 1]) + struct.pack(">I", 6)
        (idx / "train-labels-idx1-ubyte").write_bytes(header + bytes(GIVEN))
        yield opened(idx)
        place = folder(*[f"{i}.png" for i in range(6)])
        (tmp_path / "l.csv").write_text("".join(f"{i}.png,{label}\n" for i, label in enumerate(GIVEN)))
        (tmp_path / "l.txt").write_text("".join(f"{label}\n" for label in GIVEN))
        np.save(tmp_path / "l.npy", GIVEN)
        for name in ("l.csv", "l.txt", "l.npy"):
            yield opened(place, labels=str(tmp_path / name))
        sounds = np.stack([tone(0.01, frequency=300.0 + 100 * i)[:, 0] for i in range(6)])
        np.savez(tmp_path / "s.npz", sounds=sounds, sample_rate=16_000, labels=GIVEN)
        yield heard(tmp_path / "s.npz", length=160)

    return make


def test_labels_with_gaps_make_no_empty_classes_whatever_way_they_come(every_way):
    for source in every_way():
        assert source.classes == ("1", "2", "5"), source.name
        assert named(source) == [str(label) for label in GIVEN], source.name
        assert [int(source[i]["label"]) for i in range(6)] == [0, 2, 1, 2, 0, 1]


def few():
    return np.arange(8.0).reshape(4, 2) ** 2, np.array([0, 2, 2, 0]), ("red", "green", "blue")


def texts():
    return np.arange(8.0).reshape(4, 2) ** 2, np.array(["blue", "red", "red", "blue"]), ("red", "green", "blue")


@pytest.mark.parametrize("load", ["few", "texts"])
def test_a_class_that_a_data_set_names_and_never_uses_is_left_out_and_told(load):
    data = DataSource(name="d", summary="", modality="points", load=f"{__name__}:{load}")
    source = open_source("d", "points", {}, {"d": data})
    assert (source.classes, set(named(source))) == (("red", "blue"), {"red", "blue"})
    assert "1 class without points: left out (green)" in source.report.notes
    assert "2 classes of 2 points" in source.report.notes


def test_a_label_that_is_none_of_a_data_sets_classes_is_told():
    with pytest.raises(DataError, match=r"label blue is none of the classes \(red, green\)"):
        check_labels(np.array(["red", "blue"]), 2, ("red", "green"), "x")


def test_a_class_whose_rows_are_all_bad_is_left_out_and_changes_the_fingerprint(tmp_path):
    rows = "x,y,kind\n1,2,a\n3,4,b\n5,7,b\n{},3,c\n"

    def read(value):
        (tmp_path / "t.csv").write_text(rows.format(value))
        return open_source(str(tmp_path / "t.csv"), "points", {"skip_bad": 0.5}, {})

    bad, good = read("nan"), read("9")
    assert (bad.classes, good.classes) == (("a", "b"), ("a", "b", "c"))
    assert "1 class without points: left out (c)" in bad.report.notes
    assert bad.fingerprint != good.fingerprint


def test_classes_that_differ_in_case_or_blanks_alone_are_told(tmp_path):
    (tmp_path / "t.csv").write_text("x,y,kind\n1,2,cat\n3,4,Cat\n5,7,dog\n5,8,cat \n5,9,dog\n")
    source = open_source(str(tmp_path / "t.csv"), "points", {}, {})
    assert source.classes == ("Cat", "cat", "dog")
    assert "classes that are written almost alike: Cat and cat" in source.report.notes


def test_a_numbered_class_is_asked_for_by_its_name_and_never_by_its_place():
    data = DataInfo(name="x", shape=(2,), classes=("1", "2", "5"))
    assert parse(["5", "1"], data.fields["label"]).values.tolist() == [0, 2]
    with pytest.raises(UsageError, match=r"--label 0: no such class \(classes: 1, 2, 5\)"):
        parse(["0"], data.fields["label"])


def test_a_part_of_the_data_that_lacks_a_class_gets_the_numbers_of_the_whole(tmp_path):
    np.savez(tmp_path / "p.npz", points=np.arange(8.0).reshape(4, 2) ** 2, y=[5, 1, 5, 1])
    part = open_source(str(tmp_path / "p.npz"), "points", {}, {})
    whole = with_classes_of(part, ("1", "2", "5"))
    assert (whole.classes, whole.labels.tolist()) == (("1", "2", "5"), [2, 0, 2, 0])
    assert whole.batch(np.arange(4))["label"].tolist() == [2, 0, 2, 0]
    assert part.labels.tolist() == [1, 0, 1, 0]
    assert with_classes_of(part, ("1", "2")) is part
