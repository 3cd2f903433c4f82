"""Colour profiles: pixels mean what the profile says, and what is sRGB already is not touched."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from multigan.modalities.images.reading.decode import decode

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


def inks(clut):
    """A CMYK profile: `clut(c, m, y, k)` gives L*, a* and b* of inks that are each 0 or 1."""
    corners = [clut(*(corner >> shift & 1 for shift in (3, 2, 1, 0))) for corner in range(16)]
    lab = bytes(round(part) for light, a, b in corners for part in (light * 2.55, a + 128, b + 128))
    ramp = bytes(range(256))
    lut = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + struct.pack(">9i", 65_536, 0, 0, 0, 65_536, 0, 0, 0, 65_536)
    lut += 4 * ramp + lab + 3 * ramp
    lut += bytes(-len(lut) % 4)
    white = struct.pack(">3i", 63_190, 65_536, 54_061)
    tags = {b"A2B0": lut, b"wtpt": b"XYZ " + bytes(4) + white}
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(data))
        body += data
    head = b"test" + bytes.fromhex("02400000") + b"prtrCMYKLab " + struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    head += b"acsp" + bytes(28) + white + bytes(48)
    return struct.pack(">I", 4 + len(head) + len(table) + len(body)) + head + table + body


@pytest.fixture
def chunked(encoded):
    """A PNG of one colour with further chunks, of bytes or of numbers: `chunked(55, cICP=b"...", gAMA=1.0)`."""

    def make(colour, mode="RGB", icc_profile=None, **chunks):
        content = encoded(Image.new(mode, (4, 4), colour), icc_profile=icc_profile)
        for name, data in chunks.items():
            if not isinstance(data, bytes):
                data = np.rint(np.atleast_1d(data) * 100_000).astype(">u4").tobytes()
            kind = name.encode()
            chunk = struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            content = content[:33] + chunk + content[33:]
        return content

    return make


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


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_inks_become_what_their_profile_says(kind, encoded):
    profile = inks(lambda c, m, y, k: (100 - 50 * c - 50 * k if c + k < 2 else 0, 60 * c, 50 * c))
    for ink, seen in (((255, 0, 0, 0), (215, 60, 37)), ((0, 0, 0, 0), (255, 255, 255)), ((0, 255, 255, 0), (255,) * 3)):
        picture = decode(encoded(Image.new("CMYK", (16, 16), ink), kind, icc_profile=profile), LIMIT)
        assert (picture.image.mode, picture.profile, picture.reading) == ("RGB", "converted", "sRGB")
        assert np.abs(np.subtract(picture.image.getpixel((2, 2)), seen)).max() <= 4


GAMMA_OF_PNG = 0.45455
OF_SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
OF_ADOBE = (0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)


@pytest.mark.parametrize(
    ("mode", "before", "after"),
    [
        ("RGB", (55, 0, 255), (128, 0, 255)),
        ("RGBA", (55, 0, 255, 55), (128, 0, 255, 55)),
        ("L", 55, 128),
        ("LA", (55, 9), (128, 9)),
        ("I;16", 55 * 257, 128),
    ],
)
def test_linear_light_becomes_srgb(mode, before, after, chunked):
    picture = decode(chunked(before, mode, gAMA=1.0), LIMIT)
    assert (picture.image.getpixel((2, 2)), picture.profile, picture.reading) == (after, "gamma", "gamma")


@pytest.mark.parametrize(
    ("chunks", "seen", "told"),
    [
        ({}, 55, ""),
        ({"gAMA": GAMMA_OF_PNG}, 55, ""),
        ({"gAMA": GAMMA_OF_PNG, "cHRM": OF_SRGB}, 55, ""),
        ({"gAMA": 1.0, "cHRM": OF_SRGB}, 128, "gamma"),
        ({"gAMA": 1.0, "cHRM": OF_ADOBE}, 128, "foreign gamma"),
        ({"gAMA": GAMMA_OF_PNG, "cHRM": OF_ADOBE}, 55, "foreign"),
        ({"gAMA": 0.0}, 55, "foreign"),
        ({"gAMA": 1.0, "cHRM": OF_ADOBE, "sRGB": b"\0"}, 55, ""),
        ({"gAMA": 1.0, "icc_profile": True}, 128, "converted"),
        ({"gAMA": 1.0, "cICP": bytes([1, 13, 0, 1])}, 55, ""),
        ({"icc_profile": True, "cICP": bytes([1, 13, 0, 1])}, 55, ""),
        ({"icc_profile": True, "cICP": bytes([9, 16, 0, 1])}, 128, "converted"),
        ({"sRGB": b"\0", "cICP": bytes([9, 16, 0, 1])}, 55, "foreign"),
        ({"cICP": bytes([12, 13, 0, 1])}, 55, "foreign"),
    ],
)
def test_of_a_png_s_ways_to_say_its_colours_the_first_counts(chunks, seen, told, colour_profile, chunked):
    if "icc_profile" in chunks:
        chunks = {**chunks, "icc_profile": colour_profile(SRGB, [256])}
    picture = decode(chunked((55, 55, 55), **chunks), LIMIT)
    assert picture.profile == told
    assert picture.image.getpixel((2, 2)) == (pytest.approx(seen, abs=2),) * 3


def test_chromaticities_say_nothing_of_greys(chunked):
    assert decode(chunked(55, "L", cHRM=OF_ADOBE), LIMIT).profile == ""


@pytest.mark.parametrize(("codes", "told"), [((1, 13), ""), ((2, 2), ""), ((1, 1), ""), ((9, 16), "foreign")])
def test_avif_says_its_colours_by_numbers_too(codes, told, encoded):
    content = encoded(Image.new("RGB", (16, 16), 55), "AVIF")
    at = content.index(b"colrnclx") + 8
    assert decode(content[:at] + struct.pack(">HH", *codes) + content[at + 4 :], LIMIT).profile == told


def test_the_profile_of_a_jpeg_2000_is_read(swapped, encoded):
    content = encoded(Image.new("RGB", (16, 16), (255, 0, 0)), "JPEG2000")
    head, box = content.index(b"jp2h") - 4, content.index(b"colr") - 4
    old = int.from_bytes(content[box : box + 4], "big")
    new = struct.pack(">I", 11 + len(swapped)) + b"colr\2\0\0" + swapped
    size = struct.pack(">I", int.from_bytes(content[head : head + 4], "big") - old + len(new))
    content = content[:head] + size + content[head + 4 : box] + new + content[box + old :]
    assert np.abs(np.subtract(pixel(content), (0, 0, 255))).max() <= 3


def test_a_profile_that_cannot_be_unpacked_is_noted(chunked):
    assert decode(chunked((55, 55, 55), iCCP=b"name\0\0damaged"), LIMIT).profile == "ignored"


def test_gammas_and_foreign_colours_are_counted_and_noted(chunked, folder, opened):
    files = {f"{i}.png": chunked((55, i, 0), gAMA=1.0) for i in range(2)}
    files |= {f"{i}.png": chunked((55, i, 0), cICP=bytes([9, 16, 0, 1])) for i in range(2, 5)}
    source = opened(folder("9.png", **files))
    assert "brought to sRGB by the gamma in the file: 2 (first 0.png)" in notes(source)
    assert "which is not read without a profile: taken for sRGB: 3 (first 2.png)" in notes(source)


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
    monkeypatch.setattr("multigan.modalities.images.reading.decode.to_srgb", lambda image, profile: (image, ""))
    before = opened(place)
    assert right.fingerprint != before.fingerprint
    np.testing.assert_allclose(right[0]["image"][..., 0], before[0]["image"][..., 2], atol=0.02)
