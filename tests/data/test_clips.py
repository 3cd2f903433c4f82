"""Clips are read from every kind of file, folder and array, and come out as one shape, in order."""

import weakref
import zipfile

import numpy as np
import pytest

from multigan.data import batches, modality_of, open_source
from multigan.errors import DataError, UsageError
from multigan.modalities.clips.reading import source as source_module


def columns(clip):
    """Where the square of `moving` is in each frame: its left edge."""
    return [int(np.flatnonzero(frame[5, :, 0] > 0.3)[0]) for frame in clip]


def test_pictures_that_do_not_move_are_images(shelf, animated, encoded, moving):
    stills = {f"{number}.gif": animated(moving(1, seed=number)) for number in range(3)}
    assert modality_of(str(shelf(stills)), {}) == "images"
    assert modality_of(str(shelf({"a.webp": encoded(moving(1)[0], "WEBP")}, "one") / "a.webp"), {}) == "images"
    assert modality_of(str(shelf({"a.webp": animated(moving(4), "WEBP")}, "two") / "a.webp"), {}) == "clips"


def test_progress_goes_from_the_first_to_the_last(shelf, animated, moving):
    seen = []
    place = shelf({f"{number}.gif": animated(moving(4, seed=number)) for number in range(3)})
    open_source(str(place), "clips", {"frames": 4}, {}, lambda *numbers: seen.append(numbers))
    assert seen == [(0, 3), (1, 3), (1, 3), (2, 3), (2, 3), (3, 3)]


def clips_of(source):
    return source.batch(np.arange(len(source)))["clip"]


def pixels(frames):
    """What a lossless reading makes of frames."""
    return frames.astype(np.float32) / 127.5 - 1


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animations_are_read_frame_by_frame(kind, watched, shelf, animated, moving):
    suffix = {"GIF": "gif", "PNG": "apng", "WEBP": "webp"}[kind]
    films = [moving(8, seed=seed) for seed in range(3)]
    place = shelf({f"{number}.{suffix}": animated(film, kind, 50) for number, film in enumerate(films)})
    source = watched(place, frames=8)
    assert (source.shape, len(source), source.frame_rate, source.field) == ((8, 16, 16, 3), 3, 20.0, "clip")
    assert source.facts == {"frame_rate": 20.0}
    np.testing.assert_allclose(clips_of(source), pixels(np.stack(films)), atol=2e-2 if kind == "GIF" else 1e-6)
    assert modality_of(str(place), {}) == "clips"


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm", ".mkv", ".avi"])
def test_films_are_read_in_ranges(suffix, watched, shelf, filmed, moving):
    place = shelf({f"a{suffix}": filmed(moving(26), suffix), f"b{suffix}": filmed(moving(9, seed=4), suffix)})
    source = watched(place, frames=8, size="16")
    assert (len(source), source.shape, source.frame_rate) == (4, (8, 16, 16, 3), 10.0)
    clips = clips_of(source)
    assert [columns(clip) for clip in clips] == [
        [*range(8)], [*range(8, 13), 0, 1, 2], [*range(3, 11)], [*range(8)]
    ]  # fmt: skip
    assert np.median(clips[3]) > np.median(clips[0]) + 0.2, "of the other film"
    notes = "; ".join(source.report.notes)
    assert "4 clips of 8 frames from 2 films; frames left over at the ends, too few for a clip: 3" in notes
    assert (source.report.found, source.report.used) == (4, 4)
    assert modality_of(str(place / f"a{suffix}"), {}) == "clips"
    assert len(watched(place / f"a{suffix}", frames=8)) == 3, "a film alone is data"


def test_clips_that_do_not_fit_into_memory_are_decoded_when_asked_for(
    watched, shelf, filmed, animated, moving, monkeypatch
):
    place = shelf({"a.mp4": filmed(moving(40)), "b.gif": animated(moving(20, seed=3)), "c.zip": b""})
    kept = watched(place, frames=4)
    monkeypatch.setattr(source_module, "KEEP_BYTES", 1000)
    source = watched(place, frames=4)
    assert (kept.in_memory, source.in_memory) == (True, False)
    assert "too much to keep, clips are decoded while training" in "; ".join(source.report.notes)
    np.testing.assert_array_equal(clips_of(source), clips_of(kept))
    for index in (14, 9, 0, 3):
        np.testing.assert_array_equal(source[index]["clip"], kept[index]["clip"])
    assert source.fingerprint == kept.fingerprint
    (place / "a.mp4").write_bytes(b"gone")
    with pytest.raises(DataError, match=r"a\.mp4: not a film of a known kind .*; it could be read when the data was"):
        source[0]


def test_a_long_film_is_never_held_whole(watched, shelf, filmed, moving, monkeypatch):
    """No more frames are fitted, and held, than those of two clips."""
    monkeypatch.setattr(source_module, "KEEP_BYTES", 0)
    held, most = [], []
    fit = source_module.Target.fit

    def counted(self, image):
        most.append(len([frame for frame in held if frame() is not None]))
        fitted = fit(self, image).copy()
        held.append(weakref.ref(fitted))
        return fitted

    monkeypatch.setattr(source_module.Target, "fit", counted)
    source = watched(shelf({"a.mp4": filmed(moving(96))}), frames=4)
    assert len(source) == 24
    assert len(most) == 96
    assert max(most) <= 8


def test_numbered_frames_make_a_clip_of_their_folder(watched, shelf, encoded, moving):
    frames = {}
    for number, name in enumerate(("walk/one", "walk/two", "run/one")):
        for index, frame in enumerate(moving(10, seed=number)):
            frames[f"{name}/frame-{index + 1}.png"] = encoded(frame)
    source = watched(shelf(frames), frames=10)
    assert (len(source), source.classes) == (3, ("run", "walk"))
    assert source.labels.tolist() == [0, 1, 1]
    np.testing.assert_allclose(clips_of(source)[1], pixels(moving(10, seed=0)), atol=1e-6)
    assert "nothing tells how fast they are, so they are shown with 10 frames a second: all 3" in str(
        source.report.notes
    )
    assert watched(shelf(frames), frames=10, frame_rate=24).frame_rate == 24


def test_one_folder_may_hold_the_frames_of_several_clips(watched, shelf, encoded, moving):
    named = {
        f"{name}_{index:03}.png": encoded(frame)
        for name in "ab"
        for index, frame in enumerate(moving(6, seed=ord(name) % 7))
    }
    source = watched(shelf(named), frames=6)
    assert len(source) == 2
    assert not source.classes
    alone = {f"{index}.png": encoded(frame) for index, frame in enumerate(moving(6)) if index != 3}
    source = watched(shelf(alone, "other"), frames=5)
    assert "with gaps: 1 (frames: 1 numbers are left out between its frames)" in source.report.notes


def test_sheets_are_cut_into_frames(watched, shelf, encoded, moving):
    rows = [np.concatenate(list(moving(8, seed=seed)), axis=1) for seed in range(4)]
    place = shelf({"a.png": encoded(np.concatenate(rows[:2])), "b.png": encoded(np.concatenate(rows[2:]))})
    source = watched(place, grid="2x8", frames=8)
    np.testing.assert_allclose(
        clips_of(source), pixels(np.stack([moving(8, seed=seed) for seed in range(4)])), atol=1e-6
    )
    whole = watched(place, grid="2x8", frames=16, sheet="whole")
    assert whole.shape == (16, 16, 16, 3)
    assert len(whole) == 2
    np.testing.assert_allclose(clips_of(whole)[0, 8:], clips_of(source)[1], atol=1e-6)
    with pytest.raises(DataError, match="a sheet of 32 x 128 pixels does not divide into grid=3x8"):
        watched(place, grid="3x8", frames=8)
    for wrong in ("8", "1x1", "0x4", "axb", "99999x1"):
        with pytest.raises(UsageError, match="expected ROWSxCOLUMNS, such as 4x8"):
            watched(place, grid=wrong)


def test_arrays_of_clips(watched, tmp_path, moving):
    clips = np.stack([moving(8, seed=seed) for seed in range(5)])
    np.save(tmp_path / "a.npy", clips)
    np.savez(tmp_path / "a.npz", clips=clips[..., 0], labels=np.array(["up", "down", "up", "up", "down"]))
    np.save(tmp_path / "first.npy", clips.transpose(0, 1, 4, 2, 3).astype(np.float32) / 127.5 - 1)
    source = watched(tmp_path / "a.npy", frames=8)
    np.testing.assert_allclose(clips_of(source), pixels(clips), atol=1e-6)
    grey = watched(tmp_path / "a.npz", frames=4)
    assert (len(grey), grey.shape, grey.classes) == (10, (4, 16, 16, 1), ("down", "up"))
    assert grey.labels.tolist() == [1, 1, 0, 0, 1, 1, 1, 1, 0, 0]
    turned = watched(tmp_path / "first.npy", frames=8)
    np.testing.assert_allclose(clips_of(turned), pixels(clips), atol=1e-2)
    assert "is read as (clips, frames, channels, height, width)" in str(turned.report.notes)
    for name, known in (("a.npy", "clips"), ("a.npz", "clips")):
        assert modality_of(str(tmp_path / name), {}) == known
    np.save(tmp_path / "bad.npy", np.zeros((4, 8, 16, 16, 9)))
    np.save(tmp_path / "one.npy", np.zeros((4, 8, 8)))
    for name in ("bad.npy", "one.npy"):
        with pytest.raises(DataError, match=r"expected \(clips, frames, height, width\)"):
            watched(tmp_path / name)


def test_a_zip_file_holds_what_a_folder_does(watched, shelf, filmed, animated, encoded, moving, tmp_path):
    contents = {"a/x.mp4": filmed(moving(8)), "b/y.gif": animated(moving(8, seed=3))}
    contents |= {f"b/z/{index}.png": encoded(frame) for index, frame in enumerate(moving(8, seed=5))}
    place = shelf(contents)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    folder, packed = watched(place, frames=8), watched(tmp_path / "all.zip", frames=8)
    np.testing.assert_array_equal(clips_of(folder), clips_of(packed))
    assert (folder.classes, packed.labels.tolist(), packed.fingerprint) == (("a", "b"), [0, 1, 1], folder.fingerprint)


def test_labels_of_ones_own_belong_to_all_clips_of_a_film(watched, shelf, filmed, moving):
    place = shelf(
        {"a.mp4": filmed(moving(16)), "b.mp4": filmed(moving(8, seed=2)), "l.csv": b"a.mp4,hop\nb.mp4,skip\n"}
    )
    source = watched(place, frames=8, labels=str(place / "l.csv"))
    assert (source.classes, source.labels.tolist()) == (("hop", "skip"), [0, 0, 1])
    assert next(batches(source, 3, seed=0))["label"].shape == (3,)


def test_size_channels_crop_and_flip(watched, shelf, animated, moving):
    place = shelf({"a.gif": animated(moving(8, height=24, width=48)), "b.gif": animated(moving(8, 24, 48, seed=2))})
    source = watched(place, frames=8)
    assert source.shape == (8, 32, 32, 3)
    assert "size=auto makes squares of clips that are 24 x 48; -o size=32x64 keeps their proportions" in str(
        source.report.notes
    )
    grey = watched(place, frames=8, size="12x24", channels=1, crop="none", flip=True)
    assert grey.shape == (8, 12, 24, 1)
    plain, drawn = clips_of(grey), grey.batch(np.arange(2).repeat(20), np.random.default_rng(0))["clip"]
    mirrored = [np.array_equal(clip, plain[number // 20][:, :, ::-1]) for number, clip in enumerate(drawn)]
    same = [np.array_equal(clip, plain[number // 20]) for number, clip in enumerate(drawn)]
    assert 10 < sum(mirrored) < 30, "all frames of a clip alike"
    assert np.all(np.array(mirrored) != np.array(same))
    assert watched(place, frames=8, size="12x24", crop="none").fingerprint != source.fingerprint


def test_transparency_is_kept_where_most_have_it_or_laid_over_the_background(watched, shelf, animated, moving):
    clear = [np.dstack([frame, np.where(frame[..., 0] > 100, 255, 0).astype(np.uint8)]) for frame in moving(6)]
    place = shelf({"a.webp": animated(clear, "WEBP", exact=True), "b.webp": animated(clear[::-1], "WEBP", exact=True)})
    assert watched(place, frames=6).shape == (6, 16, 16, 4)
    over = watched(place, frames=6, channels=3, background="#0000ff")
    np.testing.assert_allclose(clips_of(over)[0, 0, 0, 0], [-1, -1, 1], atol=1e-6)
    assert "transparent, laid over #0000ff: all 2" in over.report.notes


def test_grey_films_have_one_channel(watched, shelf, animated, moving):
    greys = moving(6, seed=4)[..., :1].repeat(3, axis=-1)
    place = shelf({"a.gif": animated(moving(6)[..., 0]), "b.webp": animated(greys, "WEBP")})
    assert watched(place, frames=6).shape == (6, 16, 16, 1), "their colours are greys"


def test_films_whose_frames_are_stored_out_of_order(watched, shelf, filmed, moving, monkeypatch):
    """An AVI has no times for them, and what is made up for these is wrong."""
    monkeypatch.setattr(source_module, "KEEP_BYTES", 0)
    options = {".avi": {}, ".mp4": {"movflags": "+faststart"}}
    for suffix in options:
        content = filmed(moving(52, 32, 32), suffix, codec="libx264", pixels="yuv420p", options=options[suffix])
        source = watched(shelf({f"a{suffix}": content}, suffix), frames=10, size="32")
        assert [columns(source[index]["clip"]) for index in range(5)] == [
            [number % 29 for number in range(start, start + 10)] for start in range(0, 50, 10)
        ], suffix


def test_turned_films_stand_upright(watched, shelf, filmed, moving):
    lying = moving(6, height=16, width=32)
    source = watched(shelf({"a.mp4": filmed(lying, turned=90)}), frames=6, size="32x16", crop="none")
    assert "stored as film 1, all 32 x 16 (height x width)" in source.report.notes
    bright = clips_of(source)[0, 0, :, :, 0] > 0.3
    rows, columns_ = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    assert rows.tolist() == [28, 29, 30, 31], "what was at the left is below: turned against the clock"
    assert columns_.tolist() == [4, 5, 6, 7]


def test_pixels_that_are_not_square_are_shown_as_they_are_meant(watched, shelf, filmed, moving):
    source = watched(shelf({"a.mp4": filmed(moving(6, 16, 16), stretched=2)}), frames=6, size="16x32", crop="none")
    assert "stored as film 1, all 16 x 32 (height x width)" in source.report.notes
    assert columns(source[0]["clip"]) == [2 * number for number in range(6)]


def test_the_moving_digits_are_data_of_their_own():
    from multigan.builtin import DATASETS

    datasets = {dataset.name: dataset for dataset in DATASETS}
    source = open_source("moving-digits", "clips", {}, datasets)
    assert (source.shape, len(source), source.frame_rate) == ((16, 32, 32, 1), 1600, 10.0)
    assert len(source.classes) == 8
    middle = source.batch(np.arange(len(source)))["clip"][..., 0] + 1
    grid = np.arange(32)
    for name, way in (("right", (0, 1)), ("up", (-1, 0)), ("down-left", (1, -1))):
        own = middle[source.labels == source.classes.index(name)]
        mass = own.sum(axis=(2, 3))
        rows = (own.sum(axis=3) * grid).sum(axis=2) / mass
        columns = (own.sum(axis=2) * grid).sum(axis=2) / mass
        moved = np.sign([(rows[:, -1] - rows[:, 0]).mean().round(), (columns[:, -1] - columns[:, 0]).mean().round()])
        assert tuple(moved) == way, name


def test_a_folder_of_png_that_all_move_holds_clips(shelf, animated, moving, encoded):
    films = {f"{number}.png": animated(moving(8, seed=number), "PNG", 50) for number in range(4)}
    assert modality_of(str(shelf(films)), {}) == "clips"
    assert modality_of(str(shelf({**films, "0.png": encoded(moving(1)[0])}, "other")), {}) == "images"
