"""Key frames as a person gives them, and what is written of the clips between."""

import numpy as np
import pytest
from PIL import Image

from multigan.data import describe_source, open_source
from multigan.data.collection import UnreadableError
from multigan.errors import DataError, UsageError
from multigan.field import Field
from multigan.modalities.clips import moving_digits
from multigan.modalities.clips.controls import cross_faded, held
from multigan.modalities.clips.keyframes import draw_keys, parse_keys
from multigan.modalities.clips.tweening import joined

ENDS = Field(name="keys", kind="keyframes", shape=(2, 6, 8, 3))
FIRST = Field(name="keys", kind="keyframes", shape=(1, 6, 8, 3))


def picture(path, seed, size=(8, 6)):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels / np.float32(127.5) - 1


@pytest.mark.parametrize(("keys", "places"), [("ends", [0, -1]), ("first", [0])])
def test_data_have_the_key_frames_that_are_asked_for(keys, places, tmp_path):
    np.save(tmp_path / "clips.npy", moving_digits.load()[0][:6])
    source = open_source(str(tmp_path / "clips.npy"), "clips", {"keys": keys}, {})
    batch = source.batch(np.arange(4))
    np.testing.assert_array_equal(batch["keys"], batch["clip"][:, places])
    field = describe_source(source).fields["keys"]
    assert (field.kind, field.shape) == ("keyframes", (len(places), 32, 32, 1))
    assert "keys" not in open_source(str(tmp_path / "clips.npy"), "clips", {}, {}).batch(np.arange(1))


def test_a_mirrored_clip_has_mirrored_key_frames(tmp_path):
    np.save(tmp_path / "clips.npy", moving_digits.load()[0][:1])
    source = open_source(str(tmp_path / "clips.npy"), "clips", {"keys": "ends", "flip": True}, {})
    for seed in range(8):
        batch = source.batch(np.zeros(1, int), np.random.default_rng(seed))
        np.testing.assert_array_equal(batch["keys"], batch["clip"][:, [0, -1]])


def test_pictures_that_are_named_one_by_one_are_key_frames_of_one_clip(tmp_path):
    pixels = [picture(tmp_path / f"{name}.png", seed) for seed, name in enumerate("cab")]
    given = parse_keys([str(tmp_path / f"{name}.png") for name in "cab"], ENDS)
    assert given.names == ("c",)
    frames, rate = given.values.read(0)
    assert rate == 0
    np.testing.assert_allclose(frames, pixels, atol=1e-6)
    pairs = given.values.pairs(frames)
    np.testing.assert_array_equal(pairs[:, 0], frames[:2])
    np.testing.assert_array_equal(pairs[:, 1], frames[1:])
    np.testing.assert_array_equal(given.values[0:1], pairs[:1])
    alone = parse_keys([str(tmp_path / f"{name}.png") for name in "cab"], FIRST)
    assert alone.names == ("c", "a", "b")
    np.testing.assert_allclose(alone.values[np.arange(3)][:, 0], pixels, atol=1e-6)


def test_a_folder_of_numbered_frames_and_an_animation_are_one_each(tmp_path):
    pixels = [picture(tmp_path / "in" / "hero" / f"{number}.png", number) for number in (2, 10, 1)]
    frames = [Image.fromarray(np.uint8(np.full((6, 8, 3), level))) for level in (0, 100, 255)]
    frames[0].save(tmp_path / "in" / "b.gif", save_all=True, append_images=frames[1:], duration=50, loop=0)
    given = parse_keys([str(tmp_path / "in")], ENDS)
    assert given.names == ("b", "hero")
    film, rate = given.values.read(0)
    assert (len(film), rate) == (3, pytest.approx(20))
    hero, rate = given.values.read(1)
    assert rate == 0
    np.testing.assert_allclose(hero, [pixels[2], pixels[0], pixels[1]], atol=1e-6)
    last = parse_keys([str(tmp_path / "in" / "hero")], FIRST)
    assert last.names == ("hero",)
    np.testing.assert_allclose(last.values[0:1][0, 0], pixels[1], atol=1e-6)


def test_pictures_of_another_size_are_fitted_as_those_of_the_training(tmp_path):
    picture(tmp_path / "wide.png", 0, (20, 6))
    field = Field(name="keys", kind="keyframes", shape=(1, 6, 8, 1), fitted="crop=pad background=#000000")
    [[frame]] = parse_keys([str(tmp_path / "wide.png")], field).values[0:1]
    assert frame.shape == (6, 8, 1)
    assert (frame[[0, -1]] == -1).all(), "above and below it is black"


def test_equal_names_are_told_apart(tmp_path):
    for folder in "ab":
        picture(tmp_path / folder / "x.png", 0)
    given = parse_keys([str(tmp_path / folder / "x.png") for folder in "ab"], FIRST)
    assert given.names == ("x", "x-2")


def test_what_is_no_key_frame_is_said(tmp_path):
    picture(tmp_path / "one.png", 0)
    (tmp_path / "bad.png").write_bytes((tmp_path / "one.png").read_bytes()[:60])
    (tmp_path / "bad.gif").write_bytes(b"GIF89a")
    (tmp_path / "text.txt").write_text("no picture")
    with pytest.raises(UsageError, match=r"--input one: one picture, and clips are made between two"):
        parse_keys([str(tmp_path / "one.png")], ENDS)
    with pytest.raises(UsageError, match="nowhere: no such file or folder"):
        parse_keys([str(tmp_path / "nowhere")], ENDS)
    for name in ("bad.png", "bad.gif", "text.txt"):
        with pytest.raises(DataError, match=name):
            parse_keys([str(tmp_path / name), str(tmp_path / "one.png")], ENDS)
    picture(tmp_path / "in" / "walk.png", 0)
    given = parse_keys([str(tmp_path / "in")], ENDS)
    with pytest.raises(UnreadableError, match="a still picture"):
        given.values.read(0)
    with pytest.raises(DataError, match="walk: a still picture"):
        given.values[0:1]


def test_clips_that_share_a_frame_are_joined_there():
    clips = np.array([[0, 1, 2], [2, 3, 4], [4, 5, 6]], float)
    assert joined(clips).tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_what_needs_no_network_stands_between_in_closed_form():
    keys = np.stack([np.zeros((1, 2, 2, 1)), np.ones((1, 2, 2, 1))], axis=1)
    assert cross_faded(keys, 5)[0, :, 0, 0, 0].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert held(keys, 5)[0, :, 0, 0, 0].tolist() == [0, 0, 0, 1, 1]
    assert held(keys[:, :1], 3).max() == 0
    assert draw_keys(keys, ENDS)[0, 0, :, 0].tolist() == [0, 0, 1, 1]
