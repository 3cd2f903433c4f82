"""What `size=auto` and `channels=0` choose, and that the choice is told."""

import numpy as np
import pytest

from multigan.errors import UsageError


def notes(source):
    return "\n".join(source.report.notes)


def test_mixed_sizes_get_one_shape_and_it_is_noted(folder, opened, noise, encoded):
    place = folder(**{"a.png": encoded(noise(20, 30)), "b.png": encoded(noise(40, 25)), "c.png": encoded(noise(9, 9))})
    source = opened(place)
    assert source.shape == (32, 32, 3)
    assert "from 9 x 9 to 40 x 25 (height x width)" in notes(source)
    assert "resized to 32 x 32 (crop=center, filter=lanczos)" in notes(source)
    assert "enlarged: all 3" in notes(source)


def test_sizes_that_are_not_square_are_kept_when_asked_and_the_advice_says_how(folder, opened, noise, encoded):
    place = folder(**{"a.png": encoded(noise(16, 48))})
    source = opened(place)
    assert source.shape == (16, 16, 3)
    assert "-o size=16x48 keeps their proportions" in notes(source)
    assert opened(place, size="16x48").shape == (16, 48, 3)


@pytest.mark.parametrize(
    ("kinds", "channels"),
    [
        ([1, 1], 1),
        ([1, 3], 3),
        ([2, 2], 2),
        ([4, 4, 3], 4),
        ([4, 3, 3], 3),
        ([2, 2, 3], 4),
    ],
)
def test_channels_are_as_in_the_data(kinds, channels, folder, opened, noise, encoded):
    place = folder(**{f"{i}.png": encoded(noise(8, 8, kind)) for i, kind in enumerate(kinds)})
    source = opened(place)
    assert source.shape == (8, 8, channels)
    assert source[0]["image"].shape == (8, 8, channels)


def test_an_opaque_alpha_channel_is_left_out(folder, opened, encoded):
    place = folder(**{"a.png": encoded(np.full((8, 8, 4), 255, np.uint8))})
    source = opened(place)
    assert source.shape == (8, 8, 3)
    assert "it is opaque; -o channels=4 keeps it" in notes(source)
    assert opened(place, channels="4").shape == (8, 8, 4)


def test_transparency_over_the_background_is_noted(folder, opened, encoded):
    place = folder(**{"a.png": encoded(np.zeros((8, 8, 4), np.uint8))})
    source = opened(place, channels="3", background="#ff0000")
    assert "laid over #ff0000: all 1" in notes(source)
    np.testing.assert_array_equal(source[0]["image"][0, 0], [1, -1, -1])


def test_16_bits_and_animations_are_noted(folder, opened, encoded):
    from PIL import Image

    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime")]
    place = folder(
        **{
            "deep.png": encoded(np.full((8, 8), 65_535, np.uint16)),
            "moving.gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        }
    )
    source = opened(place)
    assert "16 bits a channel, rounded to 8: 1 (deep.png)" in notes(source)
    assert "animated or of several pages, the first is read: 1 (moving.gif)" in notes(source)
    assert source[0]["image"].max() == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"siz": "8"}, r"image data has no option siz; did you mean size\?"),
        ({"size": "big"}, "option size=big: expected auto, N or HxW"),
        ({"crop": "centre"}, r"did you mean center\?"),
        ({"channels": "5"}, "at most 4"),
        ({"background": "nice"}, "option background=nice"),
        ({"skip_bad": "2"}, "at most 1"),
    ],
)
def test_wrong_options_are_usage_errors(options, message, folder, opened):
    with pytest.raises(UsageError, match=message):
        opened(folder("1.png"), **options)
