"""Tables as people and their programs write them: comments, marks, names of rows, quotation marks."""

import random

import numpy as np
import pytest

from multigan.data import open_source
from multigan.errors import DataError

ROWS = [(f"{i / 7:.3f}", f"{i % 5 - i / 3:.3f}") for i in range(30)]
POINTS = "".join(f"{x},{y}\n" for x, y in ROWS)


@pytest.fixture
def table(tmp_path):
    """Opens points from a table of this content."""

    def opened(content, **options):
        path = tmp_path / "t.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return open_source(str(path), "points", options, {})

    return opened


def held(source):
    return source.batch(np.arange(len(source)))["point"]


@pytest.mark.parametrize("rows", [2, 40])
@pytest.mark.parametrize("whole", [10, 10**6])
def test_decimal_commas_are_not_taken_for_the_names_of_rows(table, rows, whole):
    draw = random.Random(rows)
    content = "x,y\n" + "".join(f"{draw.randrange(whole)},{draw.randrange(100)},0.{i}\n" for i in range(rows))
    with pytest.raises(DataError, match=r"line 2 has 3 columns and the first row 2; .*decimal commas\?"):
        table(content)


def test_a_first_column_that_repeats_is_not_the_names_of_rows(table):
    rows = "".join(f"{i % 7},{x},{y}\n" for i, (x, y) in enumerate(ROWS))
    with pytest.raises(DataError, match="line 2 has 3 columns and the first row 2"):
        table("x,y\n" + rows)
    with pytest.raises(DataError, match=r"commas in texts\? put quotation marks around these"):
        table("x,y\n" + "".join(f"{'ab'[i % 2]},{x},{y}\n" for i, (x, y) in enumerate(ROWS)))


def test_decimal_commas_beside_names_are_not_taken_for_two_columns(table, tmp_path, folder, opened):
    with pytest.raises(DataError, match="line 2 has 4 columns and the first row 3"):
        table("name,x,y\n" + "".join(f"p{i},{i % 7},{i % 9},{y}\n" for i, (_, y) in enumerate(ROWS)))
    (tmp_path / "c.csv").write_text("file,x\n1.png,5,5\n2.png,0,6\n")
    with pytest.raises(DataError, match=r"line 2 has 3 columns and the first row 2; .*decimal commas\?"):
        opened(folder("1.png", "2.png"), conditions=str(tmp_path / "c.csv"))


@pytest.mark.parametrize("name", [lambda i: i + 1, lambda i: 977 * i % 31, lambda i: f"row{i}", lambda i: f"{i}b" * 2])
def test_the_names_of_rows_need_no_name_of_their_own(table, name):
    source = table('"x","y"\n' + "".join(f'"{name(i)}",{x},{y}\n' for i, (x, y) in enumerate(ROWS)))
    np.testing.assert_array_equal(held(source), np.array(ROWS, np.float32))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("above", "mark"),
    [
        ("# made on Monday\nx,y\n", ","),
        ("#made by me, with care\n\n# and, this\nx,y\n", ","),
        ("# made by me; with; care\n# x,y\n", ","),
        ("# only a comment\n", ","),
        ("sep=,\nx,y\n", ","),
        ('"sep=,"\nx,y\n', ","),
        ("sep=;\nx;y\n", ";"),
        ("SEP=|\r\nx|y\r\n", "|"),
        ("sep=;\n# by me\nx;y\n", ";"),
    ],
)
def test_what_stands_above_a_table_is_no_heading(table, above, mark, encoding):
    source = table((above + POINTS.replace(",", mark)).encode(encoding))
    np.testing.assert_array_equal(held(source), np.array(ROWS, np.float32))
    assert source.report.found == len(ROWS)


def test_a_comment_below_the_heading_is_no_row(table):
    assert len(table(f"x,y\n{POINTS}# the end\n")) == len(ROWS)
    assert len(table(f"#,x,y\n1,{ROWS[0][0]},2\n" + "".join(f"{i},{i / 3},5\n" for i in range(2, 9)))) == 8


def test_a_title_above_a_table_is_told(table):
    with pytest.raises(DataError, match=r"line 2 has 2 columns and the first row 1; .*\(a title above the table\?"):
        table("My table\nx,y\n" + POINTS)


@pytest.mark.parametrize("above", ["sep=;\n", "# by me\n", "# by me\nfile;label\n", "file;label\n", ""])
def test_what_stands_above_a_table_of_labels_is_no_row(tmp_path, folder, opened, above):
    (tmp_path / "labels.csv").write_text(above + "#1.png;a\n2.png;b\n3.png;a\n")
    source = opened(folder("#1.png", "2.png", "3.png"), labels=str(tmp_path / "labels.csv"))
    assert sorted(source.classes[label] for label in source.labels) == ["a", "a", "b"]


def test_a_quotation_mark_that_swallows_rows_is_named(table):
    rows = [f"{x},{y},{'ab'[i % 2]}" for i, (x, y) in enumerate(ROWS)]
    for wrong in ((3,), (3, 9)):
        broken = [row.replace(",a", ',"a').replace(",b", ',"b') if i in wrong else row for i, row in enumerate(rows)]
        with pytest.raises(DataError, match=r"a quotation mark in line 5 makes one row of all lines up to (11|31);"):
            table("x,y,kind\n" + "\n".join(broken))
    assert len(table("x,y,kind,said\n" + "\n".join(f'{row},"well,\nthen"' for row in rows))) == len(rows)


@pytest.mark.parametrize("nothing", ["nan", "NaN", "", "NA", "?"])
def test_a_column_without_a_value_is_left_out_and_told(table, nothing):
    rows = "".join(f"{x},{nothing},{y}\n" for x, y in ROWS)
    source = table("x,y,z\n" + rows)
    np.testing.assert_array_equal(held(source), np.array(ROWS, np.float32))
    told = f"column y holds no value in its first 30 rows ({nothing or 'empty'}): left out"
    assert told in source.report.notes
    assert source.classes == ()
    assert any(note.startswith("column 2 holds no value") for note in table(rows).report.notes)
    with pytest.raises(DataError, match="y has no number in 30 rows: leave that column out by option columns"):
        table("x,y,z\n" + rows, columns="x,y,z")
    assert not any("no value" in note for note in table("x,y,\n" + POINTS.replace("\n", ",\n")).report.notes)


def test_the_column_that_spoils_the_points_is_named(table, tmp_path):
    rows = "".join(f"{x},{y},{i if i % 3 else 'nan'}\n" for i, (x, y) in enumerate(ROWS))
    with pytest.raises(DataError, match="; w has no number in 10 rows: leave that column out by option columns"):
        table("x,y,w\n" + rows)
    points = np.array(ROWS, float)
    np.save(tmp_path / "p.npy", np.insert(points, 1, np.nan, axis=1))
    with pytest.raises(DataError, match="column 2 has no number in 30 rows: leave that column out of the array"):
        open_source(str(tmp_path / "p.npy"), "points", {}, {})


@pytest.mark.parametrize("heading", ["x y\n", "# x y\n", ""])
def test_numbers_with_blanks_between_them_are_told_so(table, heading):
    with pytest.raises(DataError, match="numbers parted by blanks: put commas in their place") as caught:
        table(heading + POINTS.replace(",", " "))
    assert " -o " not in str(caught.value)


def test_advice_on_columns_is_fit_for_the_shell(table):
    rows = "".join(f"{x},{y},a {i % 2},b {i % 3}\n" for i, (x, y) in enumerate(ROWS))
    notes = table("x,y,my kind,other's\n" + rows).report.notes
    assert any("-o label_column='my kind' takes that for the label" in note for note in notes)
    notes = table("x,y,It was a dark night.,b\n" + rows).report.notes
    assert any("-o label_column=3 takes that for the label" in note for note in notes)
    with pytest.raises(DataError) as caught:
        table("It was a dark night, he said.\nAnd cold, she said.\n" * 9)
    assert " -o " not in str(caught.value)
