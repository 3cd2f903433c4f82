"""Which columns of a table are the point: none that number the rows; and headings are headings, of numbers too."""

import shlex

import numpy as np
import pytest

from multigan.data import open_source
from multigan.errors import DataError, UsageError

ROWS = 40
VALUES = np.round(np.random.default_rng(0).normal(size=(ROWS, 2)), 3)


@pytest.fixture
def table(tmp_path):
    """Opens a table of `VALUES` with a heading, and a column before them: `table("id,x,y", lambda i: i)`."""

    def make(heading, first=None, name="t.csv", **options):
        before = [] if first is None else [f"{first(i)}" for i in range(ROWS)]
        rows = [",".join([*before[i : i + 1], f"{x},{y}"]) for i, (x, y) in enumerate(VALUES)]
        (tmp_path / name).write_text("\n".join([heading] * bool(heading) + rows) + "\n")
        return open_source(str(tmp_path / name), "points", options, {})

    return make


def held(source):
    return source.batch(np.arange(len(source)))["point"]


@pytest.mark.parametrize(
    ("heading", "first", "why"),
    [
        ('"","x","y"', lambda i: f'"{i + 1}"', "the first column has no name and counts the rows"),
        ('"x","y"', lambda i: f'"{i + 1}"', "the first column has no name and counts the rows"),
        (",x,y", lambda i: i * 37 % ROWS, "the first column has no name and numbers the rows"),
        (",x,y", lambda i: i % 20, "the first column has no name and numbers the rows"),
        ("Unnamed: 0,x,y", lambda i: i, "column Unnamed: 0 has no name and counts the rows"),
        ("Unnamed: 0.1,x,y", lambda i: 3 * i, "column Unnamed: 0.1 has no name and numbers the rows"),
        ("id,x,y", lambda i: 7 * i + 1000, "column id holds identifiers, by its name"),
        ("patient_id,x,y", lambda i: i // 4, "column patient_id holds identifiers, by its name"),
        ("PassengerId,x,y", lambda i: i + 1, "column PassengerId holds identifiers, by its name"),
        ("index,x,y", lambda i: i * 37 % ROWS, "column index numbers the rows, by its name"),
        ("Row,x,y", lambda i: f"{i + 1}.0", "column Row numbers the rows, by its name"),
        ("no,x,y", lambda i: i + 5, "column no numbers the rows, by its name"),
        ("", lambda i: i + 1, "the first column counts the rows"),
    ],
)
def test_a_column_that_numbers_the_rows_is_left_out_and_told(table, heading, first, why):
    source = table(heading, first)
    np.testing.assert_array_equal(held(source), VALUES.astype(np.float32))
    note = next(note for note in source.report.notes if "left out" in note)
    assert note.startswith(f"{why}: left out; -o columns=")
    chosen = "".join(shlex.split(note.partition("-o columns=")[2].removesuffix(" takes it")))
    assert table(heading, first, columns=chosen).shape == (3,)


@pytest.mark.parametrize(
    ("heading", "first"),
    [
        ("grid,x,y", lambda i: i % 9),
        ("count,x,y", lambda i: i * 37 % ROWS),
        ("acid,x,y", lambda i: i % 3),
        ("number,x,y", lambda i: i * 37 % ROWS),
        ("time,x,y", lambda i: 1_700_000_000 + i),
        ("id,x,y", lambda i: i + 0.5),
        ("index,x,y", lambda i: i % 4),
        ("", lambda i: i * 37 % ROWS),
    ],
)
def test_whole_numbers_that_are_amounts_stay(table, heading, first):
    assert table(heading, first).shape == (3,)


def test_a_named_column_that_counts_the_rows_stays_and_is_told(table):
    source = table("t,x,y", lambda i: i)
    assert source.shape == (3,)
    assert "column t counts the rows and is part of the point; -o columns=x,y leaves it out" in source.report.notes


@pytest.mark.parametrize("start", [0, 1])
def test_an_array_whose_first_column_counts_the_rows_is_told(tmp_path, start):
    np.save(tmp_path / "p.npy", np.column_stack([np.arange(ROWS) + start, VALUES]))
    source = open_source(str(tmp_path / "p.npy"), "points", {}, {})
    assert any(note.startswith("column 1 counts the rows and is part of the point") for note in source.report.notes)


def test_what_is_left_out_is_told_where_too_little_is_left(tmp_path):
    (tmp_path / "t.csv").write_text("id,x\n" + "".join(f"{i},{i / 7}\n" for i in range(20)))
    with pytest.raises(DataError, match=r"one column of numbers \(x\).*column id holds identifiers.*-o columns=id,x"):
        open_source(str(tmp_path / "t.csv"), "points", {}, {})


@pytest.mark.parametrize(
    ("heading", "first"),
    [
        ("2019,2020", None),
        ("2020,2019", None),
        ('"2019","2020"', None),
        ("400.5,401.5", None),
        ("0,1", None),
        ("x,2020", None),
        ("year,0", None),
        (",0,1", lambda i: i),
        ("id,0,1", lambda i: i),
        ("country,2019,2020", lambda i: f"c{i}"),
    ],
)
def test_a_heading_of_numbers_is_a_heading_and_told(table, heading, first):
    source = table(heading, first)
    assert (len(source), source.shape) == (ROWS, (2,))
    assert any("is read as a heading; -o header=no reads it as a point" in note for note in source.report.notes)


def test_years_above_whole_numbers_are_a_heading(tmp_path):
    (tmp_path / "t.csv").write_text("2019,2020\n" + "".join(f"{i % 7},{i % 11}\n" for i in range(30)))
    assert len(open_source(str(tmp_path / "t.csv"), "points", {}, {})) == 30


@pytest.mark.parametrize("first", ["1,2", "0.5,1.5", "1,1", "-1,1", "NA,1.5", "nan,2", "3,4", "2,0"])
def test_a_first_row_like_the_others_is_a_point(table, first):
    source = table(first, skip_bad=0.5)
    assert source.report.found == ROWS + 1


def test_the_first_row_of_whole_numbers_is_a_point(tmp_path):
    (tmp_path / "t.csv").write_text("0,1\n" + "".join(f"{i % 7},{i % 5}\n" for i in range(30)))
    assert len(open_source(str(tmp_path / "t.csv"), "points", {}, {})) == 31


@pytest.mark.parametrize(("header", "found"), [("yes", ROWS), ("no", ROWS + 1)])
@pytest.mark.parametrize("first", ["1.5,2.5", "2019,2020"])
def test_the_option_decides_what_the_first_row_is(table, first, header, found):
    assert table(first, header=header).report.found == found


@pytest.mark.parametrize(
    "cell",
    ["3_4", "0x1f", "\u0663", "\uff13", "1,5", "1.234,5", "1 234", "$3.50", "3.50 \u20ac", "12%", "12 %", "1'000"],
)
def test_what_is_no_plain_number_is_never_read_as_another(table, cell):
    source = table("p,x,y", lambda i: f'"{cell}"')
    np.testing.assert_array_equal(held(source), VALUES.astype(np.float32))


@pytest.mark.parametrize("end", [",5", "'000", ".000,5", " 000", " %", " \u20ac", "\u0663"])
def test_numbers_written_for_people_are_no_classes(table, end):
    source = table("p,x,y", lambda i: f'"{i % 2 + 1}{end}"')
    assert source.classes == ()
    assert any(note.startswith("column p holds numbers that are written for people (") for note in source.report.notes)


@pytest.mark.parametrize("late", [0, 300])
def test_an_underscore_in_a_number_is_named_by_its_line(tmp_path, late):
    rows = [f"{i},{i % 7}.5" for i in range(400)]
    rows[late] = "3_4,1"
    (tmp_path / "t.csv").write_text("x,y\n" + "\n".join(rows))
    source = open_source(str(tmp_path / "t.csv"), "points", {}, {})
    assert source.report.skipped == ((f"line {late + 2}", "x is '3_4', not a number"),)


def test_a_name_that_two_columns_have_chooses_none_of_them(table):
    with pytest.raises(UsageError, match="columns 1 and 2 are both called x; give a number"):
        table("x,x,y", lambda i: i % 7, columns="x,y")
    assert table("x,x,y", lambda i: i % 7, columns="2,3").shape == (2,)


def test_the_notes_tell_why_columns_are_what_they_are(table):
    notes = table("kind,x,y", lambda i: "ab"[i % 2]).report.notes
    assert notes[:2] == ("the point is x, y", "the label is kind, the only column of text")
    assert "the label is label, by its name" in table("label,x,y", lambda i: i % 2).report.notes
    chosen = table("label,x,y", lambda i: i % 2, columns="y,x", label_column="label").report.notes
    assert chosen[:2] == (
        "the point is y, x, as option columns says",
        "the label is label, as option label_column says",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_tables_of_every_mark_and_of_excels_encodings(tmp_path, encoding, mark):
    rows = [
        mark.join(("x", "y", "art")),
        *(mark.join((f"{i}.5", f"{i * i}", "\u00e9\u00e0"[i % 2])) for i in range(20)),
    ]
    (tmp_path / "t.csv").write_text("\r\n".join(rows), encoding=encoding, newline="")
    source = open_source(str(tmp_path / "t.csv"), "points", {}, {})
    assert (len(source), source.shape, source.classes) == (20, (2,), ("\u00e0", "\u00e9"))
