"""What goes in, made of the pictures themselves: at training, and of pictures that somebody gives."""

import numpy as np
import pytest
from PIL import Image

from multigan.data import batches
from multigan.errors import DataError, UsageError
from multigan.modalities.images import masks
from multigan.modalities.images.given import parse_masks, parse_pictures
from multigan.modalities.images.made import made

KINDS = ["grey", "lines", "blur", "mask", "low", "edges"]


@pytest.fixture
def pictures(folder, encoded):
    """A folder of eight pictures with a box on a plain ground, 16 x 16."""
    rng, files = np.random.default_rng(1), {}
    for number in range(8):
        picture = np.full((16, 16, 3), rng.integers(0, 256, 3), np.uint8)
        top, left = rng.integers(1, 8, 2)
        picture[top : top + 7, left : left + 7] = rng.integers(0, 256, 3)
        files[f"{number}.png"] = encoded(picture)
    return folder(**files)


@pytest.fixture(autouse=True)
def _edges(request):
    if "edges" in request.node.name:
        pytest.importorskip("skimage")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_made_has_the_shape_and_the_units_that_are_told(opened, pictures, kind):
    source = opened(pictures, make=kind, size="16")
    shape = {"low": (8, 8, 3), "blur": (16, 16, 3), "mask": (16, 16, 3)}.get(kind, (16, 16, 1))
    assert source.beside[0].shape == shape
    batch = next(batches(source, 8, seed=0))
    for field in source.beside:
        values = batch[field.name]
        assert (values.shape, values.dtype) == ((8, *field.shape), np.float32)
        assert -1 <= values.min() < values.max() <= 1


# Where holes are, a user says.
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "mask"])
def test_training_and_sampling_make_the_same_of_a_picture(opened, pictures, kind):
    source = opened(pictures, make=kind, size="16")
    given = parse_pictures([str(pictures)], source.beside[0])
    assert given.names == tuple(str(number) for number in range(8))
    assert np.array_equal(given.values, source.batch(np.arange(8))["source"])


@pytest.mark.parametrize("kind", ["grey", "lines", "blur", "low", "edges"])
def test_what_is_made_follows_crops_and_flips(opened, pictures, kind):
    source = opened(pictures, make=kind, size="8x16", crop="random", flip=True)
    batch = next(batches(source, 8, seed=0))
    again = made(batch["image"], source.beside[0])["source"]
    assert np.array_equal(batch["source"], again)


def test_a_hole_is_zero_in_the_picture_and_one_in_the_mask(opened, pictures):
    source = opened(pictures, make="mask", size="16")
    batch = next(batches(source, 8, seed=0))
    assert set(np.unique(batch["mask"])) == {0, 1}
    assert (batch["source"][np.broadcast_to(batch["mask"] == 1, batch["source"].shape)] == 0).all()
    outside = np.broadcast_to(batch["mask"] == 0, batch["image"].shape)
    assert np.array_equal(batch["source"][outside], batch["image"][outside])
    assert all(0 < mask.mean() <= masks.MOST for mask in batch["mask"])


def test_holes_are_drawn_anew_in_training_and_fixed_without_draws(opened, pictures):
    source = opened(pictures, make="mask", size="16")
    fixed = source.batch(np.arange(8))["mask"]
    assert np.array_equal(fixed, source.batch(np.arange(8))["mask"])
    assert np.array_equal(fixed[3], source[3]["mask"])
    first, second = (next(batches(source, 8, seed=0, start=start))["mask"] for start in (0, 1))
    assert not np.array_equal(first, second)
    assert np.array_equal(second, next(batches(source, 8, seed=0, start=1))["mask"])
    held = opened(pictures, make="mask", size="16", held_out=0.4)
    assert len({mask.tobytes() for mask in held.held_out.batch(np.arange(len(held.held_out)))["mask"]}) > 1


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (64, 64)])
def test_holes_fit_any_size(size):
    rng = np.random.default_rng(0)
    for _ in range(50):
        assert masks.hole(rng, *size).shape == size
        assert masks.hole(rng, *size).any()


def test_grey_is_what_pillow_makes_of_it(opened, pictures):
    source = opened(pictures, make="grey", size="16")
    ours = np.rint((source[0]["source"][..., 0] + 1) * 127.5)
    theirs = np.asarray(Image.open(pictures / "0.png").convert("L"), float)
    assert np.abs(ours - theirs).max() <= 1


def test_small_pictures_are_blurred_before_they_are_small():
    stripes = np.zeros((1, 8, 8, 1), np.uint8)
    stripes[:, :, ::2] = 255
    from multigan.field import Field

    low = Field(name="source", kind="picture", shape=(4, 4, 1), made="low:2")
    assert np.abs(made(stripes, low)["source"][0, :, 1:3]).max() < 0.2


def test_a_picture_of_the_small_size_is_taken_for_one_that_is_small_already(opened, pictures, tmp_path):
    source = opened(pictures, make="low", scale=2, size="16")
    small = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(small).save(tmp_path / "small.png")
    given = parse_pictures([str(tmp_path / "small.png")], source.beside[0])
    assert np.array_equal(np.rint((given.values[0] + 1) * 127.5), small)


def test_what_is_transparent_is_the_hole(opened, pictures, tmp_path):
    source = opened(pictures, make="mask", size="16")
    picture = np.full((16, 16, 4), 255, np.uint8)
    picture[2:6, 3:9, 3] = 0
    Image.fromarray(picture).save(tmp_path / "torn.png")
    given = parse_pictures([str(tmp_path / "torn.png")], source.beside[0])
    assert np.array_equal(given.others["mask"][0, ..., 0], (picture[..., 3] == 0).astype(np.float32))
    assert (given.values[0, 2:6, 3:9] == 0).all()


def test_a_mask_that_is_given_is_the_hole(opened, pictures, tmp_path):
    source = opened(pictures, make="mask", size="16")
    mask = np.zeros((16, 16), np.uint8)
    mask[:4] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    given = parse_masks([str(tmp_path / "mask.png")], source.beside[1])
    assert np.array_equal(given.values[0, ..., 0], mask // 255)
    found = parse_pictures([str(pictures / "0.png")], source.beside[0], "--input", {"mask": given.values})
    assert (found.values[0, :4] == 0).all()
    assert np.array_equal(found.values[0, 4:], source[0]["image"][4:])


def test_several_masks_are_for_the_pictures_of_their_names(opened, pictures, tmp_path):
    """One by its number would dig a hole where nobody asked for one."""
    source = opened(pictures, make="mask", size="16")
    (tmp_path / "masks").mkdir()
    for name in ("first.png", "second.png"):
        Image.fromarray(np.zeros((16, 16), np.uint8)).save(tmp_path / "masks" / name)
    given = parse_masks([str(tmp_path / "masks")], source.beside[1])
    with pytest.raises(
        UsageError, match=r"2 masks, such as first.png, and none has the name of a picture, such as 0.png"
    ):
        parse_pictures([str(pictures / "0.png")], source.beside[0], "--input", {"mask": given.values})


def test_pictures_are_fitted_as_training_fits_them(opened, folder, encoded, noise):
    place = folder(**{f"{n}.png": encoded(noise(12, 20)) for n in range(3)})
    source = opened(place, to=str(place), pairs="names", size="8", crop="none", filter="nearest")
    given = parse_pictures([str(place)], source.beside[0])
    assert np.array_equal(given.values, source.batch(np.arange(3))["source"])


@pytest.mark.parametrize("how", [{"make": "grey"}, {"to": True, "pairs": "names"}], ids=["made", "paired"])
def test_levels_of_the_training_data_are_those_of_what_goes_in(opened, folder, raw_png, how):
    """A darker picture of 12 bits in 16 stays darker: the file's own range is not asked."""
    rng = np.random.default_rng(0)
    place = folder(**{f"{n}.png": raw_png(rng.integers(0, 4096 >> n, (16, 16, 3))) for n in range(3)})
    options = {key: str(place) if value is True else value for key, value in how.items()}
    source = opened(place, size="16", channels=3, levels="data", **options)
    given = parse_pictures([str(place / "2.png")], source.beside[0])
    wanted = source.batch(np.arange(3))["source"][2:]
    assert np.array_equal(given.values[:], wanted)
    assert -1 <= wanted.min() < wanted.max() < -0.4


def test_folders_files_and_names(opened, pictures, folder, encoded, noise):
    field = opened(pictures, make="grey", size="16").beside[0]
    more = folder("10.png", "9.png", "deep/9.png", root="more", **{"9.bmp": encoded(noise(), "BMP")})
    given = parse_pictures([str(pictures / "3.png"), str(more)], field)
    assert given.names == ("3", "9-bmp", "9-png", "10", "deep/9")
    assert len(given.values) == 5


def test_bad_files_are_named(opened, pictures):
    field = opened(pictures, make="grey", size="16").beside[0]
    (pictures / "4.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"--input: 4\.png: "):
        parse_pictures([str(pictures / "4.png")], field)
    given = parse_pictures([str(pictures)], field)
    assert given.values[:4].shape == (4, 16, 16, 1), "a folder is read when its pictures are asked for"
    with pytest.raises(DataError, match=r"--input: 4\.png: "):
        given.values[:]
    with pytest.raises(UsageError, match="--input nowhere: no such file"):
        parse_pictures(["nowhere"], field)


def test_edges_without_their_library_tell_what_to_install(opened, pictures, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "skimage.feature", None)
    with pytest.raises(UsageError, match=r'pip install "multigan\[pairs\]"'):
        opened(pictures, make="edges", size="16")
