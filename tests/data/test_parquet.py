"""Folders of Parquet files: a column of encoded pictures, perhaps one of classes, and what is wrong with them."""

import builtins
import json

import numpy as np
import pytest

from multigan.data import batches
from multigan.data import parquet as reading
from multigan.errors import DataError, UsageError

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def tables(tmp_path):
    """A folder of Parquet files of given columns: `tables({"a.parquet": {"image": [...]}}, group=4)`."""

    def make(contents, group=4, names=None):
        place = tmp_path / "tables"
        place.mkdir(exist_ok=True)
        for name, columns in contents.items():
            table = pa.table(columns)
            if names:
                feature = {"names": list(names), "_type": "ClassLabel"}
                told = {"info": {"features": {"label": feature, "image": {"_type": "Image"}}}}
                table = table.replace_schema_metadata({"huggingface": json.dumps(told)})
            parquet.write_table(table, place / name, row_group_size=group)
        return place

    return make


@pytest.fixture
def numbered(tables, grey):
    """Two files of ten and five pictures, as the Hugging Face hub writes them."""

    def make(label=lambda n: n % 2, names=None, plain=False, **options):
        contents = {}
        for name, numbers in {"b-10.parquet": range(10, 15), "b-2.parquet": range(10)}.items():
            images = [grey(n) if plain else {"bytes": grey(n), "path": f"{n}.png"} for n in numbers]
            contents[name] = {"image": images} | ({"label": [label(n) for n in numbers]} if label else {})
        return tables(contents, names=names, **options)

    return make


def shades(found, rows=None):
    rows = np.arange(len(found)) if rows is None else np.array(rows)
    return np.rint((found.batch(rows)["image"][:, 4, 4, 0] + 1) * 127.5).astype(int).tolist()


def notes(found):
    return "\n".join(found.report.notes)


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("look", ["all", "3"])
def test_pictures_and_classes_are_read_in_the_order_of_files(plain, look, numbered, opened):
    found = opened(numbered(plain=plain), size="8", channels=1, look=look)
    assert shades(found) == list(range(15))
    assert found.labels.tolist() == [n % 2 for n in range(15)]
    assert "read from 2 Parquet files, column image" in notes(found)
    assert "classes are from the column label" in notes(found)
    assert shades(found, [14, 0, 9, 10, 3]) == [14, 0, 9, 10, 3]


def test_one_file_is_read_by_itself(numbered, opened):
    found = opened(numbered() / "b-2.parquet", size="8", channels=1)
    assert shades(found) == list(range(10))
    assert found.labels.tolist() == [n % 2 for n in range(10)]
    assert found.name.endswith("b-2.parquet")


def test_classes_have_their_names(numbered, opened):
    assert opened(numbered(names=("cat", "dog")), size="8").classes == ("cat", "dog")
    assert opened(numbered(label=lambda n: ["red", "blue"][n % 2]), size="8").classes == ("blue", "red")
    assert opened(numbered(label=None), size="8").classes == ()
    hidden = opened(numbered(label=lambda n: -1, names=("cat", "dog")), size="8")
    assert hidden.classes == ()
    assert "no labels: column label hides them" in notes(hidden)


def test_batches_are_those_of_a_folder_of_the_same_pictures(numbered, opened, folder, grey):
    packed = opened(numbered(label=None), size="8", channels=1, look="3")
    plain = opened(folder(**{f"{n:05d}.png": grey(n) for n in range(15)}), size="8", channels=1)
    for one, other, _ in zip(batches(packed, 8, 1, start=3), batches(plain, 8, 1, start=3), range(6), strict=False):
        np.testing.assert_array_equal(one["image"], other["image"])


def test_a_bounded_number_of_bytes_is_kept(tables, opened, grey, monkeypatch):
    place = tables({"a.parquet": {"image": [grey(n) for n in range(40)]}})
    monkeypatch.setattr(reading, "CACHE_BYTES", 1000)
    found = reading.parquet_collection(place, ["a.parquet"], ("image",), "images", 1 << 20)
    for row in (0, 20, 39, 1, 2, 38):
        assert found.read(row) == grey(row)
        assert sum(each.nbytes for each in found.names._kept.values()) <= 1000


def test_large_groups_are_told(tables, opened, grey, monkeypatch):
    place = tables({"a.parquet": {"image": [grey(n) for n in range(40)]}}, group=20)
    monkeypatch.setattr(reading, "CACHE_BYTES", 1000)
    monkeypatch.setattr(reading, "LARGE_GROUP", 1000)
    assert "row groups of up to 20 rows" in notes(opened(place))


def test_rows_that_hold_no_picture_are_skipped_and_named(tables, opened, grey):
    rows = [(grey(0), None), None, (None, "b/1.png"), (b"junk", ""), (grey(4), None)]
    images = [row and dict(zip(("bytes", "path"), row, strict=True)) for row in rows]
    found = opened(tables({"a.parquet": {"image": images}}), size="8", channels=1, skip_bad=0.7)
    assert shades(found) == [0, 4]
    assert dict(found.report.skipped) == {
        "a.parquet[1]": "nothing in this row",
        "a.parquet[2]": "only the name of a file, b/1.png, is in this row",
        "a.parquet[3]": "not an image of a known format",
    }


def test_a_file_without_a_column_of_images_is_an_error_that_names_its_columns(tables, opened):
    place = tables({"a.parquet": {"text": ["a", "b"], "n": [1, 2]}})
    told = r"a.parquet: no column of images in it \(columns: text \(string\), n \(int64\)\)"
    with pytest.raises(DataError, match=told):
        opened(place)


@pytest.mark.parametrize("first", ["a", "c"])
def test_classes_that_only_some_files_have_are_an_error_that_names_one(first, tables, opened, grey):
    images = [grey(1), grey(2)]
    place = tables({"b.parquet": {"image": images, "label": [0, 1]}, f"{first}.parquet": {"image": images}})
    told = (
        rf"{first}\.parquet: the column label, which tells the classes in b\.parquet, is not there; give files of one"
    )
    with pytest.raises(DataError, match=told):
        opened(place)


def test_whole_fractions_are_classes_and_lists_are_told(tables, opened, grey):
    images = [grey(n) for n in range(4)]
    assert opened(tables({"a.parquet": {"image": images, "label": [0.0, 1.0, 0.0, 1.0]}})).classes == ("0", "1")
    lists = opened(tables({"a.parquet": {"image": images, "label": [[0], [1], [0], [1]]}}))
    assert lists.classes == ()
    assert "no classes are read from the column label (list<" in notes(lists)


def test_a_file_without_rows_is_passed_over(tables, opened, grey):
    images = [grey(n) for n in range(4)]
    place = tables({"a.parquet": {"image": [], "label": []}, "b.parquet": {"image": images, "label": [0, 1] * 2}})
    assert opened(place).classes == ("0", "1")
    with pytest.raises(DataError, match=r"a\.parquet: no row in it"):
        opened(place / "a.parquet")


def test_files_of_other_columns_and_missing_classes_are_errors(tables, opened, grey):
    place = tables({"a.parquet": {"image": [grey(1)]}, "b.parquet": {"image": [{"bytes": grey(1)}]}})
    with pytest.raises(DataError, match=r"b.parquet: its column image is not that of a.parquet"):
        opened(place)
    (place / "b.parquet").unlink()
    tables({"a.parquet": {"image": [grey(1)] * 3, "label": [1, None, 2]}})
    with pytest.raises(DataError, match=r"1 of 3 rows have no label, first a.parquet\[1\]"):
        opened(place)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"junk" * 100, slice(0, -5), slice(0, 200)])
def test_a_damaged_file_is_an_error_that_names_it(content, numbered, opened):
    place = numbered()
    path = place / "b-10.parquet"
    path.write_bytes(path.read_bytes()[content] if isinstance(content, slice) else content)
    with pytest.raises(DataError, match=r"b-10.parquet: cannot be read as a Parquet file"):
        opened(place)


def test_damaged_rows_are_skipped_and_named(tables, grey, opened):
    place = tables({"a.parquet": {"image": [grey(n) for n in range(8)]}})
    content = bytearray((place / "a.parquet").read_bytes())
    content[4:300] = bytes(296)
    (place / "a.parquet").write_bytes(content)
    found = opened(place, size="8", channels=1, skip_bad=0.5)
    assert shades(found) == [4, 5, 6, 7]
    assert "damaged in the Parquet file" in dict(found.report.skipped)["a.parquet[0]"]


def test_without_pyarrow_the_extra_is_named(numbered, opened, monkeypatch):
    place, imported = numbered(), builtins.__import__

    def without(name, *given, **more):
        if name.split(".")[0] == "pyarrow":
            raise ImportError(name)
        return imported(name, *given, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r'pip install "multigan\[shards\]"'):
        opened(place)
