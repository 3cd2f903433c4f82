"""Columns of points that may be something else, and numbers in messages as people write them."""

import numpy as np
import pytest

from multigan.data import open_source
from multigan.data.wording import figure
from multigan.errors import DataError

ROWS = 40
POINTS = np.random.default_rng(0).standard_normal((ROWS, 2)).round(3)


@pytest.fixture
def table(tmp_path):
    """Opens points of these rows, under this heading: `table("x,y", rows)`."""

    def make(heading, rows, mark=",", **options):
        lines = [mark.join(map(str, row)) for row in rows]
        (tmp_path / "p.csv").write_text("\n".join([*([heading] if heading else []), *lines]))
        return open_source(str(tmp_path / "p.csv"), "points", options, {})

    return make


def with_column(make):
    return [(*point, make(i)) for i, point in enumerate(POINTS)]


@pytest.mark.parametrize(
    "name", ["zip", "ZIP Code", "zipcode", "postal_code", "postcode", "PLZ", "home zip", "kunde_plz"]
)
def test_a_column_of_postal_codes_is_no_coordinate_and_told(table, name):
    source = table(f"x,y,{name}", with_column(lambda i: 10_000 + 37 * (i % 9)))
    assert source.shape == (2,)
    told = f"column {name} holds postal codes, by its name: left out; -o columns="
    assert any(note.startswith(told) and note.endswith("takes it") for note in source.report.notes)
    assert any("if column" in note and "-o label_column=" in note for note in source.report.notes)
    assert table(f"x,y,{name}", with_column(lambda i: 10_000 + i), columns=f"x,y,{name}").shape == (3,)


@pytest.mark.parametrize("heading", ["x,y,c", ""])
def test_codes_that_begin_with_a_zero_are_no_coordinate_and_told(table, heading):
    source = table(heading, with_column(lambda i: f"{900 + 37 * i:05}"))
    assert source.shape == (2,)
    assert any("holds codes of 5 digits that may begin with a zero (00900): left out" in n for n in source.report.notes)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("hour", lambda i: f"{i % 12:02}"),
        ("zip", lambda i: POINTS[i, 0]),
        ("zipper", lambda i: 10_000 + i % 7),
        ("c", lambda i: f"{i:03}" if i % 2 else i),
    ],
)
def test_other_numbers_stay_coordinates(table, name, cell):
    assert table(f"x,y,{name}", with_column(cell)).shape == (3,)


def halves(values):
    return [[half for value in row for half in f"{value:.3f}".split(".")] for row in values]


@pytest.mark.parametrize("columns", [1, 2, 4])
def test_decimal_commas_without_a_heading_are_told(table, columns):
    source = table("", halves(np.tile(POINTS, 2)[:, :columns]))
    assert source.shape == (2 * columns,)
    told = r"numbers with decimal commas? -0,"
    assert any(n.startswith(told) and n.endswith("is read as two; if it is one, write it with a point")
               for n in source.report.notes)  # fmt: skip


def test_whole_numbers_without_a_heading_are_no_halves(table):
    source = table("", [(i % 7, i % 5, -(i % 3), 10 * i) for i in range(ROWS)])
    assert not any("decimal commas" in note for note in source.report.notes)


@pytest.mark.parametrize("heading", ["x|y", ""])
def test_vertical_bars_part_columns_as_well(table, heading):
    np.testing.assert_array_equal(
        table(heading, POINTS, "|").batch(np.arange(ROWS))["point"], POINTS.astype(np.float32)
    )


def test_commas_between_vertical_bars_are_those_of_numbers(table):
    with pytest.raises(DataError, match="holds numbers that are written for people"):
        table("", [[f"{value:.3f}".replace(".", ",") for value in row] for row in POINTS / 9], "|")


def test_a_text_with_a_bar_parts_no_columns(table):
    source = table("", [(*point, "a|b" if i % 2 else "c") for i, point in enumerate(POINTS)][::-1])
    assert (source.shape, source.classes) == ((2,), ("a|b", "c"))


def test_a_title_above_a_tsv_is_no_row_without_tabs(tmp_path):
    (tmp_path / "p.tsv").write_text("Points, of 2024\n" + "".join(f"{x}\t{y}\n" for x, y in POINTS))
    with pytest.raises(DataError, match="line 2 has 2 columns and the first row 1"):
        open_source(str(tmp_path / "p.tsv"), "points", {}, {})


def test_a_text_of_its_own_in_every_row_is_not_advised_as_a_label(table):
    notes = table("x,y,name", with_column(lambda i: f"n{i}")).report.notes
    assert "column name holds another text in every row, and so no classes: left out" in notes
    assert not any("label_column" in note for note in notes)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2147483647, "2,147,483,647"),
        (12440.0, "12,440"),
        (1e17, "100,000,000,000,000,000"),
        (2024, "2024"),
        (-3, "-3"),
        (0.5, "0.5"),
        (1.23456, "1.235"),
        (123456.7, "123,457"),
        (2.5e-5, "2.5e-05"),
        (1e300, "1e+300"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_numbers_are_written_as_people_write_them(value, shown):
    assert figure(value) == shown


def test_points_that_are_equal_are_told_in_whole_numbers(table):
    with pytest.raises(DataError, match=r"all 40 points are equal \(2,147,483,647; 3\)"):
        table("x,y", [(2147483647, 3)] * ROWS)


def test_one_column_and_one_point_are_told_as_one(table, tmp_path):
    assert (
        "the same in every point: 1 column (first column 2)" in table("x,y", [(i**2, 3) for i in range(9)]).report.notes
    )
    source = table("x,y,label", with_column(lambda i: f"n{i}"))
    assert "40 classes of 1 point" in source.report.notes
    np.save(tmp_path / "p.npy", np.zeros((5, 1)))
    with pytest.raises(DataError, match="points of 1 column; give two columns or more"):
        open_source(str(tmp_path / "p.npy"), "points", {}, {})
