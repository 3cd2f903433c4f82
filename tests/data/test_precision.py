"""What float32 cannot hold is held from an origin, or told."""

import json
import re

import numpy as np
import pytest

from multigan.cli import main
from multigan.data import describe_source, open_source
from multigan.errors import DataError
from multigan.modalities.files import write_each
from multigan.modalities.points.files import point_files

SECONDS = 1_700_000_000


@pytest.fixture
def table(tmp_path):
    """Opens a table of a column `t` and another: `table([1, 2, 3])`."""

    def make(values, name="t.csv", **options):
        rows = [f"{value},{i % 7}" for i, value in enumerate(values)]
        (tmp_path / name).write_text("t,y\n" + "\n".join(rows) + "\n")
        return open_source(str(tmp_path / name), "points", options, {})

    return make


def held(source):
    return source.batch(np.arange(len(source)))["point"]


@pytest.mark.parametrize(
    "values",
    [
        [SECONDS + i for i in range(500)],
        [SECONDS + 7 * i for i in range(500)],
        [SECONDS + i / 8 for i in range(500)],
        [1000 * SECONDS + i for i in range(500)],
        [-SECONDS - i for i in range(500)],
        [20_240_101 + i for i in range(500)],
        [f"{52.5 + i * 1e-7:.7f}" for i in range(500)],
        [f"{1e30 * (1 + i * 1e-12):.16g}" for i in range(500)],
    ],
)
def test_a_column_far_from_zero_keeps_its_different_values(table, values):
    source = table(values)
    points = held(source)
    assert (points.dtype, len(np.unique(points[:, 0]))) == (np.float32, 500)
    exact = np.array([float(value) for value in values])
    error = np.abs(points[:, 0].astype(np.float64) + source.origin[0] - exact).max()
    assert error <= 1e-6 * np.ptp(exact)
    assert source.origin[1] == 0
    assert any(note.startswith("training measures t from ") for note in source.report.notes)
    np.testing.assert_allclose(source.mean[0] + source.origin[0], exact.mean())
    np.testing.assert_allclose(source.scale[0], exact.std(), rtol=1e-5)
    assert describe_source(source).origin == source.origin


def test_whole_numbers_of_64_bits_in_an_array_are_exact(tmp_path):
    values = np.stack([10**18 + np.arange(100), np.arange(100) % 7], axis=1)
    np.save(tmp_path / "p.npy", values)
    source = open_source(str(tmp_path / "p.npy"), "points", {}, {})
    restored = held(source)[:, 0].astype(np.int64) + int(source.origin[0])
    np.testing.assert_array_equal(restored, values[:, 0])


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).normal(size=500),
        np.random.default_rng(0).normal(1000, 1, size=500),
        np.arange(500) + 2_000_000,
        np.full(500, 0.1),
        np.random.default_rng(0).normal(size=500) * 1e-9,
        np.random.default_rng(0).normal(size=500) * 1e30,
    ],
)
def test_columns_that_float32_holds_stay_as_they_are(tmp_path, values):
    points = np.stack([values, np.arange(500)], axis=1)
    np.save(tmp_path / "p.npy", points)
    source = open_source(str(tmp_path / "p.npy"), "points", {}, {})
    assert source.origin == ()
    np.testing.assert_array_equal(held(source), points.astype(np.float32))
    assert not any("float32" in note for note in source.report.notes)


def test_the_fingerprint_covers_the_origin_and_is_the_old_one_without(table):
    assert (
        table([SECONDS + i for i in range(9)]).fingerprint != table([SECONDS + 1000 + i for i in range(9)]).fingerprint
    )
    # As it was before there were origins: runs of such data go on.
    assert table([1, 2, 4]).fingerprint.startswith("6eb6aa28841ea853")


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ([10**12 * (i // 2) + i % 2 for i in range(500)], "t has 500 different values, 251 as read: float32 keeps 7"),
        (
            [f"{i + 1}e-50" for i in range(500)],
            "t has 500 different values, 1 as read: .* multiply it by a power of ten",
        ),
        (
            [10**8 * i + 1 for i in range(500)],
            "t has whole numbers up to 49,900,000,001, rounded by up to ",
        ),
        ([10**17 + i for i in range(500)], r"t has whole numbers up to 100,[\d,]+, and 16 digits are read"),
        ([f"{1 + i * 1e-9:.9f}" for i in range(500)] + ["1000"], r"t has 501 different values, \d as read"),
    ],
)
def test_what_is_lost_all_the_same_is_told(table, values, note):
    assert any(re.match(note, told) for told in table(values).report.notes), table(values).report.notes


def test_more_than_float32_holds_is_told_with_its_line_and_a_mend(table, tmp_path):
    source = table([*range(100), "1e39", "-1e300", *range(100)])
    told = [reason for _, reason in source.report.skipped]
    assert [name for name, _ in source.report.skipped] == ["line 102", "line 103"]
    assert told == [
        f"t is {n}, more than float32 holds (3.4e+38); divide the column first" for n in ("1e+39", "-1e+300")
    ]
    with pytest.raises(DataError, match=r"none of 9 points can be used \(line 2: t is 1e\+39, more than float32 holds"):
        table([f"{i + 1}e39" for i in range(9)])
    np.save(tmp_path / "p.npy", np.array([[1, 2], [1e39, 3], [4, 5]]))
    arrays = open_source(str(tmp_path / "p.npy"), "points", {"skip_bad": 0.5}, {})
    assert arrays.report.skipped[0][1].startswith("column 1 is 1e+39, more than float32 holds")


def test_conditions_that_float32_cannot_hold_are_told(tmp_path):
    np.savez(tmp_path / "p.npz", points=np.arange(40.0).reshape(20, 2), conditions=SECONDS + np.arange(20.0))
    source = open_source(str(tmp_path / "p.npz"), "points", {}, {})
    assert any(n.startswith("condition 1 has 20 different values, 1 as read") for n in source.report.notes)
    np.savez(tmp_path / "q.npz", points=np.arange(4.0).reshape(2, 2), conditions=np.array([1, 1e39]))
    with pytest.raises(
        DataError, match=r"1 of 2 conditions is more than float32 holds .* that of .*1.*; divide them first"
    ):
        open_source(str(tmp_path / "q.npz"), "points", {}, {})


def test_the_same_points_from_another_origin(table):
    source, other = table([SECONDS + i for i in range(50)]), table(range(50))
    moved = source.measured_from((float(SECONDS), 0.0))
    assert held(moved)[:, 0].tolist() == list(range(50))
    assert (moved.origin, moved.mean[0]) == ((float(SECONDS), 0.0), 24.5)
    assert held(source)[0, 0] != 0
    assert other.measured_from(()) is other


def test_samples_are_written_in_the_datas_own_units(tmp_path):
    points = np.array([[-1.5, 0.1], [2.25, 0.2]], np.float32)
    files = point_files(origin=(float(SECONDS), 0.0))
    (csv,) = write_each(tmp_path, points, files, "csv")
    assert csv.read_text() == f"x,y\n{SECONDS - 2}.5,0.100000001\n{SECONDS + 2}.25,0.200000003\n"
    (npy,) = write_each(tmp_path, points, files, "npy")
    np.testing.assert_array_equal(np.load(npy)[:, 0], [SECONDS - 1.5, SECONDS + 2.25])


def test_data_check_shows_means_in_the_datas_own_units(table, tmp_path, capsys):
    table([SECONDS + i for i in range(501)])
    for flags in ([], ["--json"]):
        with pytest.raises(SystemExit):
            main(["data", "check", str(tmp_path / "t.csv"), *flags])
    shown, facts = capsys.readouterr().out.split("{", 1)
    assert f"mean            {SECONDS + 250:,}; " in shown
    assert f"columns from {SECONDS:,} to {SECONDS + 500:,}; 0 to 6" in shown
    facts = json.loads("{" + facts)
    assert (facts["mean"][0], facts["origin"][1]) == (SECONDS + 250, 0)
