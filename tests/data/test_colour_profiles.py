"""Colour profiles: pixels mean what the profile says, and what is sRGB already is not touched."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from multigan.data.images.decode import decode

LIMIT = 1_000_000
SRGB = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
SWAPPED = SRGB[2], SRGB[1], SRGB[0]
ADOBE = (0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446)
GAMMA = [563]  # 2.2


def srgb_curve(count):
    level = np.linspace(0, 1, count)
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return np.rint(linear * 65_535).astype(int).tolist()


def pixel(content):
    return decode(content, LIMIT).image.getpixel((2, 2))


def notes(source):
    return "\n".join(source.report.notes)


@pytest.fixture
def swapped(colour_profile):
    """Of a colour space in which red and blue have changed places: what is stored as red is to be seen as blue."""
    return colour_profile(SWAPPED, srgb_curve(64))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP"])
def test_red_that_viewers_show_blue_is_blue(kind, swapped, encoded):
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95} if kind == "JPEG" else {}
    content = encoded(Image.new("RGB", (16, 16), (255, 0, 0)), kind, icc_profile=swapped, **options)
    assert np.abs(np.subtract(pixel(content), (0, 0, 255))).max() <= 3


def test_alpha_palette_and_16_bits_are_converted_alike(swapped, encoded):
    clear = encoded(Image.new("RGBA", (4, 4), (255, 0, 0, 77)), icc_profile=swapped)
    assert pixel(clear) == (0, 0, 255, 77)
    palette = encoded(Image.new("RGB", (4, 4), (255, 0, 0)).quantize(2), icc_profile=swapped)
    assert pixel(palette) == (0, 0, 255)


@pytest.mark.parametrize("points", [1024, 4096, 26])
def test_srgb_changes_not_a_bit_however_it_is_written(points, colour_profile, noise, encoded):
    image = noise(16, 16)
    picture = decode(encoded(image, icc_profile=colour_profile(SRGB, srgb_curve(points))), LIMIT)
    np.testing.assert_array_equal(np.asarray(picture.image), image)
    assert (picture.profile, picture.reading) == ("", "")


def test_pillow_s_own_srgb_changes_nothing(noise, encoded):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert decode(encoded(noise(), icc_profile=profile), LIMIT).profile == ""


def test_adobe_rgb_becomes_more_saturated(colour_profile, encoded):
    content = encoded(Image.new("RGB", (4, 4), (200, 100, 100)), icc_profile=colour_profile(ADOBE, GAMMA))
    red, green, blue = pixel(content)
    assert red > 215
    assert 90 < blue <= green <= 101


def test_grey_has_profiles_too(colour_profile, encoded):
    linear = colour_profile(None, [256])
    assert pixel(encoded(Image.new("L", (4, 4), 55), icc_profile=linear)) == pytest.approx(128, abs=2)
    assert pixel(encoded(Image.new("LA", (4, 4), (55, 9)), icc_profile=linear)) == (pytest.approx(128, abs=2), 9)
    same = decode(encoded(Image.new("L", (4, 4), 55), icc_profile=colour_profile(None, srgb_curve(256))), LIMIT)
    assert (same.image.getpixel((0, 0)), same.profile) == (55, "")


def test_cmyk_without_a_profile_and_with_an_unfitting_one_is_read_as_before(swapped, encoded):
    ink = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    plain = decode(encoded(ink, "TIFF"), LIMIT)
    other = decode(encoded(ink, "TIFF", icc_profile=swapped), LIMIT)
    assert plain.image.getpixel((2, 2)) == other.image.getpixel((2, 2)) == (0, 255, 255)
    assert (plain.profile, other.profile) == ("", "ignored")


@pytest.mark.parametrize("damage", [b"no profile at all", "cut", "zeros", "grey"])
def test_a_profile_that_is_damaged_or_does_not_fit_is_noted_and_ignored(damage, colour_profile, noise, encoded):
    profile = colour_profile(SWAPPED, srgb_curve(64))
    damaged = {"cut": profile[:200], "zeros": profile[:128] + bytes(400), "grey": colour_profile(None, GAMMA)}
    image = noise(8, 8)
    picture = decode(encoded(image, icc_profile=damaged.get(damage, damage)), LIMIT)
    np.testing.assert_array_equal(np.asarray(picture.image), image)
    assert (picture.profile, picture.reading) == ("ignored", "")


def test_a_colour_profile_in_a_grey_picture_is_ignored(swapped, encoded):
    picture = decode(encoded(Image.new("L", (4, 4), 55), icc_profile=swapped), LIMIT)
    assert (picture.image.getpixel((0, 0)), picture.profile) == (55, "ignored")


def test_srgb_in_a_grey_picture_is_not_worth_a_word(colour_profile, encoded):
    picture = decode(encoded(Image.new("L", (4, 4), 55), icc_profile=colour_profile(SRGB, srgb_curve(1024))), LIMIT)
    assert (picture.image.getpixel((0, 0)), picture.profile) == (55, "")


def test_both_are_counted_and_noted(swapped, folder, noise, encoded, opened):
    source = opened(
        folder(
            "a.png",
            **{
                "b.png": encoded(noise(), icc_profile=swapped),
                "c.png": encoded(noise(), icc_profile=swapped),
                "d.png": encoded(noise(), icc_profile=b"damaged"),
            },
        )
    )
    assert "brought to sRGB by the colour profile in the file: 2 (first b.png)" in notes(source)
    assert "with a colour profile that is damaged or does not fit, ignored: 1 (d.png)" in notes(source)
    assert not source.report.skipped


def test_a_run_on_unconverted_pictures_is_no_run_on_these(swapped, folder, noise, encoded, opened, monkeypatch):
    place = folder(**{f"{i}.png": encoded(noise(), icc_profile=swapped) for i in range(2)})
    right = opened(place)
    monkeypatch.setattr("multigan.data.images.decode.to_srgb", lambda image, profile: (image, ""))
    before = opened(place)
    assert right.fingerprint != before.fingerprint
    np.testing.assert_allclose(right[0]["image"][..., 0], before[0]["image"][..., 2], atol=0.02)
