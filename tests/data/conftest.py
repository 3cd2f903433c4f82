"""Pictures and sounds that are made on the spot, in folders and files of every kind."""

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


@pytest.fixture
def cached(tmp_path, monkeypatch):
    """The folder that decoded sounds are kept in; not there until something is."""
    monkeypatch.setenv("MULTIGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "audio"


@pytest.fixture
def heard(cached):
    """Opens sounds: `heard(place, length=100, ...)`."""
    from multigan.builtin import DATASETS

    datasets = {dataset.name: dataset for dataset in DATASETS}
    return lambda place, **options: open_source(str(place), "audio", options, datasets)


@pytest.fixture
def tone():
    """A sine and its overtone, float64 `(length, channels)`: `tone(seconds, rate, frequency, channels)`."""

    def make(seconds=0.1, rate=16_000, frequency=440.0, channels=1, level=0.5):
        time = np.arange(round(seconds * rate)) / rate
        wave = level * (0.8 * np.sin(2 * np.pi * frequency * time) + 0.2 * np.sin(6 * np.pi * frequency * time))
        return np.repeat(wave[:, None], channels, axis=1)

    return make


@pytest.fixture
def recorded():
    """A sound file's bytes: `recorded(samples, rate, "WAV", subtype="PCM_16")`."""
    import soundfile

    def make(samples, rate=16_000, kind="WAV", **options):
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, rate, format=kind, **options)
        return buffer.getvalue()

    return make


@pytest.fixture
def sounds(tmp_path, tone, recorded):
    """A folder of sound files, each of another pitch: `sounds("a/1.wav", **{"2.wav": samples or bytes})`."""

    def make(*names, root="recordings", rate=16_000, **contents):
        place = tmp_path / root
        place.mkdir(exist_ok=True)
        for number, (name, content) in enumerate({**dict.fromkeys(names), **contents}.items()):
            if content is None:
                content = tone(rate=rate, frequency=200.0 + 40 * number)
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else recorded(content, rate))
        return place

    return make
