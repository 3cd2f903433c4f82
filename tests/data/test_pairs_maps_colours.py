"""Label maps whose colours tell their classes: palettes, masks of black and white, colours in classes.txt."""

import numpy as np
import pytest
from PIL import Image

from multigan.errors import DataError
from multigan.modalities.images.given import parse_maps
from multigan.modalities.images.labelmaps import parse_classes

COLOURS = np.array([(10, 20, 30), (200, 0, 0), (0, 200, 0)], np.uint8)
ENDS = ("#0a141e", "#00c800")
CLASSES = "0 ground 10 20 30\n1 red box 200 0 0\n2 bin 0 200 0\n"


def values_of(number=0, most=3):
    """A map of blocks of classes, another for each number."""
    return ((np.arange(8)[:, None] // 2 + np.arange(8) // 4 + number) % most).astype(np.uint8)


def indexed(values, order=(0, 1, 2), colours=COLOURS):
    """A palette file that shows classes in their colours, class `order[n]` being its number n."""
    stored = np.argsort(order).astype(np.uint8)[values]
    image = Image.frombytes("P", values.shape[::-1], stored.tobytes())
    image.putpalette(np.asarray(colours)[list(order)].astype(np.uint8).tobytes())
    return image


def noted(source, words):
    return [note for note in source.report.notes if words in note]


def test_palettes_of_the_classes_colours_in_another_order_are_read_by_colour(mapped, tmp_path):
    maps, orders = [values_of(number) for number in range(3)], ([0, 1, 2], [2, 0, 1], [1, 0, 2])
    source = mapped([indexed(each, order) for each, order in zip(maps, orders, strict=True)], CLASSES)
    assert np.array_equal(source.batch(np.arange(3))["source"], maps)
    (note,) = noted(source, "at other numbers, read by colour")
    assert note.endswith("2 (first 1.png)")
    given = parse_maps([str(tmp_path / "maps" / "1.png")], source.beside[0])
    assert np.array_equal(np.asarray(given.values[:])[0], maps[1])


def test_what_is_none_stays_none_in_any_palette(mapped):
    values = values_of()
    image = indexed(values, [2, 0, 1])
    stored = np.array(image)
    stored[0] = 255
    torn = Image.frombytes("P", image.size, stored.tobytes())
    torn.putpalette(bytes(image.getpalette()[:9]) + bytes(3 * 246) + bytes((224, 224, 192)))
    source = mapped([torn, indexed(values)], CLASSES)
    assert (source[0]["source"][0] == 255).all()
    assert np.array_equal(source[0]["source"][1:], values[1:])


def test_palettes_of_other_colours_are_read_by_number_and_told(mapped):
    maps = [values_of(number) for number in range(2)]
    source = mapped([indexed(maps[0]), indexed(maps[1], colours=COLOURS + 7)], CLASSES)
    assert np.array_equal(source.batch(np.arange(2))["source"], maps)
    assert noted(source, "a palette of other colours than the classes have, read by number: 1 (1.png)")


def test_without_classes_the_first_palette_numbers_the_colours_of_all(mapped, tmp_path):
    maps, orders = [values_of(number) for number in range(3)], ([0, 1, 2], [2, 0, 1], [0, 1, 2])
    source = mapped([indexed(each, order) for each, order in zip(maps, orders, strict=True)], "")
    assert np.array_equal(source.batch(np.arange(3))["source"], maps)
    assert source.beside[0].colours == ("#0a141e", "#c80000", "#00c800")
    assert noted(source, "colours are numbered as in the palette of 0.png")
    assert noted(source, "at other numbers, read by colour: 1 (1.png)")
    given = parse_maps([str(tmp_path / "maps" / "1.png")], source.beside[0])
    assert np.array_equal(np.asarray(given.values[:])[0], maps[1])


def test_palettes_that_are_cut_to_what_is_used_agree(mapped):
    maps = [values_of(most=2), values_of(1), values_of(2)]
    files = [indexed(each, range(count), COLOURS[:count]) for each, count in zip(maps, (2, 3, 3), strict=True)]
    source = mapped(files, "")
    assert np.array_equal(source.batch(np.arange(3))["source"], maps)
    assert source.beside[0].colours == ("#0a141e", "#c80000", "#00c800")
    assert not noted(source, "palette")


def test_palettes_that_nothing_reconciles_are_told_and_lend_no_colours(mapped):
    maps = [values_of(number) for number in range(3)]
    files = [indexed(each, colours=COLOURS + 9 * number) for number, each in enumerate(maps)]
    source = mapped(files, "")
    assert np.array_equal(source.batch(np.arange(3))["source"], maps)
    (note,) = noted(source, "with a palette of other colours than that of 0.png: 2 (first 1.png)")
    assert "values are taken as they are stored" in note
    assert "classes.txt" in note
    assert source.beside[0].colours == ()
    assert not noted(mapped([files[0], files[0], indexed(maps[1])], ""), "palette")


@pytest.mark.parametrize(("text", "names"), [("", ("0", "1")), ("0, ground\n1, thing\n", ("ground", "thing"))])
@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_masks_of_black_and_white_are_two_classes(mapped, tmp_path, text, names, mode):
    maps = [values_of(number, 2) for number in range(2)] + [np.ones((8, 8), np.uint8)]
    source = mapped([Image.fromarray(each * 255).convert(mode) for each in maps], text)
    field = source.beside[0]
    assert (field.classes, field.colours) == (names, ("#000000", "#ffffff"))
    assert np.array_equal(source.batch(np.arange(3))["source"], maps)
    (note,) = noted(source, "masks of 0 and 255 are two classes here")
    assert f"black is {names[0]}, white is {names[1]}" in note
    given = parse_maps([str(tmp_path / "maps")], field)
    assert np.array_equal(np.asarray(given.values[:]), maps), "a mask that is all white is no class of none"


def test_one_class_and_none_where_classes_txt_says_so(mapped):
    values = np.where(values_of(most=2), 255, 0).astype(np.uint8)
    source = mapped([values, 255 - values], "0, thing\n")
    assert np.array_equal(source[0]["source"], values)
    assert source.beside[0].classes == ("thing",)
    assert not noted(source, "masks")


@pytest.mark.parametrize("mode", ["L", "P"])
def test_one_further_value_makes_numbers_of_all(mapped, mode):
    values = np.where(values_of(most=2), 255, 0).astype(np.uint8)
    more = values.copy()
    more[0, 0] = 1
    source = mapped([Image.fromarray(each).convert(mode) for each in (values, 255 - values, more)], "")
    assert np.array_equal(source.batch(np.arange(3))["source"], [values, 255 - values, more])


@pytest.mark.parametrize("mode", ["L", "P"])
def test_shades_of_grey_may_be_colours_of_classes(mapped, tmp_path, mode):
    text = "0, ground, #ffffff\n1, road, #808080\n2, house, black\n"
    shades = np.array([255, 128, 0], np.uint8)
    maps = [values_of(), np.full((8, 8), 2, np.uint8), np.zeros((8, 8), np.uint8)]
    source = mapped([Image.fromarray(shades[each]).convert(mode) for each in maps], text)
    assert np.array_equal(source.batch(np.arange(3))["source"], maps)
    assert noted(source, "shades of grey are the colours of classes in classes.txt")
    given = parse_maps([str(tmp_path / "maps" / "0.png")], source.beside[0])
    assert np.array_equal(np.asarray(given.values[:])[0], maps[0])
    assert np.array_equal(mapped([*maps, values_of(1)], text)[0]["source"], maps[0]), "numbers stay numbers"


def test_arrays_of_black_and_white(opened, tmp_path):
    maps = np.stack([values_of(number, 2) for number in range(2)])
    np.save(tmp_path / "maps.npy", maps * 255)
    np.save(tmp_path / "photos.npy", np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8))
    source = opened(tmp_path / "maps.npy", to=str(tmp_path / "photos.npy"), pairs="names", maps=True, size="8")
    assert np.array_equal(source.batch(np.arange(2))["source"], maps)


def test_colours_that_nothing_explains(mapped):
    files = [Image.fromarray(COLOURS[values_of(number)]) for number in range(2)]
    with pytest.raises(
        DataError, match=r"in colours \(#00c800, #0a141e, #c80000\), and there is no classes\.txt; write"
    ):
        mapped(files, "")
    with pytest.raises(DataError, match=r"and classes\.txt has no colours; write in it a line for each class"):
        mapped(files, "0, ground\n1, box\n2, bin\n")
    pictures = [np.random.default_rng(number).integers(0, 256, (16, 16, 3), dtype=np.uint8) for number in range(2)]
    with pytest.raises(DataError, match="pictures and no label maps; leave maps=true out"):
        mapped(pictures, "")
    assert np.array_equal(mapped(files, CLASSES)[1]["source"], values_of(1))
    some = mapped([*files, values_of()], "", skip_bad=1)
    assert "there is no classes.txt" in some.report.skipped[0][1]


@pytest.mark.parametrize("kind", ["palette", "rgb"])
def test_other_colours_in_classes_txt_are_other_data(mapped, opened, tmp_path, kind):
    maps = [values_of(number) for number in range(2)]
    files = [indexed(each, [2, 0, 1]) if kind == "palette" else Image.fromarray(COLOURS[each]) for each in maps]
    texts = [f"0, ground, {one}\n1, red box, #c80000\n2, bin, {two}\n" for one, two in (ENDS, ENDS[::-1])]
    one, place = mapped(files, texts[0]), tmp_path / "maps"
    (place / "classes.txt").write_text(texts[1])
    other = opened(place, to=str(tmp_path / "photos"), pairs="names", maps=True, size="8")
    assert one.fingerprint != other.fingerprint
    assert np.array_equal(one[0]["source"], maps[0])
    assert np.array_equal(other[0]["source"], np.array([2, 1, 0])[maps[0]])


@pytest.mark.parametrize(
    ("line", "name", "colour"),
    [
        ("0 deep_water 30 60 140", "deep_water", "#1e3c8c"),
        ("0\tdeep water\t30\t60\t140", "deep water", "#1e3c8c"),
        ("0, deep water, 30, 60, 140", "deep water", "#1e3c8c"),
        ("0; deep water; 30 60 140", "deep water", "#1e3c8c"),
        ("0 deep water 30 60 140", "deep water", "#1e3c8c"),
        ("0 area 51", "area 51", ""),
        ("0 area 51 #1e3c8c", "area 51", "#1e3c8c"),
        ("0 7", "7", ""),
    ],
)
def test_ways_to_write_a_colour(line, name, colour):
    classes = parse_classes(line.encode(), "classes.txt")
    assert (classes.names, classes.colours) == ((name,), (colour,) if colour else ())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("0 sky 30 60", "'30 60' is no colour"),
        ("0 sky 30 60 300", "'30 60 300' is no colour; write it as #rrggbb, or as three numbers from 0 to 255"),
        ("0 sky 0.1 0.2 0.3", "'0.1 0.2 0.3' is no colour"),
        ("0 sky 30 60 140 255", "'30 60 140 255' is no colour"),
        ("0 sky #12345", "'#12345' is no colour"),
        ("0, sky, 30, 60", "'30, 60'|is no class"),
        ("0, sky, #fff, more", "is no c"),
    ],
)
def test_a_remainder_that_is_no_colour_is_told(line, told):
    with pytest.raises(DataError, match=told):
        parse_classes(line.encode(), "classes.txt")


def test_numbers_between_classes_are_none(mapped, tmp_path):
    text = "0, ground\n5, box, red\n11, bin\n"
    right = np.array([0, 5, 11], np.uint8)
    wrong = right[values_of()]
    wrong[2, 2] = 4
    source = mapped([right[values_of()], wrong, right[values_of(1)]], text, skip_bad=0.5)
    assert "value 4 is no class: there are 0, 5, 11, and 255 for none" in source.report.skipped[0][1]
    assert noted(source, "the label maps' classes are from classes.txt: 3 classes, numbered up to 11")
    assert not noted(source, "occur")
    with pytest.raises(DataError, match=r"1\.png: value 4 is no class"):
        np.asarray(parse_maps([str(tmp_path / "maps" / "1.png")], source.beside[0]).values[:])


def test_classes_that_do_not_occur_are_told(mapped):
    source = mapped([values_of() * 20, values_of(1) * 20], "")
    assert noted(source, "3 of 41 classes occur: 0, 20, 40 (each number up to the largest is a class)")
    source = mapped([values_of(most=2), values_of(1, 2)], CLASSES)
    assert noted(source, "2 of 3 classes occur: all but bin")
    shades = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert noted(mapped([shades, 255 - shades], ""), "are these shades of grey")
    assert noted(mapped([np.full((8, 8), 3, np.uint8), np.full((8, 8), 255, np.uint8)], ""), "1 of 4 classes occurs: 3")
