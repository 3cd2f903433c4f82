"""The Earth: tiles that share no place, whose maps lie over their pictures."""

import numpy as np
import pytest
from multigan_gaugan.earth import CLIMATES, OCEAN, SIZE, load, planet
from PIL import Image, ImageColor

from multigan.testing import Contract

NAMES = list(CLIMATES)


@pytest.fixture(scope="module")
def earth():
    return load()


@pytest.fixture(scope="module")
def whole():
    return planet()


def climate(latitude, longitude, maps):
    return NAMES[maps[int((90 - latitude) * 10), int((180 + longitude) * 10)]]


@pytest.mark.parametrize(
    ("latitude", "longitude", "name"),
    [
        (25, 10, "hot desert BWh"),  # the Sahara
        (-3, -62, "rainforest Af"),  # the Amazon
        (72, -40, "ice EF"),  # Greenland
        (0, -150, "ocean"),
        (60, 100, "taiga Dfc"),  # Siberia
        (52, 5.5, "oceanic Cfb"),  # the Netherlands
    ],
)
def test_places_have_their_climates(latitude, longitude, name, whole):
    assert climate(latitude, longitude, whole[0]) == name


def test_maps_lie_over_their_pictures(earth):
    """The sea is blue, and land is not; moved by half a degree they agree less. Deserts are light."""
    for part in (earth, earth["held_out"]):
        maps, pictures = part["source"], part["image"].astype(int)
        blue, sea = pictures[..., 2] > pictures[..., 0] + 15, maps == OCEAN
        assert blue[sea].mean() > 0.97
        assert blue[~sea].mean() < 0.07
        inner = np.s_[:, 8:-8, 8:-8]
        for axis, by in ((1, 5), (1, -5), (2, 5), (2, -5)):
            moved = np.roll(sea, by, axis=axis)
            assert (sea == blue)[inner].mean() > (moved == blue)[inner].mean() + 0.01
        desert, forest = (pictures[maps == NAMES.index(name)].mean() for name in ("hot desert BWh", "rainforest Af"))
        assert desert > 100
        assert forest < 50
    ice = earth["image"][earth["source"] == NAMES.index("ice EF")]
    assert ice.mean() > 200


def test_no_two_tiles_share_a_place(whole, earth):
    """Each stands once in the whole, at a multiple of its side, and the held-out ones in columns of their own."""
    maps, pictures = whole
    places = {}
    for row in range(maps.shape[0] // SIZE):
        for column in range(maps.shape[1] // SIZE):
            window = np.s_[SIZE * row : SIZE * (row + 1), SIZE * column : SIZE * (column + 1)]
            places.setdefault((maps[window].tobytes(), pictures[window].tobytes()), []).append((row, column))
    found = []
    for part in (earth, earth["held_out"]):
        pairs = zip(part["source"], part["image"], strict=True)
        found.append([places[one.tobytes(), two.tobytes()] for one, two in pairs])
        assert all(len(each) == 1 for each in found[-1])
    flat = [[each[0] for each in part] for part in found]
    assert len({*flat[0], *flat[1]}) == len(flat[0]) + len(flat[1])
    assert {column for _, column in flat[1]} <= set(range(29, 35))
    assert not {column for _, column in flat[0]} & set(range(29, 35))
    assert len(flat[0]) > 400
    assert len(flat[1]) > 80


def test_every_tile_has_land(earth):
    for part in (earth, earth["held_out"]):
        assert ((part["source"] != OCEAN).mean(axis=(1, 2)) >= 0.05).all()


def test_a_seed_orders_the_tiles(earth):
    other = load(1)
    assert not np.array_equal(earth["source"], other["source"])
    order = [sorted(tile.tobytes() for tile in each["image"]) for each in (earth, other)]
    assert order[0] == order[1]
    np.testing.assert_array_equal(earth["image"], load()["image"])


def test_classes_have_colours_that_are_told_apart_and_none_is_white_or_black():
    colours = np.array([ImageColor.getrgb(colour) for colour in CLIMATES.values()]).astype(int)
    assert len(colours) == 32
    apart = np.abs(colours[:, None] - colours[None]).sum(axis=-1) + 1000 * np.eye(32, dtype=int)
    assert apart.min() >= 30
    assert (255 * 3 - colours.sum(axis=1)).min() >= 60
    assert colours.sum(axis=1).min() >= 60


def test_reading_leaves_pillows_bound_alone(earth):
    before = Image.MAX_IMAGE_PIXELS
    assert before
    load()
    assert before == Image.MAX_IMAGE_PIXELS


def test_the_source_hands_over_maps_with_names_and_colours():
    source = Contract("gaugan").source
    (field,) = source.beside
    assert (field.name, field.kind, field.shape) == ("source", "labelmap", (64, 64))
    assert (field.classes, field.colours) == (tuple(CLIMATES), tuple(CLIMATES.values()))
    batch = source.batch(np.arange(4))
    assert batch["source"].dtype == np.int32
    assert len(source.held_out) > 80
    assert source.held_out.beside[0].aligned
