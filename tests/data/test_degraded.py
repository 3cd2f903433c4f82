"""Pictures made smaller: by bicubic interpolation, by means of blocks, and as cameras and the web leave them."""

import numpy as np
import pytest
from PIL import Image

from multigan.data import batches
from multigan.field import Field
from multigan.modalities.images.degraded import degraded
from multigan.modalities.images.exported import exported
from multigan.modalities.images.made import made, picture_shape
from multigan.recipe import DataInfo


@pytest.fixture
def noise_pictures():
    return np.random.default_rng(0).integers(0, 256, (3, 12, 24, 4), dtype=np.uint8)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_box_is_the_mean_of_blocks(noise_pictures, scale):
    blocks = noise_pictures.reshape(3, 12 // scale, scale, 24 // scale, scale, 4).mean(axis=(2, 4))
    found = degraded(noise_pictures, f"{scale}:box")
    assert np.abs(found - blocks).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_bicubic_is_pillows_and_told_as_ever(noise_pictures, opened, folder, scale):
    found = degraded(noise_pictures, f"{scale}")
    for number, band in ((0, 0), (2, 3)):
        image = Image.fromarray(noise_pictures[number, ..., band])
        theirs = image.resize((24 // scale, 12 // scale), Image.Resampling.BICUBIC)
        assert np.array_equal(found[number, ..., band], np.asarray(theirs))
    assert opened(folder("1.png"), size="12", make="low", scale=scale).beside[0].made == f"low:{scale}"


@pytest.mark.parametrize("degradation", ["box", "real"])
def test_the_degradation_stands_in_the_field(opened, folder, degradation):
    source = opened(folder("1.png", "2.png"), size="16", make="low", scale=2, degradation=degradation)
    field = source.beside[0]
    assert (field.made, field.shape) == (f"low:2:{degradation}", (8, 8, 3))
    assert picture_shape(Field.of_table(field.as_table())) == (16, 16, 3)
    assert source.fingerprint != opened(folder("1.png", "2.png"), size="16", make="low").fingerprint


def test_real_pictures_are_drawn_anew_in_training_and_fixed_without_draws(opened, folder, encoded, noise):
    place = folder(**{f"{number}.png": encoded(noise(16, 16)) for number in range(6)})
    source = opened(place, size="16", make="low", degradation="real")
    fixed = source.batch(np.arange(6))["source"]
    assert np.array_equal(fixed, source.batch(np.arange(6))["source"])
    assert np.array_equal(fixed[4], source[4]["source"])
    first, second = (next(batches(source, 6, seed=0, start=start))["source"] for start in (0, 1))
    assert not np.array_equal(np.sort(first.ravel()), np.sort(second.ravel()))
    assert np.array_equal(second, next(batches(source, 6, seed=0, start=1))["source"])


def test_real_differs_from_picture_to_picture_and_keeps_what_it_shows():
    plain = np.broadcast_to(np.linspace(40, 215, 64).astype(np.uint8)[:, None, None], (8, 64, 64, 3)).copy()
    found = degraded(plain, "4:real").astype(float)
    clean = degraded(plain, "4").astype(float)
    assert len({picture.tobytes() for picture in found}) == 8
    assert 0.5 < np.abs(found - clean).mean() < 20


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_real_takes_any_channels_and_leaves_alpha_clean(channels):
    pictures = np.full((2, 8, 8, channels), 128, np.uint8)
    field = Field(name="source", kind="picture", shape=(4, 4, channels), made="low:2:real")
    found = made(pictures, field, np.random.default_rng(0))["source"]
    assert (found.shape, found.dtype) == ((2, 4, 4, channels), np.float32)
    if channels in (2, 4):
        assert (np.rint((found[..., -1] + 1) * 127.5) == 128).all()
    assert len(np.unique(found[..., 0])) > 1


def test_a_real_picture_may_be_of_one_pixel():
    assert degraded(np.full((1, 2, 2, 3), 200, np.uint8), "2:real").shape == (1, 1, 1, 3)


@pytest.mark.parametrize(("made", "known"), [("low:2", (2, "bicubic")), ("low:4:real", (4, "real"))])
def test_exports_tell_by_what_pictures_became_small(made, known):
    source = Field(name="source", kind="picture", shape=(4, 4, 3), made=made)
    facts, told = exported(DataInfo(name="", shape=(8, 8, 3), beside=(source,)))
    assert tuple(facts.values()) == known
    assert told == f"give it pictures that became {known[0]} times smaller by degradation={known[1]}"
    assert exported(DataInfo(name="", shape=(8, 8, 3))) == ({}, "")
