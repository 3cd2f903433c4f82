"""What is no clip is named, with the reason and a mend, and nothing is decoded that is too large."""

import io
import itertools
import sys

import numpy as np
import pytest
from PIL import Image

from multigan.data import open_source
from multigan.errors import DataError, UsageError
from multigan.testing import ArraySource


@pytest.fixture
def refused(watched, shelf, animated, moving):
    """What is said of a file beside good clips: `refused("bad.gif", content)`."""

    shelves = itertools.count()

    def say(name, content, **options):
        good = {f"good/{number}.gif": animated(moving(8, seed=number)) for number in range(2)}
        place = shelf({name: content, **good}, f"shelf-{next(shelves)}")
        source = watched(place, frames=8, skip_bad=0.5, **options)
        [(found, reason)] = source.report.skipped
        assert found == name
        assert len(source) == 2
        return reason

    return say


def test_stills_and_single_frames_are_no_clips(refused, animated, encoded, moving):
    assert refused("a.jpg", encoded(moving(1)[0], "JPEG")).startswith("a still picture (frames are numbered")
    assert refused("a.gif", animated(moving(1))).startswith("one frame: a still picture (frames")
    assert refused("a.apng", encoded(moving(1)[0])).startswith("one frame: a still picture")
    assert refused("frame1.png", encoded(moving(1)[0])).startswith("a still picture")


@pytest.mark.parametrize("short", ["skip", "loop", "pad"])
def test_too_few_frames(short, watched, shelf, animated, moving):
    place = shelf({"a.gif": animated(moving(5)), "b.gif": animated(moving(5, seed=3))})
    if short == "skip":
        with pytest.raises(
            DataError, match=r"none of 2 clips can be used \(a\.gif: 5 frames, and a clip has 8; lower -o "
        ):
            watched(place, frames=8)
        return
    source = watched(place, frames=8, short=short)
    left = [int(np.flatnonzero(frame[5, :, 0] > 0.3)[0]) for frame in source[0]["clip"]]
    assert left == ([0, 1, 2, 3, 4, 0, 1, 2] if short == "loop" else [0, 1, 2, 3, 4, 4, 4, 4])
    assert "shorter than 8 frames, which are looped or held: all 2" in source.report.notes


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.99])
def test_animations_that_are_cut_off_are_refused(kind, share, refused, animated, noise):
    content = animated([noise() for _ in range(12)], kind)
    suffix = {"GIF": "gif", "PNG": "apng", "WEBP": "webp"}[kind]
    reason = refused(f"a.{suffix}", content[: max(40, int(share * len(content)))])
    assert "cut off" in reason or "damaged" in reason
    for word in ("index", "Error", "object", "tuple", "unpack", "NoneType"):
        assert word not in reason


def test_a_cut_at_the_border_of_two_frames_is_one(refused, animated, noise):
    content = animated([noise() for _ in range(4)])
    second = content.index(b"\x21\xf9\x04", content.index(b"\x21\xf9\x04", content.index(b"\x21\xf9\x04") + 1) + 1)
    assert refused("a.gif", content[:second]) == "cut off: its end is not there"


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm", ".mkv", ".avi"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_films_that_are_cut_off_are_refused(suffix, share, refused, filmed, noise):
    content = filmed([noise(16, 16) for _ in range(30)], suffix)
    reason = refused(f"a{suffix}", content[: int(share * len(content))])
    assert "cut off" in reason
    assert "Invalid data" not in reason
    assert "Errno" not in reason


def test_a_film_whose_head_promises_more_frames_is_cut_off(refused, filmed, noise):
    content = filmed([noise(32, 32) for _ in range(30)], options={"movflags": "+faststart"})
    assert content.index(b"moov") < content.index(b"mdat")
    assert refused("a.mp4", content[: len(content) * 6 // 10]).startswith("cut off: ")


def test_a_film_that_is_damaged_inside_is_refused(refused, filmed, noise):
    content = bytearray(filmed([noise(32, 32) for _ in range(30)], ".avi"))
    start = content.index(b"movi") + len(content) // 2
    for place in range(start, start + 3000):
        content[place] = 0
    assert "cut off" in refused("a.avi", bytes(content))


def test_films_without_pictures(refused, tmp_path):
    import av

    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16_000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16_000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert refused("a.mp4", path.read_bytes()) == "no film in it, only sound"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.height = stream.width = 16
        stream.pix_fmt = "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode())
    assert refused("a.mp4", path.read_bytes()).startswith("one frame: a still picture")


def test_what_only_is_called_so_is_told_by_its_head(refused, filmed, moving, encoded):
    assert "an MPEG-4 file" in refused("a.gif", filmed(moving(8)))
    assert refused("a.mp4", encoded(moving(1)[0])) == "not a film of a known kind (an image (PNG))"
    assert refused("a.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n").startswith("not a film of a known kind")
    assert refused("a.webm", b"") == "0 bytes"
    assert refused("a.gif", b"") == "0 bytes"


def test_frames_that_are_too_large_are_judged_by_their_header(refused, huge_png, filmed, moving):
    assert refused("a.png", huge_png(10_000, 10_000), grid="2x2") == (
        "10,000 x 10,000 = 100,000,000 pixels, more than max_pixels=50,000,000"
    )
    large = b"GIF89a" + (10_000).to_bytes(2, "little") * 2 + b"\0\0\0,\0\0\0\0\1\0\1\0\0\2\2\x4c\1\0;"
    assert "100,000,000 pixels" in refused("a.gif", large)
    assert "1,024 pixels, more than max_pixels=1,000" in refused("a.mp4", filmed(moving(8, 32, 32)), max_pixels=1000)


def test_frames_of_several_sizes_or_with_one_number_twice(refused, watched, shelf, encoded, animated, noise, moving):
    frames = {f"walk/{number}.png": encoded(frame) for number, frame in enumerate(moving(8))}
    good = {"a.gif": animated(moving(8, seed=2)), "b.gif": animated(moving(8, seed=4))}
    said = {
        "walk/8.png": "frames of several sizes: walk/0.png is 16 x 16, walk/8.png 8 x 8",
        "walk/3.jpg": "two frames have the number 3; leave one out",
    }
    for name, reason in said.items():
        place = shelf(
            {**frames, **good, name: encoded(noise(8, 8), "JPEG" if name.endswith("jpg") else "PNG")}, name[5]
        )
        source = watched(place, frames=8, skip_bad=0.5)
        assert source.report.skipped == (("walk", reason),)
    frames["walk/5.png"] = frames["walk/5.png"][:60]
    source = watched(shelf({**frames, **good}, "cut"), frames=8, skip_bad=0.5)
    [(name, reason)] = source.report.skipped
    assert reason.startswith("frame walk/5.png: damaged or cut off")


def test_more_bad_ones_than_are_allowed_are_an_error(watched, shelf, animated, moving):
    place = shelf({"a.gif": b"GIF89a", "b.gif": animated(moving(8))})
    with pytest.raises(
        DataError, match=r"1 of 2 clips \(50\.0%\) cannot be used, more than skip_bad=0\.05 allows \(a\.gif"
    ):
        watched(place, frames=8)


def test_folders_with_nothing_for_clips(watched, shelf, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no clips in it, it is empty"):
        watched(tmp_path / "empty")
    with pytest.raises(DataError, match=r"ffmpeg -i FILE FILE\.mp4 makes them readable"):
        watched(shelf({"a.wmv": b"x"}))
    with pytest.raises(DataError, match=r"ffmpeg -i FILE FILE\.mp4 makes them readable"):
        watched(tmp_path / "shelf" / "a.wmv")
    with pytest.raises(DataError, match="0 bytes; get it anew"):
        watched(shelf({"a.bin": b""}) / "a.bin")
    with pytest.raises(DataError, match="not a kind of file that clips are read from; give a folder, a film"):
        watched(shelf({"a.bin": b"x" * 100}) / "a.bin")
    with pytest.raises(DataError, match="clips are not read from there; download the files"):
        watched("hf:someone/films")


def test_copies_and_clips_that_stand_still_are_told(watched, shelf, animated, encoded, moving):
    place = shelf({"a.gif": animated(moving(8)), "b.gif": animated(moving(8)), "c.gif": animated(moving(8, seed=2))})
    still = {f"d/{number}.png": encoded(moving(1)[0]) for number in range(8)}
    source = watched(shelf(still), frames=8)
    assert "exact copies of another: 1 (b.gif of a.gif)" in source.report.notes
    assert "clips in which nothing moves: 1 (in d)" in source.report.notes
    (place / "c.gif").unlink()
    for number in range(8):
        (place / "d" / f"{number}.png").unlink()
    with pytest.raises(DataError, match=r"all 2 clips are the same \(b\.gif is a copy of a\.gif\)"):
        watched(place, frames=8)


def test_without_the_library_films_say_what_to_install(watched, shelf, animated, moving, monkeypatch):
    place = shelf({"a.gif": animated(moving(8)), "b.gif": animated(moving(8, seed=2))})
    monkeypatch.setitem(sys.modules, "av", None)
    assert len(watched(place, frames=8)) == 2, "animations need none"
    (place / "c.mp4").write_bytes(b"x")
    with pytest.raises(UsageError, match=r'reading films needs pip install "multigan\[clips\]"'):
        watched(place, frames=8)


def test_pictures_for_images_are_told_to_be_such(shelf, encoded, noise):
    place = shelf({f"{name}.jpg": encoded(noise(), "JPEG") for name in ("cat", "dog", "cow")})
    with pytest.raises(
        DataError, match=r"a still picture.*by its name or head it holds images, for which there are other"
    ):
        open_source(str(place), "clips", {}, {})


def test_an_animated_picture_is_still_an_image_for_images(opened, shelf, animated, moving):
    source = opened(shelf({"a.gif": animated(moving(4)), "b.gif": animated(moving(4, seed=3))}), size="16")
    assert "animated or of several pages, the first is read: all 2" in source.report.notes


def test_clips_are_a_modality_of_tests_too():
    source = ArraySource(np.zeros((2, 4, 8, 8, 1)), "clips", facts={"frame_rate": 5.0})
    assert (source.field, source.frame_rate) == ("clip", 5.0)


def test_a_picture_for_programs_without_animations_is_no_frame(watched, shelf, moving):
    frames = [Image.fromarray(frame) for frame in moving(6)]
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(
        buffer, "PNG", save_all=True, append_images=frames, default_image=True, duration=100
    )
    source = watched(shelf({"a.png": buffer.getvalue()}), frames=6)
    np.testing.assert_allclose(source[0]["clip"], moving(6).astype(np.float32) / 127.5 - 1, atol=1e-6)
