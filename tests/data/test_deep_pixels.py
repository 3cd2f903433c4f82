"""More than 8 bits a channel, or with a sign: every way to store them, against the pixels that it must give."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from multigan.data.collection import UnreadableError
from multigan.data.levels import data_levels
from multigan.errors import DataError
from multigan.modalities.images.reading.decode import decode, deep_range, peek

LIMIT = 1_000_000
# 8 x 8 pixels of kinds that Pillow does not write: from black to white along the rows, and in RGB other ways too.
JP2_12_BITS = base64.b64decode(
    "AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAACAAAAAgAAwsHAAAAAAAPY29scgEAAAAAABAAAAF3an"
    "AyY/9P/1EALwAAAAAACAAAAAgAAAAAAAAAAAAAAAgAAAAIAAAAAAAAAAAAAwsBAQsBAQsBAf9SAAwAAAABAQAEBAAB/1wABEBg/2QAJQABQ3Jl"
    "YXRlZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS40/5AACgAAAAAA/wAB/5PP5VA+d07s4G6jldaUs38gKHPS76uZBHW0C8p3s1mwBIDPEIl3w/"
    "ABLSwrgxPcCROrOI3e39wpvwsf/2kLL4/D5q4lT+8Eap0pGFgLF22xeyIihs+yIiff4YgRHbZvCgQy7FAua2/yWmlkdH5mNxJr9Kp5t0XMKsti"
    "ScFCUoq60zzanZdeUEGzWn2KWn+O++KP2IK1MxqtS4qm1LLliKDZIcOPRnnKAU5eaywoc6w6cBbDYyPmInETiJxE39/gyBDcQj5DB6jqM4UH+/"
    "V3TQAAABT8299usYO85t3re4sSc50oEUAAVAEAAJSBnDjAYSEv/9k="
)
JP2_16_BITS_WITH_ALPHA = base64.b64decode(
    "AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAACAAAAAgAAg8HAAAAAAAPY29scgEAAAAAABEAAAE9an"
    "AyY/9P/1EALAAAAAAACAAAAAgAAAAAAAAAAAAAAAgAAAAIAAAAAAAAAAAAAg8BAQ8BAf9SAAwAAAABAAAEBAAB/1wABECA/2QAJQABQ3JlYXRl"
    "ZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS40/5AACgAAAAAAyAAB/5Pf+JLQEixCp5eVsUMO1ig/3ugpxUi4NFYS4XkOmJGFT0PRmH4Sm847w3"
    "m9cUnGhTeCYlYVtznOdepKQAzAKAAHRGXVI8xThgtcZ9rrKauE64Bw2Gw2Gw2Gw1+NL/9/3/iSwD54kpIpkynBW0TQiwM7w+BlZ9sdWf7qiT55"
    "RZDUOsygexOH2RZEZni2j+K1BMSw5Hb+mxPQAAChQeACrij423Bha4gkxrq27QrhOuAcNhsNhsNhsR6b/3//2Q=="
)
AVIF_10_BITS = base64.b64decode(
    "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAADrbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAAAAAAAOcG"
    "l0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAETAAAAiAAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAABq"
    "aXBycAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAACAAAAAgAAAAQcGl4aQAAAAADCgoKAAAADGF2MUOBIEAAAAAAE2NvbHJuY2x4AAIAAgAAgAAAAB"
    "dpcG1hAAAAAAAAAAEAAQQBAoMEAAAAkG1kYXQSAAoIOAi/5wICAJAyehAAAPTYyeAolsji8/ou/kwe78zRSJqy70wr/vSKwexTZxnimdkx8oSH"
    "J1u9v/eJOG2GrhAyccbcpd5jcENi0CKC3SLOV8i5dEW0sUNKuKjGuhANxkHE1mrZfl1ODNKHaBkcADkAEROJmIpdU3N3gpJNMqp8+6rG9vlQ"
)
GREY_AVIF_10_BITS = base64.b64decode(
    "AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOltZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAA"
    "AAAAABAAAAHmlsb2MAAAAARAAAAQABAAAAAQAAAQ0AAAA3AAAAKGlpbmYAAAAAAAEAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGhpcHJw"
    "AAAASWlwY28AAAAUaXNwZQAAAAAAAAAIAAAACAAAAA5waXhpAAAAAAEKAAAADGF2MUOBAFwAAAAAE2NvbHJuY2x4AAIAAgACgAAAABdpcG1hAA"
    "AAAAAAAAEAAQQBAoMEAAAAP21kYXQSAAoFGAi/51AyLBAAhwvN97sufePNhAyQr5Bm8vcvBCa9sjiNcCe2ns7NMBKP8MDMtMSZghug"
)
TWELVE = data_levels(0, 4095)


def read(content, levels=None):
    return np.asarray(decode(content, LIMIT, levels=levels).image).tolist()


def notes(source):
    return "\n".join(source.report.notes)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate"])
def test_white_is_zero_is_undone(compression, encoded):
    image = Image.fromarray(np.array([[0, 2000, 65_535]], np.uint16))
    assert read(encoded(image, "TIFF", tiffinfo={262: 0}, compression=compression)) == [[255, 247, 0]]


def test_white_is_zero_in_8_bits_and_in_floats(raw_tiff):
    assert read(raw_tiff(np.array([[0, 55, 255]], np.uint8), inverted=True)) == [[255, 200, 0]]
    floats = raw_tiff(np.array([[0, 1, 2]], np.float32), inverted=True)
    assert deep_range(floats, LIMIT) == (-2, 0)
    assert read(floats, data_levels(-2, 0)) == [[255, 128, 0]]


def test_12_bits_of_tiff_are_scaled_from_12_bits(raw_tiff):
    packed = np.array([[0xFF, 0xF8, 0x00]], np.uint8)
    picture = decode(raw_tiff(packed, bits=12, size=(1, 2)), LIMIT)
    assert np.asarray(picture.image).tolist() == [[255, 128]]
    assert picture.span == (0x800 / 0xFFF, 1)


def test_a_sign_is_told_or_scaled_but_never_wrapped(raw_tiff):
    for dtype in ("int8", "<i2", ">i2"):
        content = raw_tiff(np.array([[-100, 20, 100]], dtype))
        with pytest.raises(UnreadableError, match=r"-bit pixels from -100 to 100; -o levels=data takes the range"):
            decode(content, LIMIT)
        assert deep_range(content, LIMIT) == (-100, 100)
        assert read(content, data_levels(-100, 100)) == [[0, 153, 255]]


def test_32_bits_without_a_sign_are_told_as_they_are(raw_tiff):
    content = raw_tiff(np.array([[0, 4_000_000_000]], np.uint32))
    with pytest.raises(UnreadableError, match="32-bit pixels from 0 to 4000000000"):
        decode(content, LIMIT)
    assert read(content, data_levels(0, 4e9)) == [[0, 255]]


def test_a_transparent_grey_of_16_bits_is_transparent(raw_png):
    assert read(raw_png([[0, 1, 65_535]], transparent=[0])) == [[[0, 0], [0, 255], [255, 255]]]


def test_a_transparent_colour_of_16_bits_is_compared_in_16_bits(raw_png):
    key, near, other = [40_000, 1000, 513], [40_000, 1000, 512], [0, 0, 9]
    alpha = [pixel[3] for pixel in read(raw_png([[key, near, other]], transparent=key))[0]]
    assert alpha == [0, 255, 255]
    assert [pixel[3] for pixel in read(raw_png([[key, near, other]], transparent=[0, 0, 0]))[0]] == [255, 255, 255]


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_a_transparent_grey_of_few_bits_is_transparent(bits, raw_png):
    levels = np.arange(8)[None] % (1 << bits)
    alpha = [pixel[-1] for pixel in read(raw_png(levels, transparent=[1], bits=bits))[0]]
    assert alpha == [0 if level == 1 else 255 for level in levels[0]]


def test_a_folder_of_transparent_16_bit_greys_opens(raw_png, folder, opened):
    opaque = {f"{i}.png": raw_png(np.full((8, 8), 40_000 + i), transparent=[0]) for i in range(4)}
    assert opened(folder(**opaque)).shape == (8, 8, 1)
    seen = {f"{i}.png": raw_png(np.arange(64).reshape(8, 8) * 1000 + i, transparent=[i]) for i in range(4)}
    assert opened(folder(root="seen", **seen)).shape == (8, 8, 2)


@pytest.mark.parametrize("bands", [(), (2,), (3,), (4,)])
def test_levels_of_the_data_keep_all_bits_of_a_png(bands, raw_png):
    pixels = np.random.default_rng(0).integers(0, 4096, (5, 7, *bands))
    image = np.asarray(decode(raw_png(pixels), LIMIT, levels=TWELVE).image)
    grey_or_colours = {(): np.s_[...], (2,): np.s_[..., 0]}.get(bands, np.s_[..., :3])
    np.testing.assert_array_equal(image[grey_or_colours], np.rint(pixels * (255 / 4095))[grey_or_colours])
    if bands in ((2,), (4,)):
        np.testing.assert_array_equal(image[..., -1], pixels[..., -1] >> 8)


@pytest.mark.parametrize("planes", [False, True])
@pytest.mark.parametrize("dtype", ["<u2", ">u2"])
def test_16_bit_colours_of_tiff_are_read_from_pixels_and_from_planes(dtype, planes, raw_tiff):
    pixels = np.random.default_rng(0).integers(0, 4096, (5, 7, 3)).astype(dtype)
    content = raw_tiff(pixels, planes=planes)
    np.testing.assert_array_equal(read(content), pixels >> 8)
    np.testing.assert_array_equal(read(content, TWELVE), np.rint(pixels * (255 / 4095)))
    assert deep_range(content, LIMIT) == (pixels.min(), pixels.max())


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate"])
def test_packed_16_bit_greys_keep_all_bits(compression, encoded):
    pixels = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    content = encoded(Image.fromarray(pixels), "TIFF", compression=compression)
    np.testing.assert_array_equal(read(content, TWELVE), np.rint(pixels * (255 / 4095)))


def test_12_bits_in_16_are_noted_and_the_note_s_option_mends_them(raw_png, folder, opened):
    rng = np.random.default_rng(0)
    places = {
        bands: folder(root=f"{bands}", **{f"{i}.png": raw_png(rng.integers(0, 4096, (8, 8, *bands))) for i in range(4)})
        for bands in ((), (3,))
    }
    for place in places.values():
        dark = opened(place)
        assert "only from 0.0% to 6.2% of the way" in notes(dark) or "only from 0.0% to 5.9% of the way" in notes(dark)
        assert "-o levels=data" in notes(dark)
        mended = opened(place, levels="data")
        images = np.stack([mended[i]["image"] for i in range(4)])
        assert (images.min(), images.max()) == (-1, 1)
        assert "(white) (levels=data)" in notes(mended)
        assert "nearly one shade" not in notes(mended)
        assert mended.fingerprint != dark.fingerprint


def netpbm(kind, pixels, largest):
    """A file of PPM's family: P2 and P3 in letters, P5 and P6 in bytes."""
    pixels = np.asarray(pixels)
    head = f"{kind}\n{pixels.shape[1]} {pixels.shape[0]}\n{largest}\n".encode()
    if kind in ("P2", "P3"):
        return head + " ".join(map(str, pixels.ravel())).encode()
    return head + pixels.astype(">u2" if largest > 255 else np.uint8).tobytes()


@pytest.mark.parametrize("largest", [65_535, 4095, 1023, 256])
@pytest.mark.parametrize("kind", ["P2", "P3", "P5", "P6"])
def test_numbers_beyond_255_of_ppm_are_counted(kind, largest, folder, opened):
    rng = np.random.default_rng(0)
    shape = (8, 8, 3) if kind in ("P3", "P6") else (8, 8)
    images = [rng.integers(0, largest // 8, shape) for _ in range(3)]
    place = folder(**{f"{i}.ppm": netpbm(kind, image, largest) for i, image in enumerate(images)})
    bits = "16 bits a channel" if largest == 65_535 else "more than 8 bits a channel"
    assert f"{bits}, rounded to 8: all 3" in notes(opened(place))
    assert "nearly one shade: -o levels=data" in notes(opened(place))
    mended = opened(place, levels="data")
    seen = np.stack([mended[i]["image"] for i in range(3)])
    assert (seen.min(), seen.max()) == (-1, 1)
    assert ("has only the upper 8 bits of these" in notes(mended)) == (kind == "P3")
    if kind != "P3":
        images = np.stack(images)
        right = (images - images.min()) / np.ptp(images) * 2 - 1
        np.testing.assert_allclose(seen.reshape(right.shape), right, atol=1 / 127)


def test_numbers_to_255_of_ppm_are_not(folder, opened):
    files = {
        f"{i}.ppm": netpbm(kind, np.arange(192).reshape(8, 8, 3) // 2 + i, 100 + i)
        for i, kind in ((2, "P3"), (3, "P6"))
    }
    assert "bits" not in notes(opened(folder(**files)))


@pytest.mark.parametrize(
    ("content", "bits", "bands"),
    [
        (JP2_12_BITS, 12, 3),
        (JP2_16_BITS_WITH_ALPHA, 16, 2),
        (JP2_16_BITS_WITH_ALPHA[JP2_16_BITS_WITH_ALPHA.index(b"\xff\x4f\xff\x51") :], 16, 2),
        (AVIF_10_BITS, 10, 3),
        (GREY_AVIF_10_BITS, 10, 1),
    ],
)
def test_where_pillow_gives_8_of_more_bits_they_are_counted_and_the_loss_is_noted(content, bits, bands, folder, opened):
    picture = decode(content, LIMIT)
    assert (picture.bits, len(picture.image.getbands())) == (bits, bands)
    scaled = np.asarray(decode(content, LIMIT, levels=data_levels(*deep_range(content, LIMIT))).image)
    np.testing.assert_allclose(scaled, np.asarray(picture.image), atol=4)
    note = "levels=data has only the upper 8 bits of these to scale, and none of CMYK: all 2"
    place = folder(**{"1.jp2": content, "2.jp2": content + b" "})
    assert note in notes(opened(place, levels="data"))
    assert note not in notes(opened(place))


def test_heic_of_more_than_8_bits_is_counted():
    heif = pytest.importorskip("pillow_heif")
    content = io.BytesIO()
    pixels = np.arange(192, dtype=np.uint16).reshape(8, 8, 3) * 21
    heif.encode("RGB;12", (8, 8), pixels.tobytes(), content, quality=-1)
    assert decode(content.getvalue(), LIMIT).bits == 12


def test_cmyk_of_16_bits_is_counted_and_not_scaled(raw_tiff, folder, opened):
    rng = np.random.default_rng(0)
    files = {f"{i}.tif": raw_tiff(rng.integers(0, 65_536, (8, 8, 4)).astype(np.uint16)) for i in range(2)}
    told = notes(opened(folder(**files), levels="data"))
    assert "16 bits a channel, rounded to 8: all 2" in told
    assert "levels=data changes nothing: CMYK is not scaled" in told


def test_grey_with_alpha_of_16_bits_is_no_colour(raw_png, colour_profile, folder, opened):
    pixels = np.random.default_rng(0).integers(0, 65_536, (8, 8, 2))
    assert peek(raw_png(pixels), LIMIT) == ((8, 8), False, True)
    assert peek(raw_png(np.zeros((8, 8, 4))), LIMIT)[1]
    np.testing.assert_array_equal(read(raw_png(pixels)), pixels >> 8)
    assert opened(folder(**{f"{i}.png": raw_png(pixels + i) for i in range(3)})).shape == (8, 8, 2)


def test_the_range_is_that_of_all_files_together(raw_png, folder, opened):
    first, second = np.full((8, 8), 1000), np.full((8, 8), 3000)
    first[0], second[0] = 2000, 2000
    source = opened(folder(**{"1.png": raw_png(first), "2.png": raw_png(second), "3.png": b"bad"}),
                    levels="data", skip_bad="0.5")  # fmt: skip
    assert [float(source[i]["image"][4, 4, 0]) for i in range(2)] == [-1, 1]
    assert "their values are read as 1,000 (black) to 3,000 (white)" in notes(source)


def test_a_full_range_is_not_noted(raw_png, folder, opened):
    rng = np.random.default_rng(0)
    source = opened(folder(**{f"{i}.png": raw_png(rng.integers(0, 65_536, (8, 8))) for i in range(4)}))
    assert "levels=data" not in notes(source)


def test_floats_of_files_are_refused_with_the_option_and_read_by_it(encoded, folder, opened):
    rng = np.random.default_rng(0)
    files = {f"{i}.tif": encoded(Image.fromarray(rng.normal(size=(8, 8)).astype(np.float32)), "TIFF") for i in range(3)}
    place = folder(**files)
    with pytest.raises(DataError, match="floating-point pixels of unknown range; -o levels=data takes the range"):
        opened(place)
    images = np.stack([opened(place, levels="data")[i]["image"] for i in range(3)])
    assert (images.min(), images.max()) == (-1, 1)


def test_a_float_that_is_no_number_costs_its_own_image_only(encoded, folder, opened):
    good = np.linspace(0, 7, 64, dtype=np.float32).reshape(8, 8)
    bad = good.copy()
    bad[0, 0] = np.nan
    files = {"1.tif": encoded(Image.fromarray(good), "TIFF"), "2.tif": encoded(Image.fromarray(bad), "TIFF")}
    source = opened(folder(**files), levels="data", skip_bad="0.5")
    assert source.report.skipped == (("2.tif", "NaN or infinite values"),)
    assert source[0]["image"].max() == 1


def test_the_option_says_when_it_changes_nothing(folder, opened):
    place = folder("1.png", "2.png")
    assert "levels=data changes nothing: no image has more than 8 bits" in notes(opened(place, levels="data"))
    assert opened(place, levels="data").fingerprint == opened(place).fingerprint


def test_a_run_on_negatives_is_no_run_on_these_data(encoded, folder, opened, monkeypatch):
    from multigan.modalities.images.reading import canonical

    rng = np.random.default_rng(0)
    files = [Image.fromarray(rng.integers(0, 65_536, (8, 8), dtype=np.uint16)) for _ in range(2)]
    place = folder(**{f"{i}.tif": encoded(file, "TIFF", tiffinfo={262: 0}) for i, file in enumerate(files)})
    right = opened(place).fingerprint

    def as_before(image, storage, again, levels):
        found = canonical.canonical(image, storage, again, levels)
        return canonical.Canonical(found.image, found.numbers)

    monkeypatch.setattr("multigan.modalities.images.reading.decode.canonical", as_before)
    assert opened(place).fingerprint != right


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.arange(64, dtype=np.uint16) * 64, "read as 0 (black) to 65,535 (white), but are only from 0 to 4,032"),
        (np.arange(64, dtype=np.uint8) // 4, "uint8 values are read as 0 (black) to 255 (white), but are only from 0"),
        (np.arange(64) / 64 / 16, "read as 0 (black) to 1 (white), but are only from 0 to 0.0615"),
        (np.arange(64) / 40, "read as 0 (black) to 255 (white), but are only from 0 to 1.575"),
    ],
)
def test_arrays_of_a_narrow_range_are_noted_and_the_option_mends_them(array, told, tmp_path, opened):
    np.save(tmp_path / "x.npy", np.stack([array, array[::-1]]).reshape(2, 8, 8))
    source = opened(tmp_path / "x.npy")
    assert told in notes(source)
    assert "-o levels=data" in notes(source)
    mended = opened(tmp_path / "x.npy", levels="data")
    assert (mended[0]["image"].min(), mended[0]["image"].max()) == (-1, 1)
    assert "(levels=data)" in notes(mended)
    assert mended.fingerprint != source.fingerprint


@pytest.mark.parametrize("array", [np.linspace(-3, 3, 64), np.arange(64) * 10_000, np.arange(64) - 32])
def test_arrays_of_any_range_are_read_by_the_option(array, tmp_path, opened):
    np.save(tmp_path / "x.npy", np.stack([array, array[::-1]]).reshape(2, 8, 8))
    with pytest.raises(DataError, match="or -o levels=data makes their own smallest and largest black and white"):
        opened(tmp_path / "x.npy")
    mended = opened(tmp_path / "x.npy", levels="data")
    assert (mended[0]["image"].min(), mended[0]["image"].max()) == (-1, 1)
