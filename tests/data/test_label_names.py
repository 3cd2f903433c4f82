"""How a file of labels may write the names of files, and what is said when it names none."""

import io
import json
import re
import zipfile

import numpy as np
import pytest

from multigan.data import open_source
from multigan.errors import DataError

NAMES = ("a/1.png", "a/2.png", "b/x3.png")
KINDS = ("p", "q", "p")
PAIRS = tuple(zip(NAMES, KINDS, strict=True))


@pytest.fixture
def place(folder):
    return folder(*NAMES)


@pytest.fixture
def labelled(place, opened, tmp_path):
    """Opens the pictures with a file of labels: `labelled(text, "l.csv")`."""

    def make(content, name="l.csv", **options):
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return opened(place, labels=str(tmp_path / name), **options)

    return make


def kinds(source):
    return tuple(source.classes[label] for label in source.labels)


def rows(names, mark=","):
    return "".join(f"{name}{mark}{kind}\n" for name, kind in zip(names, KINDS, strict=True))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (NAMES, ""),
        (("1.png", "2.png", "x3.png"), ""),
        (("./a/1.png", "a\\2.png", "b/x3.png"), ""),
        (("/home/me/pictures/a/1.png", "/home/me/pictures/a/2.png", "/home/me/pictures/b/x3.png"), "3 without folders"),
        (("C:\\me\\a\\1.png", "C:\\me\\a\\2.png", "b\\x3.png"), "2 without folders"),
        (("pictures/a/1.png", "pictures/a/2.png", "pictures/b/x3.png"), "3 without folders"),
        (("/a/1.png", "/a/2.png", "/b/x3.png"), "3 without folders"),
        (("a/1", "2", "b/x3"), "3 without suffix"),
        (("a/1.jpg", "2.tif", "x3.jpeg"), "3 without suffix"),
        (("A/1.PNG", "a/2.png", "B/X3.png"), "2 in another case"),
        (("/me/A/1", "a/2.png", "X3"), "1 without folders, in another case, without suffix"),
    ],
)
def test_names_are_matched_where_one_file_only_is_meant(labelled, names, told):
    source = labelled(rows(names))
    assert kinds(source) == KINDS
    loose = [note for note in source.report.notes if "matched loosely" in note]
    assert bool(loose) == bool(told)
    assert told in "".join(loose)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            rows(("c1.png", "c2.png", "c3.png")),
            r"none of its 3 names is of a file in .*: it says c1\.png in line 1, and ",
        ),
        (rows(("c1.png", "c2.png", "c3.png")), r"a file there is called a/1\.png; write each name as it is below"),
        (rows(("1", "2", "3")) + "9,p\n8,p\n", r"3 of its names are not of a file in .*: it says 3 in line 3"),
        ("c/1.png,p\na/2.png,q\nb/x3.png,p\n", r"1 row \(c/1\.png in line 1\) for no sample of .*; delete them"),
    ],
)
def test_names_that_are_no_files_are_told_beside_one_that_is(labelled, text, message):
    with pytest.raises(DataError, match=message):
        labelled(text)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("a/1.png", "b/1.png", "c.png"), r"line 1: 1 is the name of 2 files \(a/1\.png, b/1\.png\); write the folder"),
        (("1.png", "1.jpg", "c.png"), r"line 1: 1 is the name of 2 files"),
        (("1.PNG", "1.png", "c.png"), r"line 1: 1 is the name of 2 files"),
    ],
)
def test_what_may_mean_two_files_is_never_guessed(folder, opened, tmp_path, names, message):
    (tmp_path / "l.csv").write_text("1,p\n")
    with pytest.raises(DataError, match=message):
        opened(folder(*names), labels=str(tmp_path / "l.csv"))


def test_two_rows_that_become_one_file_are_told_with_both_labels(folder, opened, tmp_path):
    place = folder("1.png", "2.png")
    (tmp_path / "l.csv").write_text("a/1.png,p\nb/1.png,q\n2.png,p\n")
    with pytest.raises(DataError, match=r"line 2: b/1\.png is in line 1 already, with label p there and q here"):
        opened(place, labels=str(tmp_path / "l.csv"))


def test_a_row_that_says_the_same_again_does_no_harm_and_is_told(labelled):
    source = labelled(rows(NAMES) + "a/1.png,p\n")
    assert kinds(source) == KINDS
    assert "rows that say again what another does: 1" in source.report.notes


@pytest.mark.parametrize("name", ["l.csv", "l.tsv", "l.txt"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("head", ["", "file{}label\r\n"])
def test_tables_of_every_mark_and_of_excels_encodings(labelled, name, encoding, head):
    for mark in ("\t",) if name == "l.tsv" else (",", ";", "\t"):
        if name == "l.txt" and head:
            continue
        text = head.format(mark) + rows([f'"{n}"' for n in NAMES], mark).replace("\n", "\r\n")
        assert kinds(labelled(text.encode(encoding), name)) == KINDS


@pytest.mark.parametrize(
    "head", [",file,label", '"","file","label"', "file,label", "Unnamed: 0,file,label", "index,f,l"]
)
def test_a_column_that_numbers_the_rows_as_pandas_and_r_write_it_is_left_out(labelled, head):
    source = labelled(head + "\n" + "".join(f"{i + 1},{name},{kind}\n" for i, (name, kind) in enumerate(PAIRS)))
    assert kinds(source) == KINDS
    assert "its first column numbers the rows: left out" in source.report.notes


def test_latin_1_is_told(labelled):
    with pytest.raises(DataError, match=r"cannot be read as a table .*save it as UTF-8 text"):
        labelled(rows(NAMES).replace("p", "\u00e9").encode("latin-1"))


@pytest.mark.parametrize(
    "text", ["a/1.png p\na/2.png q\nb/x3.png p\n", "1.png\tp\n2.png\tq\nx3.png\tp", "a/1 p\na/2 q\nb/x3 p"]
)
def test_a_list_of_names_and_labels_is_no_list_of_labels(labelled, text):
    source = labelled(text, "l.txt")
    assert (kinds(source), source.classes) == (KINDS, ("p", "q"))


@pytest.mark.parametrize("name", ["l.csv", "l.txt", "l.npy"])
def test_blanks_around_a_label_are_no_part_of_it(labelled, name):
    texts = ("cat ", " cat", "cat\t")
    content = {
        "l.csv": "".join(f"{file},{text}\n" for file, text in zip(NAMES, texts, strict=True)).encode(),
        "l.txt": "\r\n".join(texts).encode(),
        "l.npy": _saved(np.array(texts)),
    }[name]
    assert labelled(content, name).classes == ("cat",)


def test_an_empty_line_among_labels_is_told(labelled):
    with pytest.raises(DataError, match=r"l\.txt: no label for 1 sample \(a/2\.png in line 2\)"):
        labelled("p\n\nq\n", "l.txt")


def test_conditions_are_matched_by_the_same_rules(place, opened, tmp_path):
    (tmp_path / "c.csv").write_text("".join(f"/me/pictures/{name},{i},0.5\n" for i, name in enumerate(NAMES)))
    source = opened(place, conditions=str(tmp_path / "c.csv"))
    assert source.conditions.tolist() == [[0, 0.5], [1, 0.5], [2, 0.5]]


def _saved(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


STYLEGAN = ("00000/img00000000.png", "00000/img00000001.png", "00001/img00001000.png")


@pytest.fixture(params=["folder", "zip", "zip with a folder", "option"])
def stylegan(request, folder, opened, tmp_path):
    """Opens pictures as StyleGAN's dataset tool writes them, with this dataset.json."""

    def make(described):
        place = folder(*STYLEGAN)
        content = described if isinstance(described, bytes) else json.dumps(described).encode()
        if request.param == "option":
            (tmp_path / "d.json").write_bytes(content)
            return opened(place, labels=str(tmp_path / "d.json"))
        (place / "dataset.json").write_bytes(content)
        if request.param == "folder":
            return opened(place)
        with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
            for path in sorted(place.rglob("*.*")):
                top = place.parent if "with" in request.param else place
                archive.write(path, path.relative_to(top).as_posix())
        return opened(tmp_path / "d.zip")

    make.kind = request.param
    return make


def test_stylegans_numbers_are_classes(stylegan):
    source = stylegan({"labels": [[name, label] for name, label in zip(STYLEGAN, (6, 0, 6), strict=True)]})
    assert (source.classes, kinds(source)) == (("0", "6"), ("6", "0", "6"))
    assert any(note.startswith("the labels are from d") for note in source.report.notes)


def test_stylegans_vectors_are_conditions(stylegan):
    vectors = [[1.0, 0.5], [0.0, 0.25], [2, 0]]
    source = stylegan({"labels": [[name, vector] for name, vector in zip(STYLEGAN, vectors, strict=True)]})
    np.testing.assert_array_equal(source.conditions, np.array(vectors, np.float32))


def test_without_labels_stylegans_folders_are_no_classes(stylegan):
    if stylegan.kind == "option":
        with pytest.raises(DataError, match=r"d\.json: no labels in it"):
            stylegan({"labels": None})
        return
    source = stylegan({"labels": None})
    assert (source.classes, source.labels) == ((), None)
    assert "dataset.json has no labels: no classes" in source.report.notes


@pytest.mark.parametrize(
    ("described", "message"),
    [
        (b"{", "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        ({"labels": [["00000/img00000000.png"]]}, 'entry 1 of "labels" is no pair'),
        ({"labels": [[STYLEGAN[0], {}]]}, r"the label of 00000/img00000000\.png is \{\}; give a number"),
        (
            {"labels": [[STYLEGAN[0], [1]], [STYLEGAN[1], 2], [STYLEGAN[2], 3]]},
            "some labels are lists and some are not",
        ),
        ({"labels": [[STYLEGAN[0], 1]]}, r"no label for 2 samples \(00000/img00000001\.png, 00001/img00001000\.png\)"),
        ({"labels": [["c.png", 1]]}, "none of its 1 names is of a file in"),
    ],
)
def test_a_damaged_dataset_json_is_told(stylegan, described, message):
    shown = message if stylegan.kind != "zip with a folder" else message.replace("00", r"(pictures/)?00", 0)
    with pytest.raises(
        DataError, match=shown.replace(r"\(00000", r"\((pictures/)?00000").replace(", 00001", ", .*00001")
    ):
        stylegan(described)


def test_a_dataset_json_of_something_else_is_left_alone_and_told(folder, opened):
    place = folder("cat/1.png", "dog/2.png", **{"dataset.json": b'{"name": "pets"}'})
    source = opened(place)
    assert source.classes == ("cat", "dog")
    assert 'dataset.json has no "labels": not read' in source.report.notes


def test_labels_of_files_that_are_not_there_are_counted(folder, opened):
    entries = [[f"00000/img{number:08}.png", number % 2] for number in range(9)]
    place = folder("00000/img00000003.png", "00000/img00000004.png")
    (place / "dataset.json").write_text(json.dumps({"labels": entries}))
    source = opened(place)
    assert kinds(source) == ("1", "0")
    assert any(re.match(r"labels of files that are not there: 7 \(first ", note) for note in source.report.notes)


def test_a_list_of_names_keeps_labels_and_names_with_blanks(tmp_path):
    from PIL import Image

    (tmp_path / "pics").mkdir()
    for value, name in enumerate(("img1.png", "my cat.png", "img10.png")):
        Image.new("RGB", (8, 8), (value * 50, 10, 90)).save(tmp_path / "pics" / name)
    (tmp_path / "labels.txt").write_text("img1.png black bear\nimg10.png polar bear\nmy cat.png cat\n")
    source = open_source(str(tmp_path / "pics"), "images", {"labels": str(tmp_path / "labels.txt")}, {})
    assert source.classes == ("black bear", "cat", "polar bear")


def test_one_unknown_name_in_a_list_is_named_and_makes_no_classes_of_lines(tmp_path):
    from PIL import Image

    (tmp_path / "pics").mkdir()
    for value in range(3):
        Image.new("RGB", (8, 8), (value * 50, 10, 90)).save(tmp_path / "pics" / f"img{value}.png")
    (tmp_path / "labels.txt").write_text("img0.png a\nimg1.png b\nimgX.png a\n")
    with pytest.raises(DataError, match=r"imgX\.png"):
        open_source(str(tmp_path / "pics"), "images", {"labels": str(tmp_path / "labels.txt")}, {})
