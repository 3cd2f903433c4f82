"""One image after another: every way that files store pixels, against the pixels that they must give."""

import numpy as np
import pytest
from PIL import Image, ImageFile

from multigan.data.collection import UnreadableError
from multigan.modalities.images.reading.decode import decode

LIMIT = 1_000_000


def pixels(content):
    return np.asarray(decode(content, LIMIT).image)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "PPM", "TIFF", "QOI"])
def test_lossless_kinds_are_exact(kind, noise, encoded):
    image = noise(5, 7)
    np.testing.assert_array_equal(pixels(encoded(image, kind)), image)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "JPEG2000", "GIF"])
def test_lossy_kinds_are_close(kind, encoded):
    image = np.zeros((32, 32, 3), np.uint8)
    image[:, 16:] = 200, 100, 50
    Image.init()
    if kind not in Image.SAVE:
        pytest.skip(f"this Pillow has no {kind}")
    read = np.asarray(decode(encoded(image, kind), LIMIT).image.convert("RGB")).astype(int)
    assert np.abs(read - image)[:, [4, 28]].max() < 24


def test_16_bits_are_scaled_from_the_whole_range(encoded):
    levels = np.array([[0, 128, 129, 257, 32_768, 65_535]], np.uint16)
    picture = decode(encoded(Image.fromarray(levels)), LIMIT)
    np.testing.assert_array_equal(np.asarray(picture.image), [[0, 0, 1, 1, 128, 255]])
    assert picture.deep


def test_a_palette_gives_its_colours(encoded):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putdata([0, 1])
    np.testing.assert_array_equal(pixels(encoded(image)), [[[10, 20, 30], [200, 100, 50]]])


def test_a_transparent_palette_colour_becomes_alpha(encoded):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putdata([0, 1])
    np.testing.assert_array_equal(pixels(encoded(image, transparency=0))[..., 3], [[0, 255]])


def test_grey_with_alpha_stays_so(noise, encoded):
    image = noise(4, 4, 2)
    np.testing.assert_array_equal(pixels(encoded(image)), image)


def test_one_bit_is_black_and_white(encoded):
    image = Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")
    np.testing.assert_array_equal(pixels(encoded(image)), [[0, 255]])


def test_cmyk_jpeg_becomes_colour(encoded):
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    read = pixels(encoded(cyan, "JPEG", quality=95))[8, 8].astype(int)
    assert np.abs(read - [0, 255, 255]).max() < 16


@pytest.mark.parametrize(("orientation", "size"), [(1, (10, 20)), (3, (10, 20)), (6, (20, 10)), (8, (20, 10))])
def test_the_cameras_rotation_is_undone(orientation, size, encoded):
    image = Image.new("RGB", (20, 10))
    image.paste((255, 0, 0), (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = decode(encoded(image, "PNG", exif=exif), LIMIT)
    assert picture.size == size == (picture.image.height, picture.image.width)
    corner = {1: (0, 0), 3: (19, 9), 6: (9, 0), 8: (0, 19)}[orientation]
    assert picture.image.getpixel(corner) == (255, 0, 0)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_an_animation_the_first_frame_is_read_and_it_is_said(kind, encoded):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = decode(encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options), LIMIT)
    assert picture.animated
    assert picture.image.convert("RGB").getpixel((4, 4)) == (255, 0, 0)


def test_a_large_jpeg_may_be_decoded_smaller_but_not_too_small(encoded):
    content = encoded(np.zeros((400, 300, 3), np.uint8), "JPEG")
    picture = decode(content, LIMIT, enough=32)
    assert picture.size == (400, 300)
    assert 64 <= picture.image.width < 300


def test_pixels_are_bounded_by_the_header_before_anything_is_decoded(huge_png, monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 123)
    with pytest.raises(UnreadableError, match=r"1,600,000,000 pixels, more than max_pixels=1,000,000"):
        decode(huge_png(), LIMIT)
    assert Image.MAX_IMAGE_PIXELS == 123


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_the_bound_is_exact(huge_png, monkeypatch):
    with pytest.raises(UnreadableError, match=r"1,001 x 1,000 = 1,001,000 pixels"):
        decode(huge_png(1001, 1000), LIMIT)
    with pytest.raises(UnreadableError, match="damaged PNG"):
        decode(huge_png(1000, 1000), LIMIT)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "0 bytes"),
        (b"this is text", "not an image of a known format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image of a known format"),
        (b"\x89PNG\r\n\x1a\n", "not an image|damaged"),
    ],
)
def test_what_is_no_image_says_so(content, reason):
    with pytest.raises(UnreadableError, match=reason):
        decode(content, LIMIT)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP"])
def test_a_truncated_file_is_damaged(kind, noise, encoded):
    content = encoded(noise(64, 64), kind)
    with pytest.raises(UnreadableError, match="damaged"):
        decode(content[: len(content) * 2 // 3], LIMIT)


def test_floating_point_pixels_are_refused(encoded):
    image = Image.fromarray(np.zeros((4, 4), np.float32))
    with pytest.raises(UnreadableError, match="floating-point"):
        decode(encoded(image, "TIFF"), LIMIT)
