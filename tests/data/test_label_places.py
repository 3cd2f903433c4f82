"""Where labels come from, as notes say it; and what is said of names that do not tell which file is meant."""

import json
import zipfile

import numpy as np
import pytest

from multigan.errors import DataError

FILES = tuple(f"{number}.png" for number in range(6))
PAIRS = [[file, "pq"[number % 2]] for number, file in enumerate(FILES)]
TABLE = "".join(f"{file},{label}\n" for file, label in PAIRS)


def origins(source):
    words = ("left out", "the labels are", "the conditions are", "not read")
    return [note for note in source.report.notes if any(word in note for word in words)]


@pytest.fixture
def packed(folder, tmp_path, opened):
    """Opens six pictures and further files, from a folder or a zip file."""

    def make(kind, further, **options):
        place = folder(*FILES)
        for name, content in further.items():
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_text(content)
        if kind == "zip":
            with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
                for path in sorted(place.rglob("*.*")):
                    archive.write(path, path.relative_to(place).as_posix())
            place = tmp_path / "p.zip"
        return opened(place, **options)

    return make


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_dataset_json_is_noted_once_and_other_files_still_are(packed, kind):
    described = json.dumps({"labels": PAIRS})
    assert origins(packed(kind, {"dataset.json": described})) == ["the labels are from dataset.json"]
    assert origins(packed(kind, {"dataset.json": described, "x/dataset.json": "", "a.json": ""})) == [
        "2 other files (2 .json) left out: not images by name",
        "the labels are from dataset.json",
    ]


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize("name", ["mine.json", "mine.csv"])
def test_a_file_of_labels_is_noted_by_its_name_and_the_dataset_json_as_left_out(packed, tmp_path, kind, name):
    (tmp_path / name).write_text(json.dumps({"labels": PAIRS}) if name.endswith("json") else TABLE)
    numbers = json.dumps({"labels": [[file, 7] for file in FILES]})
    source = packed(kind, {"dataset.json": numbers}, labels=str(tmp_path / name))
    assert source.classes == ("p", "q")
    assert origins(source) == ["dataset.json is left out: option labels goes before it", f"the labels are from {name}"]


def test_vectors_of_a_dataset_json_stay_beside_labels_and_give_way_to_conditions(packed, tmp_path):
    vectors = {"dataset.json": json.dumps({"labels": [[file, [1, 2]] for file in FILES]})}
    (tmp_path / "l.csv").write_text(TABLE)
    np.save(tmp_path / "c.npy", np.arange(6))
    both = packed("folder", vectors, labels=str(tmp_path / "l.csv"))
    assert (both.classes, both.condition) == (("p", "q"), 2)
    source = packed("folder", vectors, conditions=str(tmp_path / "c.npy"))
    assert source.condition == 1
    assert origins(source) == [
        "dataset.json is left out: option conditions goes before it",
        "the conditions are from c.npy, 1 numbers each",
    ]


def test_a_file_of_labels_among_the_pictures_is_not_left_out(packed, tmp_path):
    place = tmp_path / "pictures"
    source = packed("folder", {"l.csv": TABLE, "notes.csv": ""}, labels=str(place / "l.csv"))
    assert origins(source) == ["1 other file (1 .csv) left out: not images by name", "the labels are from l.csv"]


def test_a_file_of_labels_among_the_sounds_is_not_left_out(sounds, heard):
    place = sounds("1.wav", "2.wav")
    (place / "l.csv").write_text("1.wav,p\n2.wav,q\n")
    assert origins(heard(place, labels=str(place / "l.csv"), length=160)) == ["the labels are from l.csv"]


def test_a_folder_of_labels_alone_holds_no_images_and_is_not_empty(tmp_path, opened):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "dataset.json").write_text("{}")
    with pytest.raises(DataError, match=r"no images in it, only 1 other file \(1 \.json\)"):
        opened(tmp_path / "d")


@pytest.mark.parametrize(
    ("files", "name", "message"),
    [
        (("1.jpg", "1.png"), "1", r"2 files \(1\.jpg, 1\.png\); write the name .* with its suffix"),
        (("1.PNG", "1.png"), "1.Png", r"2 files \(1\.PNG, 1\.png\); write the name .* to the letter"),
        (("a/1.png", "b/1.png"), "1.png", r"2 files \(a/1\.png, b/1\.png\); write the folder .* before it"),
        (tuple(f"{x}/1.png" for x in "abcd"), "1", r"4 files \(a/1\.png, b/1\.png, c/1\.png, \.\.\.\); write the fold"),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "txt", "json"])
def test_a_name_of_several_files_is_told_with_them_and_how_to_write_it(
    folder, opened, tmp_path, files, name, message, suffix
):
    path = tmp_path / f"l.{suffix}"
    path.write_text(json.dumps({"labels": [[name, "p"]]}) if suffix == "json" else f"{name},p\n")
    with pytest.raises(DataError, match=r"(line 1|entry 1): 1(\.png)? is the name of " + message):
        opened(folder(*files), labels=str(path))


SWAPPED = [(label, file) for file, label in PAIRS]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("l.csv", "label,file\n" + "".join(f"{label},{file}\n" for label, file in SWAPPED)),
        ("l.csv", "".join(f"{label},{file[0]}\n" for label, file in SWAPPED)),
        ("l.csv", "label,file\n" + "".join(f"{number % 2},{file}\n" for number, file in enumerate(FILES))),
        ("l.tsv", "".join(f"{label}\t{file}\n" for label, file in SWAPPED)),
        ("l.txt", "".join(f"{label} {file}\n" for label, file in SWAPPED)),
        ("l.txt", "".join(f"{label},{file}\n" for label, file in SWAPPED)),
        ("l.json", json.dumps({"labels": SWAPPED})),
    ],
)
def test_a_label_before_its_file_is_told(folder, opened, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=r"label are the wrong way round: \d\S* in \w+ \d is a file's name and"):
        opened(folder(*FILES), labels=str(tmp_path / name))


def test_a_name_alone_before_one_of_several_files_is_no_crash(folder, opened, tmp_path):
    (tmp_path / "l.txt").write_text("2.png\n1 p\n1.jpg q\n")
    with pytest.raises(DataError, match=r"line 2: 1 is the name of 2 files"):
        opened(folder("1.jpg", "1.png", "2.png"), labels=str(tmp_path / "l.txt"))


def test_numbers_before_their_file_are_told(folder, opened, tmp_path):
    (tmp_path / "c.csv").write_text("x,file\n" + "".join(f"{n / 2},{file}\n" for n, file in enumerate(FILES)))
    with pytest.raises(DataError, match=r"'0\.png' stands where a number should; give the file's name first"):
        opened(folder(*FILES), conditions=str(tmp_path / "c.csv"))


def test_labels_that_are_numbers_of_files_are_not_taken_for_names(folder, opened, tmp_path):
    (tmp_path / "l.txt").write_text("".join(f"class {number}\n" for number in (0, 1, 2, 0, 1, 2)))
    assert opened(folder(*FILES), labels=str(tmp_path / "l.txt")).classes == ("class 0", "class 1", "class 2")
    (tmp_path / "l.csv").write_text("".join(f"img{number},{number % 3}\n" for number in range(6)))
    with pytest.raises(DataError, match="none of its 5 names is of a file"):
        opened(folder(*FILES), labels=str(tmp_path / "l.csv"))
