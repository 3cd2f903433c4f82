"""Pictures that are not read, or only with a further package: they are named, counted, and the mend is said."""

import io

import numpy as np
import pytest
from PIL import Image

from multigan.data.collection import UnreadableError
from multigan.errors import DataError
from multigan.modalities.images.reading import decode as decoding
from multigan.modalities.images.reading import foreign
from multigan.modalities.images.reading.decode import decode

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)


def notes(source):
    return "\n".join(source.report.notes)


@pytest.fixture
def without_heif(monkeypatch):
    for module in (decoding, foreign):
        monkeypatch.setattr(module, "has_heif", lambda: False)


def test_heic_among_pictures_is_counted_and_its_package_named(folder, opened, without_heif):
    source = opened(folder("1.png", **{"a.HEIC": HEIC, "b.heif": HEIC, "c.heic": HEIC}))
    assert source.report.found == 1
    assert (
        '3 other files (2 .heic, 1 .heif), HEIC: pip install "multigan[heif]" has pillow-heif read it; '
        "left out by name" in notes(source)
    )


def test_heic_and_nothing_else_is_an_error_that_names_the_package(folder, opened, without_heif):
    place = folder(**{"a.heic": HEIC})
    with pytest.raises(DataError, match=r"no images in it, only 1 other file \(1 \.heic\), HEIC: pip install"):
        opened(place)
    with pytest.raises(DataError, match=r"a\.heic: HEIC: pip install .* one image is no data set; give the folder"):
        opened(place / "a.heic")


def test_heic_that_is_called_otherwise_is_named(folder, opened, without_heif):
    source = opened(folder("1.png", "2.png", **{"3.jpg": HEIC}), skip_bad="0.5")
    assert source.report.skipped == (("3.jpg", 'HEIC: pip install "multigan[heif]" has pillow-heif read it'),)


def test_heic_is_read_where_pillow_heif_is_installed(folder, opened):
    pytest.importorskip("pillow_heif")
    assert foreign.has_heif()
    files = {}
    for name, colour in (("a/1.heic", "red"), ("b/2.HIF", "blue"), ("b/3.jpg", "lime")):
        buffer = io.BytesIO()
        Image.new("RGB", (32, 16), colour).save(buffer, "HEIF", quality=95)
        files[name] = buffer.getvalue()
    source = opened(folder(**files), size="16", crop="none")
    assert (len(source), source.classes) == (3, ("a", "b"))
    assert "stored as HEIF 3, all 16 x 32" in notes(source)
    expected = [[1, -1, -1], [-1, -1, 1], [-1, 1, -1]]
    for index, colour in enumerate(expected):
        np.testing.assert_allclose(source[index]["image"][8, 8], colour, atol=0.1)
    with pytest.raises(UnreadableError, match="pixels, more than max_pixels=100"):
        decode(files["a/1.heic"], 100)
    with pytest.raises(UnreadableError, match=r"HEIC that pillow-heif cannot read|damaged"):
        decode(HEIC, 1000)


def test_camera_raw_and_its_kind_are_counted_by_what_they_are(folder, opened):
    source = opened(folder("1.png", **{"a.CR2": b"", "b.nef": b"", "c.dng": b"", "d.psd": b"", "e.txt": b""}))
    assert "3 other files (1 .cr2, 1 .dng, 1 .nef), camera raw: develop to PNG or JPEG, for instance" in notes(source)
    assert "1 other file (1 .psd), pictures in layers: save as PNG or JPEG; left out by name" in notes(source)
    assert "1 other file (1 .txt) left out: not images by name" in notes(source)


def test_pictures_beside_sounds_are_only_other_files(sounds, heard):
    source = heard(sounds("1.wav", "2.wav", **{"cover.heic": b""}), length=100)
    assert "1 other file (1 .heic) left out: not sounds by name" in notes(source)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "camera raw: develop"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL: save as PNG"),
        (b"8BPS\0\1", "a Photoshop file"),
        (b"%PDF-1.7", "a PDF file"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<svg xmlns="x">', "SVG, a drawing"),
        (b"<!DOCTYPE html><html>", "a web page in a picture's place: get the picture anew"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (bytes(128) + b"DICM", "DICOM"),
        (b"PK\x03\x04", "an archive: unpack it"),
        (b"II*\0\x08\0\0\0\0\0", "a TIFF file of a kind that Pillow does not read|damaged"),
    ],
)
def test_what_is_called_like_a_picture_and_is_none_is_named(content, told):
    with pytest.raises(UnreadableError, match=told):
        decode(content, 1000)
