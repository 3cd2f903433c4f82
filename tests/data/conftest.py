"""Pictures that are made on the spot, in folders and files of every kind."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from multigan.data import open_source
from multigan.recipe import DataSource


@pytest.fixture
def datasets():
    return {"digits": DataSource(name="digits", summary="", modality="images", load="multigan.data.digits:load")}


@pytest.fixture
def opened(datasets):
    """Opens images: `opened(place, size="8", ...)`."""
    return lambda place, **options: open_source(str(place), "images", options, datasets)


@pytest.fixture
def noise():
    """Random pixels, others for every call: `noise(height, width, channels)`."""
    rng = np.random.default_rng(0)

    def make(height=8, width=8, channels=3):
        shape = (height, width) if channels == 1 else (height, width, channels)
        return rng.integers(0, 256, shape, dtype=np.uint8)

    return make


@pytest.fixture
def encoded():
    """An image file's bytes: `encoded(pixels, "PNG", ...)`; pixels may be a Pillow image."""

    def make(pixels, kind="PNG", **options):
        buffer = io.BytesIO()
        image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
        image.save(buffer, kind, **options)
        return buffer.getvalue()

    return make


@pytest.fixture
def folder(tmp_path, noise, encoded):
    """A folder of PNGs: `folder("a/1.png", "b/2.png")`, or of given bytes: `folder(**{"1.png": b""})`."""

    def make(*names, root="pictures", **contents):
        place = tmp_path / root
        place.mkdir(exist_ok=True)
        for name, content in {**dict.fromkeys(names), **contents}.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded(noise()) if content is None else content)
        return place

    return make


@pytest.fixture
def huge_png():
    """A PNG of a few bytes whose header promises so many pixels: `huge_png(width, height)`."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def make(width=40_000, height=40_000):
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        return (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(bytes(1000)))
            + chunk(b"IEND", b"")
        )

    return make
