"""Whatever happens to a file: it is read, or the error says what is wrong with it."""

import gzip
import io
import struct
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from multigan.data import open_source
from multigan.data.collection import UnreadableError
from multigan.errors import DataError
from multigan.modalities.images.reading.decode import decode

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 8, 8), dtype=np.uint8)


def written(write, *args, **kwargs):
    buffer = io.BytesIO()
    write(buffer, *args, **kwargs)
    return buffer.getvalue()


def zipped(kind):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for i, image in enumerate(IMAGES):
            archive.writestr(f"{i % 2}/{i}.png", written(Image.fromarray(image).save, "PNG"))
    return buffer.getvalue()


IDX = bytes([0, 0, 8, 3]) + struct.pack(">3I", *IMAGES.shape) + IMAGES.tobytes()
FILES = {
    "x.npy": written(np.save, IMAGES),
    "stored.npz": written(np.savez, images=IMAGES, labels=np.arange(6)),
    "packed.npz": written(np.savez_compressed, images=IMAGES, labels=np.arange(6)),
    "stored.zip": zipped(zipfile.ZIP_STORED),
    "packed.zip": zipped(zipfile.ZIP_DEFLATED),
    "idx": IDX,
    "idx.gz": gzip.compress(IDX, mtime=0),
}
PICTURES = [written(Image.fromarray(IMAGES[0]).save, kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "PPM", "WEBP")]

# (position from either end, what is put there, how much is taken away)
damages = st.lists(st.tuples(st.integers(-200, 200), st.binary(max_size=5), st.integers(0, 20)), min_size=1, max_size=3)


def damaged(content, changes):
    content = bytearray(content)
    for position, new, taken in changes:
        at = position % (len(content) + 1)
        content[at : at + taken] = new
    return bytes(content)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("name", FILES)
@settings(deadline=None, max_examples=40)
@given(changes=damages)
def test_a_damaged_file_is_read_or_told(name, changes):
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, name)
        path.write_bytes(damaged(FILES[name], changes))
        try:
            source = open_source(str(path), "images", {"skip_bad": 0.9}, {})
        except DataError as error:
            told = str(error)
        else:
            told = f"{source.report.used} of {source.report.found} in {path}"
        assert str(path) in told


@pytest.mark.filterwarnings("ignore")
@settings(deadline=None, max_examples=200)
@given(content=st.sampled_from(PICTURES), changes=damages)
def test_a_damaged_image_is_read_or_told(content, changes):
    try:
        picture = decode(damaged(content, changes), 10_000)
    except UnreadableError:
        return
    assert picture.image.mode in ("L", "LA", "RGB", "RGBA")
