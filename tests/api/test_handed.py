"""Values that a program has become files that are read as what they were."""

import numpy as np
import pytest
from PIL import Image

from multigan import Field
from multigan.errors import UsageError
from multigan.fields.vectors import parse, write
from multigan.modalities.images.given import parse_maps, parse_masks, parse_pictures
from multigan.modalities.images.handed import write_maps, write_masks, write_pictures

SIZE = (4, 6)
PICTURE = Field(name="source", kind="picture", shape=(*SIZE, 3))
MASK = Field(name="mask", kind="mask", shape=(*SIZE, 1))
MAP = Field(name="source", kind="labelmap", shape=SIZE, classes=("sky", "sea", "land"))
VECTOR = Field(name="condition", kind="vector", shape=(2,))
COLOURS = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), dtype=np.uint8)


def read(values, tmp_path):
    return parse_pictures(write_pictures(values, PICTURE, tmp_path), PICTURE).values[:]


@pytest.mark.parametrize("kind", [np.uint8, np.int64, "image", "fractions", "list"])
def test_pictures_go_in_as_they_are(kind, tmp_path):
    value = {"image": Image.fromarray(COLOURS), "fractions": COLOURS / 127.5 - 1, "list": [COLOURS]}.get(str(kind))
    found = read(COLOURS.astype(kind) if value is None else value, tmp_path)
    np.testing.assert_allclose(found, [COLOURS / 127.5 - 1], atol=1e-6)


def test_an_array_of_four_axes_is_several(tmp_path):
    found = read(np.stack([COLOURS, COLOURS[::-1]]), tmp_path)
    np.testing.assert_allclose(found, np.stack([COLOURS, COLOURS[::-1]]) / 127.5 - 1, atol=1e-6)


def test_grey_pictures_have_no_third_axis(tmp_path):
    np.testing.assert_allclose(read(COLOURS[..., 0], tmp_path)[0, ..., 1], COLOURS[..., 0] / 127.5 - 1, atol=1e-6)


def test_a_camera_s_picture_is_turned_as_its_file_is(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(COLOURS.transpose(1, 0, 2)).save(tmp_path / "turned.png", exif=exif)
    with Image.open(tmp_path / "turned.png") as picture:
        np.testing.assert_array_equal(read(picture, tmp_path), read(tmp_path / "turned.png", tmp_path))


def test_masks_are_holes_where_they_are_true(tmp_path):
    hole = COLOURS[..., 0] > 100
    for value in (hole, hole.astype(float), hole[..., None], hole.astype(np.uint8) * 255, np.stack([hole[..., None]])):
        found = parse_masks(write_masks(value, MASK, tmp_path), MASK).values[:]
        np.testing.assert_array_equal(found[0, ..., 0], hole)


def test_label_maps_keep_their_classes(tmp_path):
    classes = np.array([[0, 1, 2, 255, 0, 1]] * 4)
    for value in (classes, classes.astype(np.uint8), np.stack([classes]), [classes]):
        np.testing.assert_array_equal(parse_maps(write_maps(value, MAP, tmp_path), MAP).values[:], [classes])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (COLOURS.astype(float), "numbers outside of"),
        (np.full((4, 4, 3), np.nan), "numbers outside of"),
        (COLOURS.astype(int) * 9, "whole numbers from 0 to 255"),
        (np.zeros((4, 4, 5)), r"an array of shape \(4, 4, 5\)"),
        (np.zeros(4), "an array of shape"),
        ([], "none is given"),
        (np.zeros((4, 4), bool), "whole numbers from 0 to 255"),
    ],
)
def test_what_is_no_picture_is_told_with_its_number(value, said, tmp_path):
    with pytest.raises(UsageError, match=rf"source.*{said}"):
        write_pictures(value, PICTURE, tmp_path)
    assert not list(tmp_path.rglob("*.png"))


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ([1, 2], [[1, 2]]),
        (np.array([1.5, 2]), [[1.5, 2]]),
        ([[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        ("1,2", [[1, 2]]),
        (["1,2", "3,4"], [[1, 2], [3, 4]]),
    ],
)
def test_vectors_are_numbers_rows_or_texts(value, rows, tmp_path):
    np.testing.assert_array_equal(parse(write(value, VECTOR, tmp_path), VECTOR).values, np.array(rows, np.float32))


@pytest.mark.parametrize("value", [3, [1, 2, 3], np.zeros((2, 2, 2)), {"a": 1}, np.zeros((0, 2))])
def test_what_is_no_vector_is_told(value, tmp_path):
    with pytest.raises(UsageError, match="condition"):
        write(value, VECTOR, tmp_path)


def test_a_single_number_is_a_vector_of_one(tmp_path):
    field = Field(name="interpolation", kind="code", shape=(1,))
    np.testing.assert_array_equal(parse(write(0.5, field, tmp_path), field).values, [[0.5]])


def test_numbers_are_handed_on_as_text_so_that_an_error_shows_what_was_given(tmp_path):
    field = Field(name="code", kind="code", shape=(2,))
    assert write([2, 0.1], field, tmp_path) == ["2.0,0.1"]
    assert write(np.array([[1, 2], [3, 4]]), field, tmp_path) == ["1.0,2.0", "3.0,4.0"]
    assert [*tmp_path.iterdir()] == []
    many = np.random.default_rng(0).normal(size=(600, 2)).astype("float32")
    (path,) = write(many, field, tmp_path)
    np.testing.assert_array_equal(np.load(path), many)
    some = many[:5]
    given = parse(write(some, field, tmp_path), field, "code", {})
    np.testing.assert_array_equal(given.values, some)
