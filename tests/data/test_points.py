"""Points from tables and arrays, and what is said when they cannot be trained on."""

import csv
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multigan.cli import main
from multigan.data import batches, describe_source, open_source
from multigan.data.source import UnreadableDataError
from multigan.errors import DataError, MultiganError, UsageError

ROWS = "0.5,1.5,cat\n-0.5,2.5,dog\n0.25,3.5,cat\n1,4.5,dog\n"
VALUES = np.array([[0.5, 1.5], [-0.5, 2.5], [0.25, 3.5], [1, 4.5]], np.float32)


@pytest.fixture
def table(tmp_path):
    """Writes a text file and opens it as points: `table(text, name="points.csv", **options)`."""

    def write(text, name="points.csv", **options):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return open_source(str(tmp_path / name), "points", options, {})

    return write


@pytest.fixture
def array(tmp_path):
    """Saves arrays and opens them as points: `array(points)` as .npy, `array(points=..., labels=...)` as .npz."""

    def save(values=None, write=np.savez, options=(), **arrays):
        if values is not None:
            np.save(tmp_path / "points.npy", values)
            return open_source(str(tmp_path / "points.npy"), "points", dict(options), {})
        write(tmp_path / "points.npz", **arrays)
        return open_source(str(tmp_path / "points.npz"), "points", dict(options), {})

    return save


def everything(source):
    return source.batch(np.arange(len(source)))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (ROWS, "points.csv"),
        ("x,y,kind\n" + ROWS, "points.csv"),
        ("kind;y;x\ncat;1.5;0.5\ndog;2.5;-0.5\ncat;3.5;0.25\ndog;4.5;1\n", "points.csv"),
        ("\ufeff# x,y,label\r\n" + ROWS.replace("\n", "\r\n\r\n"), "points.csv"),
        (ROWS.replace(",", "\t"), "points.tsv"),
        ('x, y, kind\n"0.5", 1.5, "cat"\n-0.5, 2.5, dog\n0.25, 3.5, cat\n1e0, 4.5, dog', "points.csv"),
    ],
)
def test_a_table_with_a_column_of_text_is_points_with_classes(table, text, name):
    source = table(text, name, columns="x,y" if ";" in text else "")
    batch = everything(source)
    np.testing.assert_array_equal(batch["point"], VALUES)
    assert (batch["point"].dtype, batch["label"].dtype) == (np.float32, np.int32)
    assert (source.classes, batch["label"].tolist(), source.shape) == (("cat", "dog"), [0, 1, 0, 1], (2,))


@pytest.mark.parametrize("header", ["x,y,Label\n", "# x,y,class\n"])
def test_a_column_called_label_is_the_label_though_it_holds_numbers(table, header):
    source = table(header + "1,2,1\n3,4,0\n5,7,1\n")
    assert (source.shape, source.classes, source.labels.tolist()) == ((2,), ("0", "1"), [1, 0, 1])


def test_without_a_label_every_column_of_numbers_is_the_point(table):
    source = table("1,2,3\n4,5,6\n")
    assert (source.shape, source.classes, set(source[0])) == ((3,), (), {"point"})


@pytest.mark.parametrize(
    ("options", "shape", "classes"),
    [
        ({"columns": "b,a"}, (2,), ()),
        ({"columns": "2, 1", "label_column": "d"}, (2,), ("u", "v")),
        ({"label_column": "3"}, (2,), ("8", "9")),
        ({"label_column": "none"}, (3,), ()),
    ],
)
def test_options_choose_the_columns(table, options, shape, classes):
    source = table("a,b,c,d,e\n1,2,9,u,p\n4,5,8,v,q\n", **options)
    assert (source.shape, source.classes) == (shape, classes)
    if "columns" in options:
        np.testing.assert_array_equal(everything(source)["point"], [[2, 1], [5, 4]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": "a,bb"}, "no column bb; did you mean b"),
        ({"columns": "a,9"}, r"no column 9 \(columns: a, b, kind\)"),
        ({"columns": "a,a"}, "named twice"),
        ({"label_column": "knd"}, "did you mean kind"),
        ({"colunms": "a,b"}, "did you mean columns"),
    ],
)
def test_a_column_that_is_not_there_is_a_usage_error(table, options, message):
    with pytest.raises(UsageError, match=message):
        table("a,b,kind\n1,2,u\n3,4,u\n", **options)


def test_what_was_left_out_is_told(table):
    notes = "\n".join(table(",x,y,name,town\n0,1,2,a,p\n1,3,4,b,p\n2,5,7,c,q\n").report.notes)
    assert "the point is x, y" in notes
    assert "the first column has no name and counts the rows: left out" in notes
    assert "columns name, town hold text: left out; -o label_column=name takes that" in notes
    assert "another text in every row" in "\n".join(table("x,y,name\n1,2,a\n3,4,b\n5,7,c\n").report.notes)


@pytest.mark.parametrize("label", ["", ",kind"])
def test_rows_that_are_not_finite_are_named_by_their_line_and_skipped(table, label):
    rows = [f"{i},{i + 1}" + (",cat" if label else "") for i in range(100)]
    rows[3] = rows[3].replace("3,", "nan,")
    rows[7] = rows[7].replace("7,", ",")
    rows[9] = rows[9].replace("9,", "1e39,")
    rows[11] = rows[11].replace("11,", "eleven,")
    source = table(f"x,y{label}\n\n" + "\n".join(rows) + "\n")
    assert (source.report.found, source.report.used, len(source)) == (100, 96, 96)
    assert source.report.skipped == (
        ("line 6", "x is nan, not a finite number"),
        ("line 10", "x is empty"),
        ("line 12", "x is 1e+39, more than float32 holds (3.4e+38); divide the column first"),
        ("line 14", "x is 'eleven', not a number"),
    )
    assert everything(source)["point"][3:5].tolist() == [[4, 5], [5, 6]]


def test_skipped_rows_keep_labels_and_conditions_aligned(table, array, tmp_path):
    source = table("a,b,kind\n0,1,u\nnan,1,v\n2,1,w\n3,1,\n4,2,u\n", skip_bad="0.5")
    assert [source.classes[label] for label in source.labels] == ["u", "w", "u"]
    assert source.report.skipped[1] == ("line 5", "kind is empty")
    points = np.arange(20, dtype=np.float64).reshape(10, 2)
    points[4, 1] = np.inf
    batch = everything(array(points=points, y=np.arange(10), conditions=np.arange(10) / 2, options={"skip_bad": 0.1}))
    assert batch["point"][:, 0].tolist() == [0, 2, 4, 6, 10, 12, 14, 16, 18]
    np.testing.assert_array_equal(batch["condition"][:, 0], batch["point"][:, 0] / 4)
    np.save(tmp_path / "kinds.npy", np.arange(10) % 3)
    chosen = array(points, options={"skip_bad": 0.1, "labels": str(tmp_path / "kinds.npy")})
    assert chosen.labels.tolist() == [0, 1, 2, 0, 2, 0, 1, 2, 0]


def test_more_bad_rows_than_allowed_are_an_error_with_the_report(table):
    with pytest.raises(UnreadableDataError, match=r"2 of 6 points \(33\.3%\) cannot be used.*line 3: x is nan"):
        table("x,y\n1,2\nnan,2\n2,3\n3,inf\n3,4\n5,6\n")
    with pytest.raises(UnreadableDataError, match="none of 2 points can be used") as caught:
        table("x,y\nnan,2\n2,nan\n")
    assert len(caught.value.report.skipped) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "0 bytes"),
        ("\n \n", "no rows in it"),
        ("x,y\n", "a header and no rows"),
        ("x,y\n1,2\n", "one point only"),
        ("1,2\n1,2\n1,2\n", r"all 3 points are equal \(1; 2\)"),
        ("a,b\nu,v\nw,u\n", r"no column of numbers in it \(columns: a, b\)"),
        ("x\n1\n2\n", r"one column of numbers \(x\) in it"),
        ("1,2\n3,4\n5\n", "line 3 has 1 column and the first row 2"),
        ("1,2\n3,4,5\n6,7\n", "line 2 has 3 columns and the first row 2"),
        ("1,2,u\n3,4,u\n5,6\n", "line 3 has 2 columns and the first row 3"),
        (b"\xff\xfe1\x00,\x002", "cannot be read as a table"),
        (b"1\x00,\x002\x00", "cannot be read as a table .*NUL"),
        ("1,5;2,5\n2,5;3,5\n", "no column of numbers in it .* parted by commas"),
    ],
)
def test_tables_that_hold_no_points_are_told_so(table, text, message):
    with pytest.raises(DataError, match=message) as caught:
        table(text)
    assert "points.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros(5), r"shape \(5,\)"),
        (np.zeros((5, 1)), r"points of 1 column;"),
        (np.zeros((0, 2)), "no points in it"),
        (np.zeros((5, 2, 2)), r"shape \(5, 2, 2\)"),
        (np.zeros((5, 2), complex), "complex"),
        (np.zeros((5, 2)), "all 5 points are equal"),
        (np.full((5, 2), np.nan), r"none of 5 points can be used \(points\[0\]: column 1 is nan"),
    ],
)
def test_arrays_that_hold_no_points_are_told_so(array, values, message):
    with pytest.raises(DataError, match=message):
        array(values)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("keys", [("points", "labels"), ("X", "y"), ("data", "targets"), ("anything", "label")])
def test_npz_keys(array, write, keys):
    source = array(None, write, **dict(zip(keys, (VALUES, np.array([1, 0, 1, 1])), strict=True)))
    np.testing.assert_array_equal(everything(source)["point"], VALUES)
    assert source.labels.tolist() == [1, 0, 1, 1]


def test_mean_and_scale_are_each_columns_and_a_constant_columns_scale_is_one(array):
    points = np.array([[1e6, 3, 0], [1e6 + 2, 3, 4], [1e6 + 4, 3, 8]])
    source = array(points)
    np.testing.assert_allclose(source.mean, [1e6 + 2, 3, 4])
    np.testing.assert_allclose(source.scale, [np.sqrt(8 / 3), 1, np.sqrt(32 / 3)])
    info = describe_source(source)
    assert (info.mean, info.scale, info.condition, info.shape) == (source.mean, source.scale, 0, (3,))
    assert "the same in every point: 1 column (first column 2)" in source.report.notes


def test_the_fingerprint_is_of_points_labels_and_conditions_wherever_they_come_from(table, array):
    labels = np.array(["cat", "dog", "cat", "dog"])
    same = [table(ROWS), table("a,b,c\n" + ROWS), array(points=VALUES, labels=labels)]
    others = [
        array(VALUES),
        array(points=VALUES, labels=labels[::-1]),
        array(points=VALUES + 1, labels=labels),
        array(points=VALUES, labels=labels, conditions=np.zeros(4)),
        array(points=VALUES, labels=labels, conditions=np.ones(4)),
    ]
    assert len({source.fingerprint for source in same}) == 1
    assert len({source.fingerprint for source in [same[0], *others]}) == 6


def test_batches_of_points_and_a_set_smaller_than_one(array):
    source = array(np.arange(40, dtype=float).reshape(20, 2))
    seen = [next(batches(source, 20, seed=1))["point"], next(batches(source, 20, seed=2))["point"]]
    assert all(sorted(points[:, 0].tolist()) == list(range(0, 40, 2)) for points in seen)
    assert not np.array_equal(*seen)
    with pytest.raises(DataError, match=r"20 samples, fewer than one batch of 64; lower --batch-size to 20"):
        batches(source, 64, seed=0)


def test_a_large_table_of_numbers_goes_through_numpys_reader(table, monkeypatch):
    from multigan.modalities.points.reading import table as module

    text = "x,y,label\n" + "".join(f"{i},{i * 0.5},{i % 3}\n" for i in range(1000))
    slow = monkeypatch.setattr(module, "_read_whole", lambda *arguments: None) or table(text)
    monkeypatch.undo()
    monkeypatch.setattr(module, "_read_rows", None)
    fast = table(text)
    assert fast.fingerprint == slow.fingerprint


def test_data_check_guesses_points_and_shows_them(tmp_path, capsys):
    (tmp_path / "points.csv").write_text("x,y,kind\n" + ROWS * 5 + "nan,1,cat\n")
    with pytest.raises(SystemExit) as caught:
        main(["data", "check", str(tmp_path / "points.csv")])
    out, err = capsys.readouterr()
    assert (caught.value.code, err) == (0, "")
    assert "20 of 21 points can be used" in out
    assert "2 numbers, in the data's units" in out
    assert "line 22: x is nan" in out
    with pytest.raises(SystemExit):
        main(["data", "check", str(tmp_path / "points.csv"), "--json"])
    facts = json.loads(capsys.readouterr().out)
    assert (facts["modality"], facts["shape"], len(facts["mean"]), len(facts["scale"])) == ("points", [2], 2, 2)
    with pytest.raises(SystemExit) as caught:
        main(["data", "check", str(tmp_path / "points.csv"), "--modality", "images"])
    assert caught.value.code == 2


FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)
LABEL = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).filter(lambda text: text.lower() != "nan")


@given(st.lists(st.tuples(FINITE, FINITE, FINITE, LABEL), min_size=3, max_size=30), st.booleans())
def test_what_a_table_was_written_from_is_read_back_to_the_bit(tmp_path_factory, rows, quoted):
    path = tmp_path_factory.mktemp("tables") / "points.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
        writer.writerows([["x", "y", "z", "label"], *rows])
    if len({row[:3] for row in rows}) == 1:
        return
    source = open_source(str(path), "points", {}, {})
    np.testing.assert_array_equal(everything(source)["point"], np.array([row[:3] for row in rows], np.float32))
    if not all(name.isdecimal() for name in source.classes):
        assert [source.classes[label] for label in source.labels] == [row[3] for row in rows]


@given(st.one_of(st.binary(max_size=200), st.text('0123456789.,;-"\n\tnaife# ', max_size=100).map(str.encode)))
def test_whatever_a_file_holds_it_is_points_or_one_clear_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("tables") / "points.csv"
    path.write_bytes(content)
    try:
        source, told = open_source(str(path), "points", {"skip_bad": 0.9}, {}), ""
    except MultiganError as error:
        source, told = None, str(error)
    if source is None:
        assert "points.csv" in told
        return
    assert np.isfinite(everything(source)["point"]).all()
    assert source.report.used + len(source.report.skipped) == source.report.found
