"""What is typed, painted and dropped on the page, before it reaches a run."""

import numpy as np
import pytest
from PIL import Image

from multigan import DataError, Field, UsageError

pytestmark = pytest.mark.filterwarnings("default")

VECTOR = Field(name="condition", kind="vector", shape=(2,))


@pytest.mark.parametrize("text", ["/etc/passwd", "a.npy", "0.5,a.npy", "0.5;1", "0.5,,1", "__import__('os')", "nan,1"])
def test_only_numbers_are_taken_for_numbers(text):
    from multigan_studio.widgets import _parted

    with pytest.raises(UsageError, match="only numbers"):
        _parted(text, VECTOR)


def test_numbers_are_taken_as_they_are():
    from multigan_studio.widgets import _parted

    assert _parted(" 0.5, -1e-3 ", VECTOR) == ["0.5,-1e-3"]
    assert _parted("  ", VECTOR) == []


def test_a_class_that_the_page_does_not_offer_is_refused():
    from multigan_studio.widgets import _known

    label = Field(name="label", kind="label", classes=("cat", "dog"))
    assert _known(["dog"], label) == ["dog"]
    with pytest.raises(UsageError, match="no such label"):
        _known(["/etc/passwd"], label)


@pytest.mark.parametrize("colours", [(), ("#000000", "#ff00ff", "#00ff00"), ("#102030", "#405060", "#708090")])
def test_a_painted_map_is_read_as_it_was_painted(tmp_path, colours):
    from multigan_studio.painter import save_map
    from multigan_studio.widgets import colours_of

    from multigan import find_kind
    from multigan.recipe import load_object

    field = Field(name="source", kind="labelmap", shape=(4, 6), classes=("sea", "land", "rock"), colours=colours)
    shown = colours_of(field)
    assert tuple(shown) == colours or not colours
    pixels = np.random.default_rng(0).choice([0, 1, 2, 255], (4, 6)).astype(np.uint8)
    path = save_map(pixels, shown, tmp_path / "map.png")
    given = load_object(find_kind("labelmap").parse)([str(path)], field, "--ask source=", {})
    np.testing.assert_array_equal(given.values[:][0], pixels)


def test_a_picture_is_kept_under_the_studios_own_name_whatever_it_was_called(tmp_path):
    from multigan_studio.uploads import kept_file, kept_picture

    odd = tmp_path / "..zip"
    Image.new("RGB", (3, 2)).save(odd, format="PNG")
    assert kept_picture(odd, tmp_path / "given", "source") == tmp_path / "given" / "source.png"
    text = tmp_path / "a.txt"
    text.write_text("x")
    assert kept_file(text, tmp_path / "given", "other").name == "other.txt"
    with pytest.raises(DataError, match="no picture"):
        kept_picture(text, tmp_path / "given", "source")


def test_what_is_shown_is_no_markup():
    from multigan_studio.stage import lines

    assert "<script" not in lines(["<script>alert(1)</script>"])
