"""Arrays in .npy and .npz files, their values and their labels."""

import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from multigan.data.levels import Levels, find_levels
from multigan.errors import DataError


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (12, 8, 8), dtype=np.uint8)


@pytest.fixture
def npz(tmp_path):
    def save(write=np.savez, **arrays):
        path = tmp_path / "data.npz"
        write(path, **arrays)
        return path

    return save


@pytest.fixture
def npy(tmp_path):
    def save(array):
        np.save(tmp_path / "data.npy", array)
        return tmp_path / "data.npy"

    return save


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("keys", [("images", "labels"), ("x_train", "y_train"), ("X", "Y"), ("data", "target")])
def test_npz_keys(write, keys, images, npz, opened):
    labels = np.arange(12) % 3
    source = opened(npz(write, **dict(zip(keys, (images, labels), strict=True))))
    assert source.classes == ("0", "1", "2")
    assert source.labels.tolist() == labels.tolist()
    np.testing.assert_allclose(source[5]["image"][..., 0], images[5] / 127.5 - 1, atol=1e-6)


def test_npz_with_test_images_reads_those_for_training(images, npz, opened):
    assert len(opened(npz(x_test=images[:5], x_train=images, y_test=np.zeros(5), y_train=np.zeros(12)))) == 12


def test_npz_with_one_array_of_images_under_any_key(images, npz, opened):
    assert len(opened(npz(whatever=images, size=np.array([8, 8])))) == 12


def test_npz_without_images_lists_what_is_there(npz, images, opened):
    with pytest.raises(DataError, match=r"no array of images in it \(found a \(12, 8, 8\), b \(12, 8, 8\)\)"):
        opened(npz(a=images, b=images))


def test_strings_as_labels_give_the_classes(images, npz, opened):
    source = opened(npz(images=images, labels=np.array(["dog", "cat"] * 6)))
    assert source.classes == ("cat", "dog")
    assert source.labels.tolist() == [1, 0] * 6


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(12, 8, 8), (12, 8, 8, 3), (12, 3, 8, 8)])
def test_shapes_and_orders(shape, order, npy, opened):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    source = opened(npy(np.asarray(array, order=order)))
    expected = array[..., None] if len(shape) == 3 else array if shape[3] == 3 else array.transpose(0, 2, 3, 1)
    assert source.shape == expected.shape[1:]
    np.testing.assert_allclose(source[7]["image"], expected[7] / 127.5 - 1, atol=1e-6)


@pytest.mark.parametrize("shape", [(12, 64), (5, 8, 3), (2, 8, 8, 9), (0, 8, 8), (3, 0, 8), (1, 2, 3, 4, 5)])
def test_wrong_shapes_are_told_with_what_is_expected(shape, npy, opened):
    with pytest.raises(DataError, match=r"data\.npy: .*of shape"):
        opened(npy(np.zeros(shape, np.uint8)))


def test_objects_are_never_unpickled(npz, npy, opened):
    class Bomb:
        def __reduce__(self):
            return pytest.fail, ("unpickled",)

    objects = np.array([Bomb(), Bomb()], dtype=object)
    for path in (npz(images=objects), npz(np.savez_compressed, images=objects), npy(objects)):
        with pytest.raises(DataError, match=r"Python objects, which is not read because it could run code"):
            opened(path)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.arange(11), "11 labels for 12 samples"),
        (np.linspace(0, 1, 12), r"12 different labels for 12 samples, most of them fractions such as 0\.0909091"),
        (np.array([0, 1, np.nan] * 4), r"4 of 12 labels are missing \(empty or nan\), first that of labels\[2\]"),
        (np.array(["a", "", "b"] * 4), r"4 of 12 labels are missing \(empty or nan\), first that of labels\[1\]"),
        (np.zeros((12, 2), int), r"labels of shape \(12, 2\)"),
    ],
)
def test_labels_that_do_not_fit(labels, message, images, npz, opened):
    with pytest.raises(DataError, match=message):
        opened(npz(images=images, labels=labels))


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(0, 1, "0 (black) to 1"), (-1, 1, "-1 (black) to 1"), (0, 255, "0 (black) to 255"), (-0.0005, 1.0005, "to 1")],
)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4"])
def test_the_range_of_floats_is_recognised_and_told(low, high, told, dtype, npy, opened):
    array = np.linspace(low, high, 12 * 64).reshape(12, 8, 8).astype(dtype)
    source = opened(npy(array))
    assert any(told in note for note in source.report.notes)
    assert source[0]["image"].min() == -1
    assert source[11]["image"].max() == 1


@pytest.mark.parametrize(
    ("dtype", "top", "told"),
    [
        ("uint8", 255, ""),
        ("uint8", 1, "uint8 values are read as 0 (black) to 1 (white)"),
        ("uint16", 65_535, "to 65,535 (white)"),
        (">u2", 65_535, "to 65,535 (white)"),
        ("int64", 255, "to 255 (white)"),
        ("bool", 1, "white and black"),
    ],
)
def test_the_range_of_whole_numbers_is_recognised_and_told(dtype, top, told, npy, opened):
    array = np.zeros((4, 8, 8), dtype)
    array[:, :, :4] = top
    array[1] = np.fliplr(array[1])  # images that are all the same are refused
    source = opened(npy(array))
    assert any(told in note for note in source.report.notes)
    np.testing.assert_array_equal(np.unique(source[0]["image"]), [-1, 1])


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.linspace(-3, 300, 64), r"values from -3 to 300; bring them to \[0, 1\], \[-1, 1\] or \[0, 255\]"),
        (np.full(64, np.nan), "every image has NaN"),
        (np.arange(-32, 32), "int64 values from -32 to 31; bring them to"),
        (np.arange(64) * 10_000, "from 0 to 630000"),
        (np.zeros(64, complex), "complex128"),
    ],
)
def test_other_values_are_an_error(array, message, npy, opened):
    with pytest.raises(DataError, match=message):
        opened(npy(array.reshape(1, 8, 8)))


def test_images_with_nan_are_skipped_and_named(npy, opened):
    array = np.random.default_rng(0).random((40, 8, 8))
    array[7, 0, 0] = np.nan
    array[9, 0, 0] = np.inf
    source = opened(npy(array))
    assert source.report.skipped == (
        ("images[7]", "NaN or infinite values"),
        ("images[9]", "NaN or infinite values"),
    )
    assert len(source) == 38


@settings(deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5))))
def test_8_bit_images_survive_a_round_trip_through_any_range(array):
    array.flat[0] = 255
    for low, high, dtype in ((0, 1, "f4"), (-1, 1, "f8"), (0, 255, "f4"), (0, 65_535, "u2")):
        stored = (array / 255 * (high - low) + low).astype(dtype)
        np.testing.assert_array_equal(Levels(low, high).to_uint8(stored), array)


def test_levels_of_floats_without_negative_values_are_zero_to_one():
    assert find_levels(np.full((1, 2, 2), 0.5), "x").low == 0


@pytest.mark.parametrize("keep", [100, 500, -1])
def test_damaged_files_are_told(keep, images, npz, npy, opened):
    for path in (npz(images=images), npy(images)):
        path.write_bytes(path.read_bytes()[:keep])
        with pytest.raises(DataError, match=r"data\.np[yz]: .*(anew|cut off)"):
            opened(path)


def test_an_array_that_claims_more_than_its_file_holds_is_not_allocated(tmp_path, npz, opened, images):
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 10000, 10000), }".ljust(117) + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(100)
    (tmp_path / "big.npy").write_bytes(content)
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / f"big{kind}.npz", "w", kind) as archive:
            archive.writestr("images.npy", content)
    for name in ("big.npy", "big0.npz", "big8.npz"):
        with pytest.raises(DataError, match=r"cut off, .* of 100,000,000,000,000 bytes"):
            opened(tmp_path / name)


@pytest.mark.parametrize("text", [b"__import__('os').abort()", b"{'descr': '|u1", b"{}", b"\xff", b"1 +"])
def test_a_header_that_is_none_is_told_and_never_run(text, tmp_path, opened):
    header = text.ljust(117) + b"\n"
    (tmp_path / "evil.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(DataError, match="cannot be read as a NumPy array"):
        opened(tmp_path / "evil.npy")


def test_what_is_not_compressed_is_mapped_from_the_disk(images, npz, npy):
    from multigan.data.arrays import read_npy, read_npz
    from multigan.modalities.images.reading.arrays import IMAGE_KEYS

    assert isinstance(read_npy(npy(images)), np.memmap)
    stored = read_npz(npz(labels=np.arange(12), images=images), IMAGE_KEYS)
    assert isinstance(stored["samples"], np.memmap)
    np.testing.assert_array_equal(stored["samples"], images)
    np.testing.assert_array_equal(stored["labels"], np.arange(12))
