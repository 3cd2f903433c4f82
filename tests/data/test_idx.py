"""IDX files, as MNIST and its kin come."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multigan.errors import DataError
from multigan.modalities.images.reading.idx import labels_beside, parse_header, read_idx

CODES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def packed(array, code=0x08):
    return bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (20, 8, 8), dtype=np.uint8)


@pytest.fixture
def mnist(tmp_path, images):
    """A folder like MNIST's, gzipped or not."""

    def make(zipped, count=20):
        place = tmp_path / "mnist"
        place.mkdir(exist_ok=True)
        write, end = (gzip.compress, ".gz") if zipped else (bytes, "")
        (place / f"train-images-idx3-ubyte{end}").write_bytes(write(packed(images)))
        (place / f"train-labels-idx1-ubyte{end}").write_bytes(write(packed((np.arange(count) % 4).astype(np.uint8))))
        (place / f"t10k-images-idx3-ubyte{end}").write_bytes(write(packed(images[:3])))
        return place

    return make


@pytest.mark.parametrize("zipped", [True, False])
def test_a_folder_of_idx_files_gives_the_training_images_with_labels(zipped, mnist, images, opened):
    source = opened(mnist(zipped))
    assert (len(source), source.shape, source.classes) == (20, (8, 8, 1), ("0", "1", "2", "3"))
    assert source.labels.tolist() == [i % 4 for i in range(20)]
    np.testing.assert_allclose(source[3]["image"][..., 0], images[3] / 127.5 - 1, atol=1e-6)


@pytest.mark.parametrize("zipped", [True, False])
def test_one_idx_file_finds_the_labels_beside_it(zipped, mnist, opened):
    place = mnist(zipped)
    end = ".gz" if zipped else ""
    assert opened(place / f"train-images-idx3-ubyte{end}").classes == ("0", "1", "2", "3")
    assert opened(place / f"t10k-images-idx3-ubyte{end}").classes == ()


def test_labels_may_be_packed_when_images_are_not(tmp_path):
    (tmp_path / "x-images.idx3-ubyte").touch()
    (tmp_path / "x-labels.idx1-ubyte.gz").touch()
    assert labels_beside(tmp_path / "x-images.idx3-ubyte").name == "x-labels.idx1-ubyte.gz"


def test_labels_of_another_length_are_told(mnist, opened):
    with pytest.raises(DataError, match="19 labels for 20 samples"):
        opened(mnist(True, count=19))


def test_several_files_of_images_without_one_for_training_ask_for_a_choice(tmp_path, images, opened):
    for name in ("a-images-idx3-ubyte", "b-images-idx3-ubyte"):
        (tmp_path / name).write_bytes(packed(images))
    with pytest.raises(DataError, match="several files with images"):
        opened(tmp_path)


@settings(deadline=None)
@given(st.sampled_from(sorted(CODES)), st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=255), st.binary())
def test_headers_are_read_back(code, shape, rest):
    start = bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    header = parse_header(start + rest)
    assert (header.dtype, header.shape, header.offset) == (np.dtype(CODES[code]), tuple(shape), len(start))
    for cut in (0, 3, len(start) - 1):
        with pytest.raises(ValueError, match="IDX"):
            parse_header(start[:cut])


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_a_header_or_a_value_error(start):
    try:
        header = parse_header(start)
    except ValueError:
        return
    assert header.offset <= len(start)
    assert len(header.shape) == start[3]


@pytest.mark.parametrize("code", sorted(CODES))
@pytest.mark.parametrize("zipped", [True, False])
def test_every_type_of_value_is_read(code, zipped, tmp_path):
    array = np.arange(24).reshape(2, 3, 4).astype(CODES[code])
    content = packed(array, code)
    (tmp_path / "x").write_bytes(gzip.compress(content) if zipped else content)
    np.testing.assert_array_equal(read_idx(tmp_path / "x"), array)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(("change", "found"), [(lambda c: c[:-1], "1,279"), (lambda c: c + b"x", "more|1,281")])
def test_another_length_than_the_header_says_is_told(zipped, change, found, images, tmp_path, opened):
    content = change(packed(images))
    (tmp_path / "x").write_bytes(gzip.compress(content) if zipped else content)
    with pytest.raises(DataError, match=rf"promises 1,280 bytes of \(20, 8, 8\) values, there are ({found})"):
        opened(tmp_path / "x")


def test_a_header_that_promises_terabytes_is_refused_before_reading(tmp_path, opened):
    start = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**31, 2**10, 2**10)
    (tmp_path / "x.gz").write_bytes(gzip.compress(start + bytes(1000)))
    with pytest.raises(DataError, match="promises 2,251,799,813,685,248 bytes"):
        opened(tmp_path / "x.gz")


def test_other_gzip_files_are_told(tmp_path, opened):
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"hello"))
    with pytest.raises(DataError, match="it does not begin like an IDX file"):
        opened(tmp_path / "x.gz")


def test_a_truncated_gzip_file_is_told(tmp_path, images, opened):
    (tmp_path / "x.gz").write_bytes(gzip.compress(packed(images))[:-200])
    with pytest.raises(DataError, match="cannot be read as an IDX file"):
        opened(tmp_path / "x.gz")
