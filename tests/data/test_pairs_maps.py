"""Label maps: values as they are stored, their names and colours, and what is wrong with them."""

import numpy as np
import pytest
from PIL import Image

from multigan.data import batches
from multigan.errors import DataError
from multigan.modalities.images.drawn import draw_maps
from multigan.modalities.images.given import parse_maps
from multigan.modalities.images.labelmaps import colours_of, parse_classes


def ramp(height=8, width=8, most=3):
    """A map of blocks of classes."""
    return (np.arange(height)[:, None] // 2 + np.arange(width) // 4).astype(np.uint8) % most


def palette(values, colours=((9, 9, 9), (200, 0, 0), (0, 200, 0))):
    image = Image.fromarray(values).convert("L")
    image = image.copy()
    image = Image.frombytes("P", image.size, image.tobytes())
    image.putpalette([number for colour in colours for number in colour])
    return image


def test_values_are_classes_and_255_is_none(mapped):
    torn = ramp()
    torn[0] = 255
    source = mapped([ramp(), torn])
    (field,) = source.beside
    assert (field.kind, field.shape, field.classes) == ("labelmap", (8, 8), ("ground", "box", "big bin"))
    assert field.colours[:2] == ("#808080", "#ff0000")
    batch = source.batch(np.arange(2))
    assert batch["source"].dtype == np.int32
    assert np.array_equal(batch["source"], [ramp(), torn])


@pytest.mark.parametrize("kind", ["palette", "grey", "rgb", "four bits", "one bit"])
def test_every_way_to_store_numbers(mapped, encoded, kind):
    values = ramp(most=2)
    image = Image.fromarray(values)
    if kind == "palette":
        image = palette(values)
    elif kind == "rgb":
        image = Image.fromarray(np.array([(128, 128, 128), (255, 0, 0)], np.uint8)[values])
    elif kind == "four bits":
        image = encoded(palette(values), bits=4)
    elif kind == "one bit":
        image = Image.fromarray(values.astype(bool))
    source = mapped([image, palette(1 - values)])
    assert np.array_equal(source[0]["source"], values)


def test_maps_are_never_smoothed(mapped):
    source = mapped(
        [np.kron(ramp(), np.ones((5, 3), np.uint8)) * 2 % 3] * 1 + [np.zeros((40, 24), np.uint8)], crop="none"
    )
    assert set(np.unique(source[0]["source"])) <= {0, 1, 2}
    assert any("filter=nearest" in note for note in source.report.notes if note.startswith("source"))


def test_margins_are_no_class(mapped):
    source = mapped([ramp(4, 8), np.zeros((4, 8), np.uint8)], crop="pad")
    assert (source[0]["source"][0] == 255).all()


def test_crops_and_flips_act_on_maps_as_on_pictures(opened, folder, encoded):
    rng = np.random.default_rng(0)
    maps = [rng.integers(0, 3, (8, 12), dtype=np.uint8) for _ in range(16)]
    theirs = folder(root="maps", **{f"{n}.png": encoded(each) for n, each in enumerate(maps)})
    ours = folder(root="photos", **{f"{n}.png": encoded(each * 100) for n, each in enumerate(maps)})
    source = opened(theirs, to=str(ours), pairs="names", maps=True, size="8", crop="random", flip=True)
    batch = next(batches(source, 16, seed=0))
    assert np.array_equal(np.rint((batch["image"][..., 0] + 1) * 1.275), batch["source"])


def test_maps_that_are_read_as_pictures_are_doubted_where_their_classes_lie(opened, folder, encoded):
    files = {f"{n}.png": encoded(ramp(most=n)) for n in (1, 2)}
    theirs = folder(root="maps", **files, **{"classes.txt": b"0, sky"})
    source = opened(theirs, to=str(folder(root="photos", **files)), pairs="names", size="8")
    told = f"{theirs} is read as pictures, and classes.txt lies among them: -o maps=true reads label maps"
    assert told in source.report.notes


def test_a_value_out_of_range_is_named_with_its_file(mapped):
    wrong = ramp()
    wrong[3, 3] = 7
    source = mapped([ramp(), wrong, ramp(most=2)], skip_bad=0.5)
    ((name, reason),) = source.report.skipped
    assert name.endswith("photos: 1.png")
    assert "value 7 is no class: there are 0 to 2" in reason


def test_without_names_classes_are_the_numbers_up_to_the_largest(mapped):
    source = mapped([ramp(), ramp(most=2)], text="")
    assert source.beside[0].classes == ("0", "1", "2")
    assert source.beside[0].colours == ()
    source = mapped([palette(ramp()), palette(ramp(most=2))], text="")
    assert source.beside[0].colours == ("#090909", "#c80000", "#00c800")


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (lambda encoded: encoded(np.zeros((8, 8), np.uint8), "JPEG"), "JPEG does not keep every value"),
        (lambda encoded: encoded(np.full((8, 8, 3), (1, 2, 3), np.uint8)), "the colour #010203 is no class's"),
        (lambda encoded: encoded(Image.fromarray(np.full((8, 8), 900, np.uint16))), "up to 900"),
    ],
)
def test_files_that_hold_no_numbers_of_classes(mapped, encoded, broken, told):
    source = mapped([ramp(), broken(encoded), ramp(most=2)], skip_bad=0.5)
    assert told in source.report.skipped[0][1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0, sky\n0, sea\n", "line 2: class 0 is there already, as sky"),
        ("sky\n", "line 1: 'sky' is no class"),
        ("0, sky, nocolour\n", "line 1: 'nocolour' is no colour"),
        ("300, sky\n", "a number from 0 to 254"),
        ("# nothing\n", "no class in it"),
    ],
)
def test_a_classes_txt_that_cannot_be_read(text, told):
    with pytest.raises(DataError, match=told):
        parse_classes(text.encode(), "classes.txt")


@pytest.mark.parametrize(
    "text", ["0,sky,#00f\n2,big tree,green", "0\tsky\t#00f\n2\tbig tree\tgreen", "0 sky #00f\n2 big tree green"]
)
def test_ways_to_write_classes(text):
    classes = parse_classes(text.encode(), "classes.txt")
    assert classes.names == ("sky", "", "big tree")
    assert (classes.colours[0], classes.colours[2]) == ("#0000ff", "#008000")


def test_default_colours_differ_and_are_never_white():
    colours = colours_of((), 40)
    assert len(set(colours)) == 40
    assert "#ffffff" not in colours
    assert colours_of((), 5) == colours[:5]


def test_maps_that_somebody_gives_and_how_they_are_drawn(mapped, tmp_path):
    source = mapped([ramp(), ramp(most=2)])
    field = source.beside[0]
    given = parse_maps([str(tmp_path / "maps")], field)
    assert given.names == ("0", "1")
    assert np.array_equal(given.values, source.batch(np.arange(2))["source"])
    drawn = draw_maps(given.values, field)
    assert drawn.shape == (2, 8, 8, 3)
    box = drawn[given.values == 1]
    assert np.allclose(box, (1, -1, -1))
    wrong = ramp()
    wrong[0, 0] = 9
    Image.fromarray(wrong).save(tmp_path / "wrong.png")
    with pytest.raises(DataError, match=r"wrong\.png: value 9 is no class"):
        parse_maps([str(tmp_path / "wrong.png")], field)


def test_maps_in_an_array(opened, folder, tmp_path):
    np.save(tmp_path / "maps.npy", np.stack([ramp(), ramp(most=2)]))
    np.save(tmp_path / "photos.npy", np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8))
    source = opened(tmp_path / "maps.npy", to=str(tmp_path / "photos.npy"), pairs="names", maps=True, size="8")
    assert np.array_equal(source[0]["source"], ramp())
