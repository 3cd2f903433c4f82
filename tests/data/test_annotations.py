"""Labels and conditions from files of their own."""

import numpy as np
import pytest

from multigan.data import describe_source
from multigan.errors import DataError, UsageError

NAMES = ("a/1.png", "a/2.png", "a/10.png", "b/1.png")


@pytest.fixture
def place(folder):
    return folder(*NAMES)


@pytest.fixture
def write(tmp_path):
    """Writes a file beside the data, of text or an array, and returns its path."""

    def save(name, content):
        if isinstance(content, str):
            (tmp_path / name).write_text(content, encoding="utf-8")
        else:
            np.save(tmp_path / name, content)
        return tmp_path / name

    return save


def classes(source):
    return [source.classes[label] for label in source.labels]


@pytest.mark.parametrize(
    "text",
    [
        "b/1.png,boot\na/10.png,bag\na/2.png,bag\na/1.png,boot\n",
        "file,label\n./a/1.png,boot\n2.png,bag\n10.png,bag\nb\\1.png,boot\n",
        "\ufefffile;label\r\na/1.png;boot\r\na/2.png;bag\r\n\r\na/10.png;bag\r\nb/1.png;boot\r\n",
    ],
)
def test_a_csv_labels_files_by_path_or_by_name_in_place_of_the_folders(place, opened, write, text):
    source = opened(place, labels=str(write("labels.csv", text)))
    assert classes(source) == ["boot", "bag", "bag", "boot"]
    assert "the labels are from labels.csv" in source.report.notes


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("l.npy", np.array([1, 0, 2, 0]), ["1", "0", "2", "0"]),
        ("l.npy", np.array(["x", "y", "x", "x"]), ["x", "y", "x", "x"]),
        ("l.txt", "cat\ndog\ncat\ncat\n", ["cat", "dog", "cat", "cat"]),
        ("l.txt", "2\n0\n10\n2", ["2", "0", "10", "2"]),
    ],
)
def test_labels_in_order_are_in_the_natural_order_of_the_paths(place, opened, write, name, content, expected):
    assert classes(opened(place, labels=str(write(name, content)))) == expected


def test_conditions_come_with_each_image(place, opened, write):
    by_name = write("c.csv", "file,angle,size\n" + "".join(f"{n},{i},{i / 2}\n" for i, n in enumerate(NAMES)))
    in_order = write("c.npy", np.array([[0, 0], [1, 0.5], [2, 1], [3, 1.5]]))
    sources = [opened(place, conditions=str(path)) for path in (by_name, in_order)]
    for source in sources:
        batch = source.batch(np.array([3, 1]))
        assert list(batch) == ["image", "label", "condition"]
        assert (batch["condition"].tolist(), batch["condition"].dtype) == ([[3, 1.5], [1, 0.5]], np.float32)
        assert (source.condition, describe_source(source).condition) == (2, 2)
    assert sources[0].fingerprint == sources[1].fingerprint
    assert opened(place, conditions=str(write("d.npy", np.arange(4)))).condition == 1


def test_an_array_of_images_takes_both_in_order_and_an_npz_has_conditions(tmp_path, opened, write):
    np.savez(tmp_path / "x.npz", images=np.arange(256, dtype=np.uint8).reshape(4, 8, 8), conditions=np.eye(4))
    source = opened(tmp_path / "x.npz", labels=str(write("l.npy", np.arange(4))))
    assert (classes(source), source.condition) == (list("0123"), 4)


def test_skipped_images_take_their_labels_and_conditions_with_them(folder, opened, write):
    place = folder("1.png", "3.png", **{"2.png": b"", "4.png": b""})
    options = {"labels": write("l.txt", "p\nq\nr\nq"), "conditions": write("c.npy", np.arange(4)), "skip_bad": 0.5}
    source = opened(place, **{key: str(value) for key, value in options.items()})
    assert classes(source) == ["p", "r"]
    assert source.conditions[:, 0].tolist() == [0, 2]


def test_the_fingerprint_covers_labels_and_conditions(place, opened, write):
    def fingerprint(**files):
        return opened(place, **{key: str(write(*value)) for key, value in files.items()}).fingerprint

    found = [
        fingerprint(),
        fingerprint(labels=("l.npy", np.array([0, 1, 1, 0]))),
        fingerprint(labels=("l.npy", np.array([0, 1, 1, 1]))),
        fingerprint(conditions=("c.npy", np.array([0, 1, 1, 0]))),
        fingerprint(conditions=("c.npy", np.array([0, 1, 1, 1]))),
    ]
    assert len(set(found)) == 5


ROWS = "a/1.png,p\na/2.png,p\na/10.png,p\nb/1.png,q\n"


@pytest.mark.parametrize(
    ("option", "name", "content", "message"),
    [
        ("labels", "l.csv", "a/1.png,p\n2.png,q\n", r"no label for 2 samples \(a/10\.png, b/1\.png\)"),
        ("labels", "l.csv", ROWS + "c.png,p\n", r"1 row \(c\.png in line 5\) for no sample"),
        ("labels", "l.csv", ROWS + "a/1.png,q\n", r"line 5: a/1\.png is in line 1 already"),
        ("labels", "l.csv", "1.png,p\n", r"line 1: 1\.png is the name of 2 files \(a/1\.png, b/1\.png\); write the"),
        ("labels", "l.csv", "a/1.png,\n", r"no label for 1 sample \(a/1\.png in line 1\)"),
        ("labels", "l.csv", "a/1.png,p,q\n", "line 1 has 3 columns; give a file's name and its label"),
        ("labels", "l.csv", "a/1.png,p\na/2.png\n", "line 2 has 1 column and the first row 2"),
        ("labels", "l.csv", "", "no label for 4 samples"),
        ("labels", "l.npy", np.zeros(5), "5 labels for 4 samples"),
        ("labels", "l.npy", np.array([0.5, 0.1, 1, 2.5]), "4 different labels for 4 samples, most of them fractions"),
        ("labels", "l.txt", "a\nb\n", "2 labels for 4 samples"),
        ("labels", "l.xml", "", r"give a file that ends in \.csv, \.tsv, \.json, \.npy, \.txt"),
        ("conditions", "c.npy", np.zeros((3, 2)), "3 conditions for 4 samples"),
        ("conditions", "c.npy", np.zeros((4, 2, 2)), r"shape \(4, 2, 2\)"),
        (
            "conditions",
            "c.npy",
            np.array([0, 1, np.inf, 2]),
            r"1 of 4 conditions is not finite, first that of a/10\.png",
        ),
        ("conditions", "c.csv", "file,x\na/1.png,1\na/2.png,big\n", "line 3: 'big' stands where a number should"),
        ("conditions", "c.csv", ROWS.replace(",p", ",1").replace("q", "nan"), r"not finite, first that of b/1\.png"),
        ("conditions", "c.txt", "1\n", r"ends in \.csv, \.tsv, \.npy"),
    ],
)
def test_files_that_do_not_fit_are_told(place, opened, write, option, name, content, message):
    path = write(name, content)
    with pytest.raises(DataError, match=message) as caught:
        opened(place, **{option: str(path)})
    assert name in str(caught.value)


def test_a_file_that_is_not_there_is_told_with_a_guess(place, opened, write):
    right = write("labels.txt", "a")
    with pytest.raises(DataError, match=r"label\.txt \(option labels\): no such file; did you mean labels\.txt"):
        opened(place, labels=str(right.with_name("label.txt")))


def test_names_are_of_no_use_to_an_array(tmp_path, opened, write):
    np.save(tmp_path / "x.npy", np.zeros((4, 8, 8), np.uint8))
    with pytest.raises(DataError, match=r"have no file names; give a \.npy, in their order"):
        opened(tmp_path / "x.npy", labels=str(write("l.csv", ROWS)))


def test_a_run_keeps_the_paths_absolute(tmp_path, monkeypatch):
    from multigan.plugins import Registry
    from multigan.recipe import Recipe
    from multigan.training.configuration import resolve

    monkeypatch.chdir(tmp_path)
    recipe = Recipe(name="a", summary="", modality="images", game="a.b:C", data="digits")
    given = {"flags": {}, "environ": {}, "config": {}, "datasets": Registry().datasets}
    options = resolve("a", recipe, options={"labels": "l.csv"}, **given).options
    assert (options["labels"].value, options["conditions"].value) == (str(tmp_path / "l.csv"), "")
    with pytest.raises(UsageError, match="lables"):
        resolve("a", recipe, options={"lables": "l.csv"}, **given)
