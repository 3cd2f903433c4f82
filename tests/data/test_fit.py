"""Size, channels, crop and background."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from multigan.data.fit import Target, automatic_size, parse_background, parse_size
from multigan.errors import UsageError


@settings(deadline=None)
@given(st.integers(1, 4096), st.integers(1, 4096))
def test_sizes_are_read_back(height, width):
    assert parse_size(f"{height}x{width}") == (height, width)
    assert parse_size(str(height)) == (height, height)


@settings(deadline=None)
@given(st.text(max_size=12) | st.from_regex(r"[0-9]{0,5}x?[0-9]{0,5}", fullmatch=True))
def test_any_text_is_a_size_within_bounds_or_a_usage_error(text):
    try:
        size = parse_size(text)
    except UsageError:
        return
    assert text == "auto" if size is None else 1 <= min(size) <= max(size) <= 4096


@pytest.mark.parametrize("text", ["0", "0x5", "-1", "4097", "12x", "x12", "1x2x3", "१२", "32 x 32", "auto64", ""])
def test_wrong_sizes(text):
    with pytest.raises(UsageError, match="expected auto, N or HxW"):
        parse_size(text)


@pytest.mark.parametrize(("text", "colour"), [("white", (255,) * 3), ("#102030", (16, 32, 48)), ("black", (0, 0, 0))])
def test_backgrounds(text, colour):
    assert parse_background(text) == colour


@pytest.mark.parametrize("text", ["", "#12", "whitish", "#11223344"])
def test_wrong_backgrounds(text):
    with pytest.raises(UsageError, match="background"):
        parse_background(text)


@pytest.mark.parametrize(
    ("sizes", "side"),
    [([(8, 8)], 8), ([(28, 28)], 32), ([(9, 100)], 16), ([(3000, 4000)], 64), ([(10, 10), (60, 60), (61, 70)], 64)],
)
def test_automatic_size_is_the_next_power_of_the_median_short_side(sizes, side):
    assert automatic_size(sizes) == (side, side)


@settings(deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(1, 4),
    st.sampled_from(["center", "random", "none", "pad"]),
    st.sampled_from(["L", "LA", "RGB", "RGBA"]),
)
def test_every_image_gets_the_shape(height, width, to_height, to_width, channels, crop, mode):
    target = Target(to_height, to_width, channels, crop)
    pixels = target.fit(Image.new(mode, (width, height)))
    assert pixels.dtype == np.uint8
    assert target.window(pixels).shape == target.shape
    if crop != "random":
        assert pixels.shape == target.shape


def stripes():
    """Three squares of black, grey and white, side by side: 4 x 12."""
    return Image.fromarray(np.repeat(np.repeat(np.array([[0, 128, 255]], np.uint8), 4, 0), 4, 1))


def test_center_cuts_the_middle():
    assert (Target(4, 4, 1, "center").fit(stripes()) == 128).all()


def test_none_stretches():
    pixels = Target(4, 3, 1, "none", "box").fit(stripes())
    np.testing.assert_array_equal(pixels[0, :, 0], [0, 128, 255])


def test_pad_letterboxes_with_the_background():
    pixels = Target(12, 12, 3, "pad", background=(9, 8, 7)).fit(stripes().convert("RGB"))
    assert (pixels[:4] == (9, 8, 7)).all()
    assert (pixels[8:] == (9, 8, 7)).all()
    np.testing.assert_array_equal(pixels[6, [1, 6, 11], 0], [0, 128, 255])


def test_pad_is_transparent_when_there_is_alpha():
    pixels = Target(12, 12, 4, "pad").fit(stripes())
    assert (pixels[:4, :, 3] == 0).all()
    assert (pixels[5:7, :, 3] == 255).all()


def test_random_keeps_the_longer_side_for_the_window():
    target = Target(4, 4, 1, "random")
    pixels = target.fit(stripes())
    assert pixels.shape == (4, 12, 1)
    assert (target.window(pixels) == 128).all()
    seen = {target.window(pixels, np.random.default_rng(seed))[0, 0, 0] for seed in range(40)}
    assert {0, 128, 255} <= seen


@pytest.mark.parametrize(("channels", "expected"), [(1, [155]), (3, [255, 155, 155]), (2, None), (4, [255, 0, 0, 100])])
def test_transparency_is_laid_over_the_background_or_kept(channels, expected):
    pixels = Target(2, 2, channels).fit(Image.new("RGBA", (2, 2), (255, 0, 0, 100)))[0, 0]
    if channels == 2:
        assert pixels[1] == 100
    elif channels == 1:  # the luma of the colour with three channels
        assert abs(int(pixels[0]) - (0.299 * 255 + 0.701 * 155)) < 1
    else:
        np.testing.assert_array_equal(pixels, expected)


def test_hidden_colours_do_not_bleed_when_resizing():
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    image.paste((0, 255, 0, 255), (4, 0, 8, 8))
    pixels = Target(4, 4, 3, filter="bilinear", background=(0, 0, 0)).fit(image)
    assert pixels[..., 0].max() == 0


def test_opaque_images_get_full_alpha():
    assert (Target(4, 4, 4).fit(Image.new("RGB", (4, 4)))[..., 3] == 255).all()
    assert (Target(4, 4, 2).fit(Image.new("L", (4, 4)))[..., 1] == 255).all()
