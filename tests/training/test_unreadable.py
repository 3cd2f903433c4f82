"""Pictures that nobody looked at before training and that cannot be read: said, logged, and no end of a run."""

import numpy as np
import pytest
from PIL import Image
from small import Collector

from multigan.runs import RunDirectory

OPTIONS = {"size": "8", "width": "4", "ema": "0.9", "look": "3"}


@pytest.fixture
def pictures(tmp_path):
    """A folder of 40 pictures, of which seven are damaged and not among those that are looked at before."""
    place = tmp_path / "pictures"
    place.mkdir()
    rng = np.random.default_rng(0)
    for number in range(40):
        path = place / f"{number:02d}.png"
        Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)).save(path)
        if number % 5 == 3 and number < 36:
            path.write_bytes(path.read_bytes()[:40])
    return place


def logged(directory):
    return [line for line in RunDirectory(directory).lines() if line["kind"] == "unreadable"]


def test_a_run_names_what_it_could_not_read_and_goes_on(train, pictures, tmp_path):
    display = Collector()
    done = train(tmp_path / "run", data=str(pictures), options=OPTIONS | {"skip_bad": "0.3"}, steps=20, display=display)
    assert done.result.outcome == "done"
    said = [line for line in display.lines if line.startswith("data: skipped")]
    lines = logged(tmp_path / "run")
    assert sum(line["count"] for line in lines) == 7
    assert {file["name"] for line in lines for file in line["files"]} == {f"{n:02d}.png" for n in range(3, 36, 5)}
    assert "damaged" in said[0]
    assert any("more skipped" in line for line in display.lines)
    assert any("looked at 3 of 40 images" in line for line in display.lines)


def test_a_resumed_run_is_the_straight_run(train, pictures, tmp_path):
    options = OPTIONS | {"skip_bad": "0.3"}
    train(tmp_path / "straight", data=str(pictures), options=options, steps=40)
    train(tmp_path / "parted", data=str(pictures), options=options, steps=20)
    train(tmp_path / "parted", resume=True, steps=40)
    one, other = (
        [line["losses"] for line in RunDirectory(tmp_path / name).lines() if line["kind"] == "log"]
        for name in ("straight", "parted")
    )
    assert one == other


def test_too_many_end_a_run_with_their_names(train, pictures, tmp_path):
    with pytest.raises(Exception, match=r"cannot be read, more than skip_bad=0.05 allows \(\d\d.png: damaged"):
        train(tmp_path / "run", data=str(pictures), options=OPTIONS, steps=20)
