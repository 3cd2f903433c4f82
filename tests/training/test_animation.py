"""The animation of a run's previews."""

import numpy as np
import pytest
from PIL import Image

from multigan.errors import UsageError
from multigan.runlog import read_run
from multigan.training import animation
from multigan.training.animation import write_animation


@pytest.fixture
def previews(tmp_path):
    """A folder of previews of one grey each: `previews(steps, size=..., mode=...)`; the grey is the step."""

    def make(steps, size=(64, 48), mode="L"):
        folder = tmp_path / "samples"
        folder.mkdir(exist_ok=True)
        for step in steps:
            Image.new("L", size, step).convert(mode).save(folder / f"step-{step:08d}.png")
        return folder

    return make


def frames(path):
    """(grey in the picture's middle, milliseconds) of each frame."""
    found = []
    with Image.open(path) as picture:
        for number in range(picture.n_frames):
            picture.seek(number)
            found.append((picture.convert("L").getpixel((30, 20)), picture.info["duration"]))
    return found


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_previews_are_shown_in_the_order_of_their_steps_and_the_last_one_longest(previews, mode, suffix):
    path = write_animation(previews([100, 20, 200], mode=mode), suffix)
    assert path.name == f"training{suffix}"
    shown = frames(path)
    assert [round(grey / 20) for grey, _ in shown] == [1, 5, 10]
    assert shown[0][1] == shown[1][1] < shown[2][1]


def test_many_previews_are_thinned_evenly_and_bounded(previews, monkeypatch):
    monkeypatch.setattr(animation, "FRAMES", 5)
    folder = previews(range(0, 250, 10), size=(2000, 500))
    path = write_animation(folder)
    assert np.allclose([grey for grey, _ in frames(path)], [0, 60, 120, 180, 240], atol=2)
    with Image.open(path) as picture:
        assert max(picture.size) <= animation.SIDE + animation.STRIP


def test_a_preview_of_another_size_or_damaged_is_no_trouble(previews):
    previews([10], size=(30, 90))
    folder = previews([200, 250])
    (folder / "step-00000100.png").write_bytes(b"no picture")
    (folder / "step-00000100-seed-1").mkdir()
    assert len(frames(write_animation(folder))) == 3


def test_fewer_than_two_previews_make_no_animation(previews, tmp_path):
    assert write_animation(previews([10])) is None
    assert write_animation(tmp_path / "nowhere") is None
    assert [path.name for path in (tmp_path / "samples").iterdir()] == ["step-00000010.png"]


def test_another_suffix_is_refused(previews):
    with pytest.raises(UsageError, match=r"ends in \.gif or \.webp, not in \.mp4"):
        write_animation(previews([1, 2]), ".mp4")


def test_the_same_previews_make_the_same_file_and_the_report_passes_over_it(previews):
    folder = previews([10, 20])
    first = write_animation(folder).read_bytes()
    assert write_animation(folder).read_bytes() == first
    assert list(read_run(folder.parent).samples) == [10, 20]
