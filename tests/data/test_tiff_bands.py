"""TIFF files with more bands than colours, and with palettes of 8 bits: what is taken, and what is said of it."""

import numpy as np
import pytest
from PIL import Image

from multigan.data.collection import UnreadableError
from multigan.modalities.images.reading.decode import decode, peek
from multigan.modalities.images.reading.levels import data_levels

LIMIT = 1_000_000
GREY, RGB, PALETTE, CMYK = 1, 2, 3, 5
LAYOUTS = pytest.mark.parametrize("layout", [{}, {"packed": True}, {"planes": True}, {"planes": True, "packed": True}])


def pixels(bands, dtype="u1", seed=0):
    numbers = np.random.default_rng(seed).integers(0, 256, (8, 8, bands))
    return (numbers * 257 if dtype.endswith("2") else numbers).astype(dtype)


def notes(source):
    return "\n".join(source.report.notes)


@LAYOUTS
@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2"])
@pytest.mark.parametrize("extra", [None, (0,)])
def test_a_fourth_band_that_no_tag_calls_alpha_is_left_out_and_told(extra, dtype, layout, raw_tiff):
    numbers = pixels(4, dtype)
    content = raw_tiff(numbers, photometric=RGB, extra=extra, **layout)
    picture = decode(content, LIMIT)
    assert picture.image.mode == "RGB"
    np.testing.assert_array_equal(np.asarray(picture.image), pixels(4)[..., :3])
    assert picture.told == ("of 4 bands the first three are taken as red, green and blue",)
    assert peek(content, LIMIT) == ((8, 8), True, False)


@LAYOUTS
@pytest.mark.parametrize("dtype", ["u1", "<u2"])
def test_alpha_is_alpha_where_a_tag_says_so(dtype, layout, raw_tiff):
    picture = decode(raw_tiff(pixels(4, dtype), photometric=RGB, extra=(2,), **layout), LIMIT)
    np.testing.assert_array_equal(np.asarray(picture.image), pixels(4))
    assert picture.told == ()
    # Colours that alpha has been multiplied into are divided by it.
    numbers = np.full((8, 8, 4), 100, dtype) if dtype == "u1" else np.full((8, 8, 4), 25_700, dtype)
    numbers[..., 0] //= 2
    picture = decode(raw_tiff(numbers, photometric=RGB, extra=(1,), **layout), LIMIT)
    assert (picture.image.getpixel((0, 0)), picture.told) == ((127, 255, 255, 100), ())


@LAYOUTS
@pytest.mark.parametrize(
    ("bands", "photometric", "extra", "told"),
    [
        (5, RGB, (0, 0), "of 5 bands the first three are taken as red, green and blue"),
        (6, RGB, (0, 0, 0), "of 6 bands the first three are taken as red, green and blue"),
        (2, GREY, (0,), "of 2 bands the first is taken as grey"),
        (5, CMYK, (0,), "of 5 bands the first four are taken as cyan, magenta, yellow and black"),
    ],
)
def test_further_bands_are_left_out_and_told(bands, photometric, extra, told, layout, raw_tiff):
    picture = decode(raw_tiff(pixels(bands), photometric=photometric, extra=extra, **layout), LIMIT)
    colours = pixels(bands)[..., : bands - len(extra)]
    if photometric == CMYK:
        right = Image.frombytes("CMYK", (8, 8), np.ascontiguousarray(colours).tobytes()).convert("RGB")
    else:
        right = colours.squeeze()
    np.testing.assert_array_equal(np.asarray(picture.image), np.asarray(right))
    assert picture.told == (told,)


@pytest.mark.parametrize("packed", [False, True])
def test_more_bands_than_pillow_counts_are_read_from_planes(packed, raw_tiff):
    content = raw_tiff(pixels(8, "<u2"), photometric=RGB, extra=(0,) * 5, planes=True, packed=packed)
    np.testing.assert_array_equal(np.asarray(decode(content, LIMIT).image), pixels(8)[..., :3])


def test_a_band_between_colours_and_alpha_s_end_is_told_with_alpha(raw_tiff):
    picture = decode(raw_tiff(pixels(5), photometric=RGB, extra=(2, 0)), LIMIT)
    np.testing.assert_array_equal(np.asarray(picture.image), pixels(5)[..., :4])
    assert picture.told == ("of 5 bands the first four are taken as red, green, blue and alpha",)


@pytest.mark.parametrize("layout", [{"planes": True}, {"planes": True, "packed": True}])
@pytest.mark.parametrize(("bands", "photometric", "extra"), [(2, GREY, (1,)), (2, GREY, (2,)), (5, RGB, (2, 0))])
def test_alpha_in_a_plane_that_pillow_misreads_is_refused(bands, photometric, extra, layout, raw_tiff):
    content = raw_tiff(pixels(bands), photometric=photometric, extra=extra, **layout)
    with pytest.raises(UnreadableError, match=f"a TIFF file of {bands} bands of 8 bits, each in a plane of its own"):
        decode(content, LIMIT)


@pytest.mark.parametrize(
    ("bands", "dtype", "photometric", "extra", "mend"),
    [
        (5, "<u2", RGB, (0, 0), "save one of them as grey, three as RGB, or up to four as an array"),
        (8, "<u2", RGB, (0,) * 5, "save one of them as grey, three as RGB"),
        (8, "u1", GREY, None, "save one of them as grey, three as RGB"),
        (2, "u1", GREY, None, "save one of them as grey, or up to four as an array"),
        (2, "<u2", GREY, (2,), "save it as PNG"),
    ],
)
def test_bands_that_pillow_does_not_read_are_counted_in_the_reason(
    bands, dtype, photometric, extra, mend, raw_tiff, caplog
):
    bits = 16 if dtype == "<u2" else 8
    told = f"a TIFF file of {bands} bands of {bits} bits, which Pillow does not read: {mend}"
    with pytest.raises(UnreadableError, match=told):
        decode(raw_tiff(pixels(bands, dtype), photometric=photometric, extra=extra), LIMIT)
    assert caplog.records == []


def test_levels_of_the_data_are_those_of_the_colours(raw_tiff):
    numbers = np.random.default_rng(0).integers(0, 4096, (8, 8, 4)).astype("<u2")
    content = raw_tiff(numbers, photometric=RGB)
    image = decode(content, LIMIT, levels=data_levels(0, 4095)).image
    np.testing.assert_array_equal(np.asarray(image), np.rint(numbers[..., :3] * (255 / 4095)))


def test_a_note_counts_the_files_of_each_number_of_bands(raw_tiff, folder, opened):
    files = {f"{i}.tif": raw_tiff(pixels(5, seed=i), photometric=RGB, extra=(0, 0)) for i in range(3)}
    files["four.tif"] = raw_tiff(pixels(4), photometric=RGB)
    source = opened(folder(**files))
    assert source.shape == (8, 8, 3)
    assert "of 5 bands the first three are taken as red, green and blue: 3 (first 0.tif)" in notes(source)
    assert "of 4 bands the first three are taken as red, green and blue: 1 (four.tif)" in notes(source)


@pytest.mark.parametrize("packed", [False, True])
def test_a_palette_of_8_bits_is_scaled_and_told(packed, raw_tiff):
    colours = np.random.default_rng(0).integers(0, 256, (3, 256))
    index = pixels(1)[..., 0]
    right = np.moveaxis(colours[:, index], 0, -1)
    picture = decode(raw_tiff(index, photometric=PALETTE, palette=colours.ravel(), packed=packed), LIMIT)
    np.testing.assert_array_equal(np.asarray(picture.image), right)
    assert picture.told == ("with a palette of numbers to 255 where TIFF has 65,535, scaled",)
    assert picture.reading == "palette of 8 bits"
    usual = decode(raw_tiff(index, photometric=PALETTE, palette=colours.ravel() * 257, packed=packed), LIMIT)
    np.testing.assert_array_equal(np.asarray(usual.image), right)
    assert (usual.told, usual.reading) == ((), "")


def test_a_palette_that_is_black_stays_black(raw_tiff):
    picture = decode(raw_tiff(pixels(1)[..., 0], photometric=PALETTE, palette=[0] * 768), LIMIT)
    assert (np.asarray(picture.image).max(), picture.told) == (0, ())
