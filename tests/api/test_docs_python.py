"""docs/python.md runs from its first line to its last, in less time than it says."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import multigan
from multigan.errors import DataError, RunFailedError, UsageError

PAGE = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
# What a test has no time for.
LESS = {"steps=3000": "steps=2", "steps=4000": "steps=3", "batch_size=32": "batch_size=4", '"width": 32': '"width": 2',
        "count=500": "count=16", "count=100": "count=10"}  # fmt: skip


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder to begin in, as a reader has one; and runs that are small where the page does not say."""
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for number in range(8):
        pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(f"photos/{number}.png")
    for name, value in {"OPTION_SIZE": 16, "OPTION_WIDTH": 2, "BATCH_SIZE": 4}.items():
        monkeypatch.setenv(f"MULTIGAN_{name}", str(value))


def test_the_page_runs(photos, capsys):
    names = {}
    for block in BLOCKS:
        for word, less in LESS.items():
            block = block.replace(word, less)
        exec(compile(block, "docs/python.md", "exec"), names)
    out = capsys.readouterr().out
    assert "no widht; did you mean width?" in out
    assert names["samples"].shape == (16, 16, 16, 3)
    with Image.open("sample.png") as picture:
        assert picture.size == (16, 16)
    assert names["sevens"].shape == names["mixed"].shape == (16, 16, 16, 1)
    assert [each.shape[:2] for each in names["made"]] == [(32, 32), (32, 32), (48, 64)]
    assert names["run"].step == 3
    assert names["model"].path.is_file()
    assert len(names["drawn"].files) == 10


def test_everything_that_is_shortened_stands_on_the_page():
    assert [word for word in LESS if word not in "".join(BLOCKS)] == []


def test_the_errors_are_those_of_the_page():
    told = re.findall(r"^\| `(\w+Error)` \|", PAGE, re.MULTILINE)
    assert [getattr(multigan, name) for name in told] == [UsageError, DataError, RunFailedError]
    assert all(issubclass(getattr(multigan, name), multigan.MultiganError) for name in told)


def test_every_method_of_a_run_is_on_the_page():
    public = [name for name in dir(multigan.SavedRun) if not name.startswith("_")]
    inner = {"directory", "host", "observer_failed", "read", "working", "recipe", "step"}
    assert [name for name in public if name not in inner and not re.search(rf"\b{name}\b", PAGE)] == []
