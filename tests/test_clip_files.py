"""Clips are written as files that play, at the pace of the data, and can be read again."""

import json
import sys

import numpy as np
import pytest
from PIL import Image

from multigan.data import open_source
from multigan.errors import RunFailedError, UsageError
from multigan.modalities.clips.files import clip_files, durations
from multigan.modalities.files import Context, files_for, names_of, write_each, write_in_order, write_samples
from multigan.modality import find_modality
from multigan.recipe import DataInfo
from multigan.report.gallery import gallery


def clips(count=3, frames=6, height=8, width=12, channels=1, seed=0):
    """Noise of whole bytes, so that lossless formats can be held against it."""
    values = np.random.default_rng(seed).integers(0, 256, (count, frames, height, width, channels))
    return (values / 127.5 - 1).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["webp", "apng", "gif", "png"])
def test_what_is_written_is_read_again(name, channels, tmp_path):
    made = clips(channels=channels)
    if channels in (2, 4):
        made[..., -1] = np.where(made[..., -1] > 0, 1, -1)
        made[..., :-1][made[..., -1] < 0] = -1  # a GIF has one transparent colour
    paths = write_each(tmp_path, made, clip_files(12.5), name)
    assert [path.name for path in paths] == [f"0000{number}.{name}" for number in range(3)]
    grid = {"grid": "1x6"} if name == "png" else {}
    source = open_source(
        str(tmp_path), "clips", {"frames": 6, "size": "8x12", "channels": channels, "background": "black", **grid}, {}
    )
    read = source.batch(np.arange(3))["clip"]
    if name == "gif" and channels > 1:
        assert np.median(abs(read - made)) < 0.1, "256 colours a frame"
    else:
        np.testing.assert_allclose(read, made, atol=1e-6)
    assert source.frame_rate == (10 if name == "png" else 12.5)


def test_a_sheet_comes_with_what_game_engines_read(tmp_path):
    """Aseprite's JSON: where each frame lies, and how long it is shown."""
    files = clip_files(12.5)
    made = clips(2, frames=3, channels=4)
    paths = write_each(tmp_path, made, files, "png", names=["hero", "villain"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hero.json", "hero.png", "villain.json", "villain.png"]
    told = json.loads((tmp_path / "villain.json").read_text())
    assert told["meta"]["image"] == "villain.png"
    with Image.open(paths[1]) as sheet:
        assert sheet.size == (told["meta"]["size"]["w"], told["meta"]["size"]["h"])
        for number, frame in enumerate(told["frames"]):
            x, y, width, height = (frame["frame"][side] for side in "xywh")
            pixels = np.asarray(sheet.crop((x, y, x + width, y + height)))
            np.testing.assert_array_equal(pixels, np.rint((made[1, number] + 1) * 127.5))
            assert (frame["duration"], frame["sourceSize"]) == (80, {"w": 12, "h": 8})
    assert told["meta"]["frameTags"] == [{"name": "villain", "from": 0, "to": 2, "direction": "forward"}]
    names = list(names_of(files, "png", 2, names=["hero", "villain"]))
    assert names == ["hero.png", "villain.png", "hero.json", "villain.json", "preview.webp"], "none is replaced"


def test_an_mp4_is_a_film_of_the_clip(tmp_path):
    made = np.zeros((1, 8, 15, 33, 1), np.float32)
    made[0, :, :, :16] = np.linspace(-0.8, 0.8, 8)[:, None, None, None]
    [path] = write_each(tmp_path, made, clip_files(12.5), "mp4")
    source = open_source(str(path), "clips", {"frames": 8, "size": "15x33", "channels": 1, "crop": "none"}, {})
    assert source.frame_rate == 12.5
    np.testing.assert_allclose(source[0]["clip"], made[0], atol=0.12)
    first = path.read_bytes()
    assert write_each(tmp_path, made, clip_files(12.5), "mp4")[0].read_bytes() == first, "the same to the byte"


def test_without_the_library_an_mp4_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UsageError, match=r'format mp4 needs pip install "multigan\[clips\]"'):
        write_each(tmp_path, clips(), clip_files(10), "mp4")
    assert not list(tmp_path.iterdir())


def test_times_add_up_to_the_pace_of_the_data():
    assert durations(4, 10) == [100] * 4
    assert durations(6, 24, unit=10) == [40, 40, 40, 50, 40, 40]
    assert sum(durations(240, 24, unit=10)) == 10_000
    assert sum(durations(300, 29.97)) == 10_010
    assert durations(3, 500, unit=10) == [20, 20, 20], "browsers show less as 100 ms"


def test_the_preview_plays_all_clips_side_by_side(tmp_path):
    made = clips(count=9, frames=5, height=16, width=16)
    path = write_samples(tmp_path / "preview.webp", made, clip_files(20))
    with Image.open(path) as picture:
        assert (picture.n_frames, picture.format) == (5, "WEBP")
        picture.seek(2)
        pixels = np.asarray(picture.convert("L"))
        assert picture.info["duration"] == 50
    factor = pixels.shape[1] // (3 * 18 - 2)
    expected = np.rint((made[4, 2, :, :, 0] + 1) * 127.5)
    part = pixels[18 * factor : 34 * factor : factor, 18 * factor : 34 * factor : factor]
    np.testing.assert_array_equal(part, expected)


def test_a_preview_is_no_wider_than_a_report_shows_untouched(tmp_path):
    path = write_samples(tmp_path / "step-00000001.webp", clips(4, 3, 300, 500), clip_files(10))
    sheet = write_in_order(tmp_path / "step-00000001", clips(4, 3, 300, 500), clip_files(10))
    with Image.open(path) as picture:
        assert (picture.width, picture.n_frames) == (800, 3)
    shown = gallery({1: (sheet, path), 2: (path,)}, "clips")
    assert [part["data"].partition(";")[0] for part in (shown["last"], *shown["strip"])] == ["data:image/webp"] * 2
    assert shown["notices"] == []


def test_labels_give_rows_with_names(tmp_path):
    labels, classes = np.array([0, 0, 1, 1]), ("left", "right")
    plain = write_samples(tmp_path / "a.webp", clips(4), clip_files(10))
    named = write_samples(tmp_path / "b.webp", clips(4), clip_files(10), labels=labels, classes=classes)
    with Image.open(plain) as one, Image.open(named) as other:
        assert other.width > one.width
        assert other.n_frames == 6
    with Image.open(
        write_in_order(tmp_path / "sheet", clips(4), clip_files(10), labels=labels, classes=classes)
    ) as sheet:
        assert sheet.format == "PNG"
        assert sheet.width > 6 * 12


def test_a_contact_sheet_of_many_clips_is_bounded(tmp_path):
    path = write_in_order(tmp_path / "sheet", clips(600, 20, 4, 4), clip_files(10))
    with Image.open(path) as sheet:
        assert sheet.size == (16 * 6 - 2, 256 * 6 - 2)


def test_nearest_training_clips_play_beside_samples(tmp_path):
    draw = find_modality("clips").load("pairs")
    path = draw(tmp_path / "neighbours", clips(2), np.stack([clips(3), clips(3, seed=1)]))
    with Image.open(path) as picture:
        assert (path.name, picture.n_frames) == ("neighbours.webp", 6)


def test_what_is_no_clip_is_refused(tmp_path):
    for shape in ((2, 8, 8, 1), (2, 4, 8, 8, 5)):
        with pytest.raises(
            UsageError, match="clips are count x frames x height x width x channels with 1 to 4 channels"
        ):
            write_each(tmp_path, np.zeros(shape, np.float32), clip_files(10), "gif")
    with pytest.raises(RunFailedError, match="not finite"):
        write_each(tmp_path, np.full((1, 2, 4, 4, 1), np.nan, np.float32), clip_files(10), "gif")


def test_the_run_s_own_pace_is_used(tmp_path):
    data = DataInfo(name="d", shape=(6, 8, 12, 1), facts={"frame_rate": 5.0})
    [path] = write_each(tmp_path, clips(1), files_for("clips", Context(data=data)), "gif")
    with Image.open(path) as picture:
        assert picture.info["duration"] == 200
    exported = find_modality("clips").load("exported")
    assert exported(data) == ({"frame_rate": 5.0}, "show the frames that it makes at 5 a second")
    assert exported(DataInfo(name="d", shape=(6, 8, 12, 1))) == ({}, "")
