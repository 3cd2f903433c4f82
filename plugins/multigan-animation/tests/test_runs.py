"""Runs of clips by the real command line: trained, gone on with, sampled at any length, between key frames."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from multigan.testing import call, differences

SMALL = ("-o", "width=2", "-o", "critic_width=2", "-o", "codes=4", "-o", "size=8", "-o", "frames=4", "--batch-size", 4)
OFTEN = ("--sample-every", "4", "--checkpoint-every", "4", "--log-every", "4")
SEEN = (4, 8, 8, 4)


def picture(seed, side=8):
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 4), dtype=np.uint8)
    pixels[..., 3] = 255 * (pixels[..., 3] > 99)
    pixels[pixels[..., 3] == 0] = 0  # what cannot be seen is lost in some formats
    return Image.fromarray(pixels)


def film(path, seed, frames=4, duration=100):
    first, *others = (picture(10 * seed + number) for number in range(frames))
    path.parent.mkdir(parents=True, exist_ok=True)
    first.save(path, save_all=True, append_images=others, duration=duration, loop=0, lossless=True, exact=True)


@pytest.fixture(scope="module")
def sprites(tmp_path_factory):
    """Two actions of sprites with alpha."""
    place = tmp_path_factory.mktemp("sprites")
    for number in range(8):
        film(place / ("walk", "jump")[number % 2] / f"s{number}.webp", number)
    return place


@pytest.fixture(scope="module")
def runs(sprites, tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    for recipe in ("animation", "characters", "tween", "next"):
        call("run", "--plugin", recipe, "--data", sprites, *SMALL, *OFTEN, "--steps", 8, "--run-dir", place / recipe)
    return place


def drawn(run, out, *words):
    told, _ = call("sample", run, "--out", out, "--json", *words)
    return json.loads(told)


def test_a_run_that_goes_on_is_the_same_run(runs, sprites, tmp_path):
    for recipe in ("animation", "characters", "next"):
        shutil.copytree(runs / recipe, tmp_path / recipe)
        shutil.rmtree(tmp_path / recipe / "checkpoints" / "step-00000008")
        call("run", "--resume", tmp_path / recipe)
        assert not differences(runs / recipe, tmp_path / recipe)


def test_clips_of_another_length_that_close_are_sheets_with_what_engines_read(runs, tmp_path):
    told = drawn(
        runs / "animation",
        tmp_path / "s",
        "-n",
        2,
        "--label",
        "walk",
        "--frames",
        7,
        "--ask",
        "loop=1",
        "--format",
        "png",
    )
    assert (told["labels"], told["files"]) == (["walk", "walk"], ["00000-walk.png", "00001-walk.png"])
    with Image.open(tmp_path / "s" / "00001-walk.png") as sheet:
        assert (sheet.size, sheet.mode) == ((7 * 8, 8), "RGBA")
    assert len(json.loads((tmp_path / "s" / "00001-walk.json").read_text())["frames"]) == 7
    for name in ("gif", "webp", "apng", "mp4", "npy"):
        told = drawn(runs / "animation", tmp_path / name, "-n", 1, "--frames", 5, "--format", name)
        assert len(told["files"]) == 1
    assert np.load(tmp_path / "npy" / told["files"][0]).shape == (5, 8, 8, 4)


def test_a_path_through_motions_keeps_the_content(runs, tmp_path):
    words = ("-n", 4, "--interpolate", 2, "--format", "npy", "--label", "jump")
    clips = {}
    for hold in ("motion", "content"):
        told = drawn(runs / "animation", tmp_path / hold, *words, "--hold", hold)
        clips[hold] = np.stack([np.load(tmp_path / hold / name) for name in told["files"]])
        assert (tmp_path / hold / "sequence.png").exists()
    np.testing.assert_array_equal(clips["motion"][0], clips["content"][0])
    assert np.abs(clips["motion"][-1] - clips["content"][-1]).max() > 1e-4


@pytest.mark.parametrize(
    ("recipe", "words", "message"),
    [
        ("animation", ("--hold", "content"), "--hold: of a path between latents; give --interpolate as well"),
        ("animation", ("--interpolate", 2, "--hold", "contents"), "did you mean content?"),
        ("animation", ("--ask", "loop=2"), "loop lies between 0 and 1"),
        ("animation", ("--input", "ONE"), "takes no --input"),
        ("tween", ("--input", "ONE"), "one picture, and clips are made between two"),
        ("tween", ("--input", "nowhere.png"), "nowhere.png"),
        ("tween", ("--input", "EMPTY"), "no clips"),
        ("tween", ("--input", "ONE", "--input", "DAMAGED"), "mend the file, or leave it out"),
        ("tween", ("--input", "ONE", "--input", "ONE", "--tile", 64), "--tile: for pictures that are made of pictures"),
        ("next", ("--input", "ONE", "--interpolate", 2, "--hold", "motion"), "it has latents of one kind"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_nothing_is_written(runs, tmp_path, recipe, words, message):
    picture(1).save(tmp_path / "one.png")
    (tmp_path / "damaged.png").write_bytes((tmp_path / "one.png").read_bytes()[:40])
    (tmp_path / "empty").mkdir()
    places = {"ONE": tmp_path / "one.png", "DAMAGED": tmp_path / "damaged.png", "EMPTY": tmp_path / "empty"}
    words = [places.get(word, word) for word in words]
    _, said = call("sample", runs / recipe, "--out", tmp_path / "out", *words, code=2)
    assert message in said
    assert not (tmp_path / "out").exists()


def test_between_two_pictures_and_between_three(runs, tmp_path):
    given = []
    for number in range(3):
        picture(number).save(tmp_path / f"key{number}.png")
        given += ["--input", tmp_path / f"key{number}.png"]
    told = drawn(runs / "tween", tmp_path / "two", *given[:4], "--frames", 6, "--format", "npy")
    assert told["files"] == ["key0.npy"]
    clip = np.load(tmp_path / "two" / "key0.npy")
    assert clip.shape == (6, 8, 8, 4)
    for number, frame in ((0, 0), (1, -1)):
        np.testing.assert_allclose(clip[frame], np.asarray(picture(number)) / 127.5 - 1, atol=1e-6)
    drawn(runs / "tween", tmp_path / "three", *given, "--frames", 6, "--format", "npy")
    whole = np.load(tmp_path / "three" / "key0.npy")
    assert len(whole) == 11
    np.testing.assert_allclose(whole[:6], clip, atol=1e-6)


def test_an_animation_gets_four_times_the_frames_and_plays_as_long(runs, tmp_path):
    film(tmp_path / "in" / "hero.webp", 5, frames=3, duration=120)
    (tmp_path / "in" / "villain").mkdir()
    for number in range(4):
        picture(number).save(tmp_path / "in" / "villain" / f"{number:02d}.png")
    told = drawn(runs / "tween", tmp_path / "out", "--input", tmp_path / "in", "--frames", 5, "--format", "webp")
    assert told["files"] == ["hero.webp", "villain.webp"]
    with Image.open(tmp_path / "out" / "hero.webp") as made:
        np.testing.assert_array_equal(np.asarray(made.convert("RGBA")), np.asarray(picture(50)))
        made.seek(4)
        np.testing.assert_array_equal(np.asarray(made.convert("RGBA")), np.asarray(picture(51)))
        assert (made.n_frames, made.info["duration"]) == (9, 30)
    with Image.open(tmp_path / "out" / "villain.webp") as made:
        assert made.n_frames == 13


def test_what_follows_a_picture_begins_with_it(runs, tmp_path):
    for number in range(2):
        picture(number).save(tmp_path / f"{'ab'[number]}.png")
    words = ("--input", tmp_path / "a.png", "--input", tmp_path / "b.png", "--format", "npy", "--frames", 6)
    told = drawn(runs / "next", tmp_path / "out", *words, "--label", "walk")
    assert told["files"] == ["a-walk.npy", "b-walk.npy"] or told["files"] == ["a.npy", "b.npy"]
    for number, name in enumerate(told["files"]):
        clip = np.load(tmp_path / "out" / name)
        assert clip.shape == (6, 8, 8, 4)
        np.testing.assert_allclose(clip[0], np.asarray(picture(number)) / 127.5 - 1, atol=1e-6)


def test_clips_that_lie_between_are_scored_beside_a_cross_fade(runs, sprites):
    metrics = ("--metric", "clip-L1", "--metric", "motion")
    out, _ = call("evaluate", runs / "tween", "-n", 8, "--seeds", 1, "--json", *metrics)
    scores = {record["metric"]: record for record in json.loads(out)}
    controls = scores["clip-L1"]["controls"]
    assert {"cross-fade", "nearest key frame", "real", "frozen", "shuffled", "reversed", "noise"} <= set(controls)
    assert 0 < scores["clip-L1"]["value"] < 2
    assert controls["cross-fade"]["value"] < controls["noise"]["value"]


def test_data_that_cannot_be_trained_on_are_refused(sprites, tmp_path):
    words = ("run", "--plugin", "tween", "--data", sprites, *SMALL, "--steps", 2, "--run-dir", tmp_path / "r")
    _, said = call(*words, "-o", "keys=first", code=2)
    assert "-o keys=ends" in said
    assert not (tmp_path / "r").exists()
