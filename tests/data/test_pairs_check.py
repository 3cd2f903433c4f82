"""Pairs on the command line: --to, what data check tells and draws, and sheets of columns."""

import json

import numpy as np
import pytest
from PIL import Image

from multigan.cli import main
from multigan.fields import find_kind
from multigan.modalities.images.columns import write_columns
from multigan.recipe import load_object


@pytest.fixture
def command(capsys):
    """Runs `multigan ...`: (exit code, stdout, stderr)."""

    def run(*words):
        with pytest.raises(SystemExit) as caught:
            main(list(map(str, words)))
        return caught.value.code, *capsys.readouterr()

    return run


def test_data_check_tells_and_draws_pairs(command, folder, tmp_path):
    a, b = folder("1.png", "2.png", "3.png", root="a"), folder("1.png", "2.png", root="b")
    sheet = tmp_path / "new" / "pairs.png"
    code, out, said = command("data", "check", a, "--to", b, "-o", "pairs=names", "-o", "size=8", "--sheet", sheet)
    assert code == 0
    assert "source          8 x 8 x 3, picture; belongs to the image" in out
    assert "paired by their names: 2" in out
    assert f"skipped         {a}: 3.png: no partner in {b}" in out
    assert f"the first samples are in {sheet}" in said
    with Image.open(sheet) as opened:
        assert opened.format == "PNG"
    _, out, _ = command("data", "check", a, "--to", b, "-o", "pairs=names", "-o", "size=8", "--json")
    (field,) = json.loads(out)["beside"]
    assert (field["name"], field["shape"], field["aligned"]) == ("source", [8, 8, 3], True)


def test_the_sheet_of_other_samples_is_their_preview(command, folder, tmp_path):
    assert command("data", "check", folder("1.png", "2.png"), "--sheet", tmp_path / "s.png")[0] == 0
    assert (tmp_path / "s.png").is_file()
    assert command("data", "check", "pydoc", "--sheet", tmp_path / "s.txt")[0] == 0
    first = (tmp_path / "s.txt").read_text(encoding="utf-8").splitlines()[0]
    assert any(letter.isalpha() for letter in first)
    code, _, said = command("data", "check", folder("1.png", "2.png"), "--sheet", tmp_path / "s.jpg")
    assert code == 2
    assert "a sheet of images ends in .png" in said
    assert not (tmp_path / "s.jpg").exists()


def test_to_is_an_option_of_images(command, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder("1.png", "2.png", root="a")
    folder("1.png", "2.png", root="b")
    code, out, _ = command("run", "--plugin", "dcgan", "--data", "a", "--to", "b", "--dry-run", "--json")
    assert code == 0
    assert json.loads(out)["options"]["to"] == {"value": str(tmp_path / "b"), "origin": "flag"}
    code, _, said = command("run", "--plugin", "gan-points", "--data", "ring", "--to", "b", "--dry-run")
    assert code == 2
    assert "--to b: points are not made out of others here" in said
    code, _, said = command("run", "--plugin", "dcgan", "--data", "a", "--to", "b", "-o", "to=c", "--dry-run")
    assert code == 2
    assert "name two places" in said


@pytest.mark.parametrize("name", ["picture", "mask", "labelmap"])
def test_the_kinds_of_images_are_found(name):
    kind = find_kind(name)
    assert callable(load_object(kind.parse))
    assert callable(load_object(kind.draw))


def test_columns_of_any_size_and_channels_stand_side_by_side(tmp_path):
    columns = {
        "input": np.full((5, 8, 8, 1), -1.0),
        "small": np.full((5, 3, 3, 2), 1.0),
        "output": np.tile(np.array([1.0, -1, -1]), (5, 8, 16, 1)),
        "wanted": np.zeros((5, 16, 16, 4)),
    }
    write_columns(tmp_path / "sheet.png", columns)
    with Image.open(tmp_path / "sheet.png") as opened:
        sheet = np.asarray(opened)
    assert sheet.shape[2] == 3
    assert (sheet[40, 5] == 0).all()
    red = (sheet == (255, 0, 0)).all(axis=-1)
    assert red.any()
    assert red.any(axis=1).sum() % 64 == 0


@pytest.mark.parametrize("count", [1, 7, 64])
def test_many_records_stand_in_blocks(tmp_path, count):
    write_columns(
        tmp_path / "sheet.png", {"input": np.zeros((count, 32, 32, 3)), "output": np.zeros((count, 32, 32, 3))}
    )
    with Image.open(tmp_path / "sheet.png") as opened:
        width, height = opened.size
    assert width <= 1000
    assert height <= 68 * count + 20


def test_columns_of_other_counts_are_no_sheet(tmp_path):
    with pytest.raises(ValueError, match="as many"):
        write_columns(tmp_path / "s.png", {"a": np.zeros((2, 8, 8, 3)), "b": np.zeros((3, 8, 8, 3))})
