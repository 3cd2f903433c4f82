"""Pictures made of pictures, one by one: sizes, names, alpha, masks, bad files, sheets; without any training."""

import keras
import numpy as np
import pytest
from PIL import Image

from multigan import Field
from multigan.engine.drawing import Drawing
from multigan.errors import DataError, PluginError, UsageError
from multigan.fields import Rows
from multigan.modalities.images.files import image_files
from multigan.modalities.images.given import parse_maps, parse_masks, parse_pictures
from multigan.modalities.images.translating import translate
from multigan.modalities.translation import Translation, sheet_names

pytestmark = pytest.mark.backends

SIZE = (16, 16)


class Still(Drawing):
    """A game that translates, as far as translating needs one."""

    name = "still"

    def __init__(self, sampler, **attributes):
        self.sampler, self.asks = sampler, tuple(tensor.name for tensor in sampler.inputs)
        vars(self).update(attributes)

    def latents(self, count, seed):
        """None."""
        return {}


def copying(channels=3, size=(None, None), made=None):
    """A network that gives what it takes, in the first channels."""
    x = inputs = keras.Input((*size, channels), name="source")
    first = x[..., :made] if made else x
    return Still(keras.Model(inputs, keras.layers.Activation("linear")(first)))


def blurring(channels=3, **attributes):
    """A network with strides and a norm of the whole picture, whose sides must divide by 2."""
    inputs = keras.Input((None, None, channels), name="source")
    keras.utils.set_random_seed(0)
    x = keras.layers.Conv2D(4, 3, 2, padding="same")(inputs)
    x = x - keras.ops.mean(x, (1, 2), keepdims=True)
    x = keras.layers.Conv2DTranspose(channels, 3, 2, padding="same", activation="tanh")(x)
    return Still(keras.Model(inputs, x), **{"multiple": 2, **attributes})


def source(channels=3, **more):
    return Field(name="source", kind="picture", shape=(*SIZE, channels), **more)


def picture(path, *size, seed=0, mode="RGB"):
    """Saves noise, and returns it."""
    bands = {"L": (), "LA": (2,), "RGB": (3,), "RGBA": (4,)}[mode]
    pixels = np.random.default_rng(seed).integers(1, 256, (*size, *bands), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return pixels


def saved(path, mode=None):
    with Image.open(path) as image:
        return np.asarray(image.convert(mode) if mode else image)


def run(game, place, out, field=None, given=None, parse=parse_pictures, **more):
    """Translates a place; `given` are further fields by name, (field, Given)."""
    fields, made = {"source": field or source()}, parse([str(place)], field or source())
    known = {"source": made.values, **made.others}
    for name, (own, values) in (given or {}).items():
        fields[name], known[name] = own, values
    names = made.names
    asked = {
        name: Rows(values, np.arange(len(names)) % len(values)) for name, values in known.items() if name in fields
    }
    task = {"format": "png", "latents": {}, "files": image_files(), **more}
    return translate(Translation(game=game, fields=fields, asked=asked, names=names, out=out, **task))


SIZES = {"a": (1, 1), "deep/b": (5, 40), "c": (16, 16), "d": (33, 17), "deep/deeper/e": (2, 9)}


def test_pictures_keep_their_sizes_and_their_names(tmp_path):
    kept = {name: picture(tmp_path / "in" / f"{name}.png", *size) for name, size in SIZES.items()}
    made = run(copying(), tmp_path / "in", tmp_path / "out")
    assert sorted(str(path.relative_to(tmp_path / "out")) for path in made.files) == sorted(f"{n}.png" for n in kept)
    assert not made.notes
    assert not made.skipped
    for name, pixels in kept.items():
        assert np.array_equal(saved(tmp_path / "out" / f"{name}.png"), pixels), name
    assert made.preview.is_file()


def test_what_comes_out_does_not_depend_on_what_else_is_there(tmp_path):
    """Alone, among others of its size and of other sizes, in any order: the same to the bit."""
    game, sizes = blurring(), [(16, 16), (16, 16), (7, 30), (16, 16), (1, 1)]
    for number, size in enumerate(sizes):
        picture(tmp_path / "in" / f"{number}.png", *size, seed=number)
    run(game, tmp_path / "in", tmp_path / "all", format="npy")
    for number in (0, 2, 3, 4):
        run(game, tmp_path / "in" / f"{number}.png", tmp_path / "one", format="npy")
        one, other = (np.load(tmp_path / place / f"{number}.npy") for place in ("one", "all"))
        assert one.shape == (*sizes[number], 3)
        assert np.array_equal(one, other)


def test_a_picture_is_mirrored_to_sides_that_divide_and_cut_back(tmp_path):
    game, pixels = blurring(multiple=4), picture(tmp_path / "a.png", 10, 21)
    run(game, tmp_path / "a.png", tmp_path / "out", format="npy")
    values = np.pad(pixels / np.float32(127.5) - 1, ((1, 1), (1, 2), (0, 0)), mode="reflect")[None]
    wanted = keras.ops.convert_to_numpy(game.sampler(values))[0, 1:-1, 1:-2]
    assert np.allclose(np.load(tmp_path / "out" / "a.npy"), wanted, atol=1e-5)


def test_large_pictures_go_through_in_tiles(tmp_path):
    pixels, seen = picture(tmp_path / "a.png", 150, 90), []
    game = copying()
    one = game.generate_one
    game.generate_one = lambda parts: seen.append(parts[0].shape) or one(parts)
    run(game, tmp_path / "a.png", tmp_path / "out", tile=64)
    assert len(seen) > 2
    assert set(seen) == {(1, 64, 64, 3)}
    assert np.array_equal(saved(tmp_path / "out" / "a.png"), pixels)


def test_a_fixed_size_is_kept_to_and_told(tmp_path):
    picture(tmp_path / "in" / "a.png", 16, 16)
    picture(tmp_path / "in" / "b.png", 40, 30)
    made = run(copying(size=SIZE), tmp_path / "in", tmp_path / "out")
    assert all(saved(path).shape == (16, 16, 3) for path in made.files)
    (note,) = made.notes
    assert "1 of 2 pictures have another size than 16 x 16 pixels, the only one that this run takes" in note
    assert "first: b" in note
    Image.new("RGB", (32, 32)).save(tmp_path / "large.png")
    made = run(copying(size=SIZE), tmp_path / "large.png", tmp_path / "low", source(made="low:2"))
    assert not made.notes, "pictures of which training makes small ones have this size"
    made = run(copying(size=SIZE), tmp_path / "in" / "a.png", tmp_path / "tiles", tile=64)
    assert made.notes[0].startswith("--tile 64 changes nothing")


def test_larger_pictures_come_out_where_a_game_says_so(tmp_path):
    inputs = keras.Input((None, None, 3), name="source")
    game = Still(keras.Model(inputs, keras.layers.UpSampling2D(2)(inputs)), scale=2)
    pixels = picture(tmp_path / "a.png", 9, 14, mode="RGBA")
    run(game, tmp_path / "a.png", tmp_path / "out")
    made = saved(tmp_path / "out" / "a.png")
    assert np.array_equal(made[..., :3], pixels[..., :3].repeat(2, axis=0).repeat(2, axis=1))
    assert made.shape == (18, 28, 4)
    assert np.abs(made[..., 3].astype(int).mean() - pixels[..., 3].mean()) < 5
    game.scale = 1
    with pytest.raises(PluginError, match="makes 18 x 28 pixels of 9 x 14, and its scale is 1"):
        run(game, tmp_path / "a.png", tmp_path / "other")


def test_alpha_is_kept_and_colour_is_the_pictures_own(tmp_path):
    pixels = picture(tmp_path / "in" / "a.png", 8, 12, mode="RGBA")
    grey = picture(tmp_path / "in" / "b.png", 8, 12, mode="LA")
    run(copying(), tmp_path / "in", tmp_path / "out")
    assert np.array_equal(saved(tmp_path / "out" / "a.png"), pixels)
    assert np.array_equal(saved(tmp_path / "out" / "b.png", "LA"), grey)
    made = run(copying(), tmp_path / "in", tmp_path / "jpg", format="jpg")
    assert "format jpg: what is transparent in 2 pictures was not kept" in made.notes[0]


def test_nothing_under_what_is_invisible_counts(tmp_path):
    pixels = picture(tmp_path / "a.png", 8, 8, mode="RGBA")
    pixels[:3, :, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    run(copying(), tmp_path / "a.png", tmp_path / "out")
    made = saved(tmp_path / "out" / "a.png")
    assert (made[:3] == (255, 255, 255, 0)).all(), "the background of training"
    assert np.array_equal(made[3:], pixels[3:])


def test_a_game_that_makes_pictures_with_alpha_takes_them_so(tmp_path):
    pixels = picture(tmp_path / "a.png", 8, 8, mode="RGBA")
    run(copying(4), tmp_path / "a.png", tmp_path / "out", source(4))
    assert np.array_equal(saved(tmp_path / "out" / "a.png"), pixels)


def test_sixteen_bits_and_grey_go_in_as_training_sees_them(tmp_path):
    grey = picture(tmp_path / "in" / "a.png", 8, 9, mode="L")
    Image.fromarray(grey.astype(np.uint16) * 257).save(tmp_path / "in" / "b.png")
    run(copying(), tmp_path / "in", tmp_path / "out")
    for name in "ab":
        assert np.array_equal(saved(tmp_path / "out" / f"{name}.png"), np.stack([grey] * 3, axis=-1))


@pytest.mark.parametrize("made", ["grey", "lines", "blur:1"])
def test_what_training_makes_of_its_pictures_is_made_at_full_size(made, tmp_path):
    from multigan.modalities.images.made import made as make

    channels = 3 if made.startswith("blur") else 1
    pixels, field = picture(tmp_path / "a.png", 21, 34), source(channels, made=made)
    run(copying(channels), tmp_path / "a.png", tmp_path / "out", field, format="npy")
    wanted = make(pixels[None], field)["source"][0]
    assert np.allclose(np.load(tmp_path / "out" / "a.npy"), wanted, atol=1e-5)


def test_what_a_picture_is_made_small_by_is_its_own(tmp_path):
    """Of several in a folder, each has what its place tells, as at evaluation."""
    from multigan.modalities.images.made import made as make

    field = source(made="low:2:real")
    game = copying()
    pixels = [picture(tmp_path / "in" / f"{name}.png", 32, 32) for name in "ab"]
    run(game, tmp_path / "in", tmp_path / "out", field, format="npy")
    wanted = make(np.stack(pixels), field)["source"]
    for number, name in enumerate("ab"):
        made = np.load(tmp_path / "out" / f"{name}.npy")
        assert np.allclose(made, wanted[number], atol=1e-5)


@pytest.mark.parametrize("size", [(24, 40), (25, 41), (1, 1)])
def test_pictures_are_made_small_and_come_out_at_their_size(size, tmp_path):
    inputs = keras.Input((None, None, 3), name="source")
    game = Still(keras.Model(inputs, keras.layers.UpSampling2D(2)(inputs)), scale=2)
    picture(tmp_path / "a.png", *size)
    run(game, tmp_path / "a.png", tmp_path / "out", source(made="low:2"))
    assert saved(tmp_path / "out" / "a.png").shape == (*size, 3)
    picture(tmp_path / "small.png", *SIZE)
    run(game, tmp_path / "small.png", tmp_path / "small", source(made="low:2"))
    assert saved(tmp_path / "small" / "small.png").shape == (32, 32, 3), "that is small already"


def test_label_maps_keep_their_size_and_their_values(tmp_path):
    maps = np.random.default_rng(0).integers(0, 3, (13, 22), dtype=np.uint8)
    Image.fromarray(maps).save(tmp_path / "a.png")
    field = Field(name="source", kind="labelmap", shape=SIZE, classes=("x", "y", "z"))
    inputs = keras.Input((None, None), name="source", dtype="int32")
    game = Still(keras.Model(inputs, keras.ops.cast(keras.ops.expand_dims(inputs, -1), "float32")), multiple=4)
    run(game, tmp_path / "a.png", tmp_path / "out", field, parse=parse_maps, format="npy")
    assert np.array_equal(np.load(tmp_path / "out" / "a.npy")[..., 0], maps)


def filling():
    inputs = [keras.Input((None, None, 3), name="source"), keras.Input((None, None, 1), name="mask")]
    return Still(keras.Model(inputs, inputs[0] + inputs[1] * keras.ops.ones((3,))))


MASK = Field(name="mask", kind="mask", shape=(*SIZE, 1), made="mask")


def test_a_mask_has_the_size_of_its_picture(tmp_path):
    pixels = [picture(tmp_path / "in" / f"{n}.png", 20, 30 + n, seed=n) for n in range(3)]
    hole = np.zeros((20, 30), np.uint8)
    hole[4:9, 5:25] = 255
    for number in range(3):
        (tmp_path / "masks").mkdir(exist_ok=True)
        Image.fromarray(np.pad(hole, ((0, 0), (0, number - number // 2)))).save(tmp_path / "masks" / f"{number}.png")
    masks = parse_masks([str(tmp_path / "masks")], MASK).values
    field = source(made="mask")
    given = parse_pictures([str(tmp_path / "in")], field, "--input", {"mask": masks})
    asked = {"source": Rows(given.values, np.arange(3)), "mask": Rows(masks, np.arange(3))}
    task = {"fields": {"source": field, "mask": MASK}, "names": given.names, "latents": {}, "files": image_files()}
    made = translate(Translation(game=filling(), asked=asked, format="png", out=tmp_path / "out", **task))
    ((name, reason),) = made.skipped
    assert (name, made.rows) == ("2.png", [0, 1])
    assert reason == "its mask 2.png is 20 x 31, and 2.png is 20 x 32; give a mask of the picture's size"
    filled = saved(tmp_path / "out" / "0.png")
    assert (filled[4:9, 5:25] == 255).all()
    assert np.array_equal(filled[hole == 0], pixels[0][hole == 0])


def test_masks_of_the_pictures_names_belong_to_them(tmp_path):
    masks = {"b": slice(0, 4), "a": slice(8, 12), "z": slice(4, 8)}
    for name, rows in masks.items():
        pixels = np.zeros(SIZE, np.uint8)
        pixels[rows] = 255
        (tmp_path / "masks").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "masks" / f"{name}.bmp")
    for name in ("a", "b", "c"):
        picture(tmp_path / "in" / f"{name}.png", *SIZE)
    field = source(made="mask")
    values = parse_masks([str(tmp_path / "masks")], MASK).values
    pictures = parse_pictures([str(tmp_path / "in")], field, "--input", {"mask": values}).values
    for row, name in enumerate(("a", "b")):
        hole = pictures.read(row).values["mask"][..., 0]
        assert hole[masks[name]].all()
        assert hole.sum() == 4 * SIZE[1]
    with pytest.raises(DataError, match=r"c\.png: no mask has its name, as others have; add one"):
        pictures[np.array([2])]


def test_a_single_mask_is_for_all_whatever_it_is_called(tmp_path):
    for name in ("a", "b"):
        picture(tmp_path / "in" / f"{name}.png", *SIZE)
    pixels = np.zeros(SIZE, np.uint8)
    pixels[:4] = 255
    Image.fromarray(pixels).save(tmp_path / "a.bmp")
    values = parse_masks([str(tmp_path / "a.bmp")], MASK).values
    pictures = parse_pictures([str(tmp_path / "in")], source(made="mask"), "--input", {"mask": values}).values
    assert [pictures.read(row).values["mask"].sum() for row in (0, 1)] == [4 * SIZE[1]] * 2


def test_what_is_transparent_is_the_hole_and_is_filled(tmp_path):
    pixels = picture(tmp_path / "a.png", 20, 30, mode="RGBA")
    pixels[..., 3] = 255
    pixels[2:7, 3:9, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    field = source(made="mask")
    others = parse_pictures([str(tmp_path / "a.png")], field).others
    run(filling(), tmp_path / "a.png", tmp_path / "out", field, {"mask": (MASK, others["mask"])})
    made = saved(tmp_path / "out" / "a.png")
    assert made.shape == (20, 30, 3)
    assert (made[2:7, 3:9] == 255).all()
    assert np.array_equal(made[10:], pixels[10:, :, :3])


def holed(place, *, mask=None):
    """The holes of pictures, and what reads them."""
    beside = {} if mask is None else {"mask": parse_masks([str(mask)], MASK).values}
    return parse_pictures([str(place)], source(made="mask"), "--input", beside).values


def test_a_picture_without_a_hole_is_refused_and_not_torn(tmp_path):
    picture(tmp_path / "in" / "a.png", *SIZE)
    with pytest.raises(
        UsageError, match=r"nothing in these pictures is transparent; give masks, .*\(--ask mask=random"
    ):
        holed(tmp_path / "in")
    clear = picture(tmp_path / "in" / "b.png", *SIZE, mode="RGBA")
    with pytest.raises(DataError, match=r"a\.png: it has no hole: nothing in it is transparent, and no mask"):
        holed(tmp_path / "in")[:]
    assert (holed(tmp_path / "in").read(1).values["mask"][..., 0] == (clear[..., 3] < 128)).all()


def test_holes_at_random_have_to_be_asked_for(tmp_path):
    for name in "ab":
        picture(tmp_path / "in" / f"{name}.png", 20, 24)
    pictures = holed(tmp_path / "in", mask="random")
    one, other = (pictures.read(row, free=True).values["mask"] for row in (0, 1))
    assert 0 < one.mean() <= 0.5
    assert one.shape == other.shape == (20, 24, 1)
    assert (one != other).any()
    of_nobody_s = parse_masks(["random"], MASK).values
    assert of_nobody_s[np.arange(3)].shape == (3, *SIZE, 1)
    assert np.array_equal(of_nobody_s[2], of_nobody_s[np.arange(3)][2])


@pytest.mark.parametrize("top", [1, 255])
def test_a_mask_of_ones_is_a_mask(top, tmp_path):
    pixels = np.zeros(SIZE, np.uint8)
    pixels[2:5] = top
    Image.fromarray(pixels).save(tmp_path / "mask.png")
    assert np.array_equal(parse_masks([str(tmp_path / "mask.png")], MASK).values[0][..., 0], pixels // top)


@pytest.mark.parametrize(("kind", "top"), [(np.uint8, 100), (np.uint8, 2), (np.uint16, 1)])
def test_a_mask_that_is_neither_black_nor_white_is_refused(kind, top, tmp_path):
    pixels = np.zeros(SIZE, kind)
    pixels[2:5] = top
    Image.fromarray(pixels).save(tmp_path / "mask.png")
    with pytest.raises(DataError, match=r"mask\.png: its brightest value is .*, and a hole is from 128 on: make holes"):
        parse_masks([str(tmp_path / "mask.png")], MASK)
    Image.fromarray(np.zeros(SIZE, kind)).save(tmp_path / "none.png")
    assert not parse_masks([str(tmp_path / "none.png")], MASK).values[0].any()


def test_what_goes_in_and_loses_something_is_noted_once(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    for number in range(2):
        Image.fromarray(rng.integers(0, 65_535, SIZE).astype(np.uint16)).save(tmp_path / "in" / f"{number}.png")
    frames = [Image.fromarray(rng.integers(0, 255, (*SIZE, 3), dtype=np.uint8)) for _ in range(2)]
    frames[0].save(tmp_path / "in" / "2.gif", save_all=True, append_images=frames[1:])
    picture(tmp_path / "in" / "3.png", *SIZE)
    made = run(copying(), tmp_path / "in", tmp_path / "out")
    assert made.notes == (
        "of more than 8 bits a channel, read and written as 8: 2 of 4 (first: 0)",
        "animated or of several pages, the first is read: 1 of 4 (first: 2)",
    )


def test_pictures_that_a_mask_has_no_hole_for_are_noted(tmp_path):
    for name in "ab":
        picture(tmp_path / "in" / f"{name}.png", *SIZE)
    Image.new("L", SIZE).save(tmp_path / "none.png")
    values = parse_masks([str(tmp_path / "none.png")], MASK).values
    field = source(made="mask")
    given = parse_pictures([str(tmp_path / "in")], field, "--input", {"mask": values})
    asked = {"source": Rows(given.values, np.arange(2)), "mask": Rows(given.others["mask"], np.arange(2))}
    task = {"fields": {"source": field, "mask": MASK}, "names": given.names, "latents": {}, "files": image_files()}
    made = translate(Translation(game=filling(), asked=asked, format="png", out=tmp_path / "out", **task))
    assert made.notes == ("without a hole, so that they come out as they went in: 2 of 2 (first: a)",)


def test_errors_name_no_option_that_only_data_to_train_on_have(tmp_path):
    Image.fromarray(np.ones(SIZE, np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(DataError, match=r"floating-point pixels of unknown range; save 8 or 16 bits") as caught:
        parse_pictures([str(tmp_path / "a.tif")], source())
    assert "-o " not in str(caught.value)
    np.save(tmp_path / "b.npy", np.full((1, *SIZE, 3), 70_000, np.int32))
    with pytest.raises(DataError, match=r"bring them to 0 to 255 or 0 to 65,535$"):
        parse_pictures([str(tmp_path / "b.npy")], source())
    field = Field(name="source", kind="labelmap", shape=SIZE, classes=("sea", "land"), colours=("#0000ff", "#00ff00"))
    Image.fromarray(np.full(SIZE, 7, np.uint8)).save(tmp_path / "c.png")
    Image.new("RGB", SIZE, "#123456").save(tmp_path / "d.png")
    for name, told in (
        ("c", "value 7 is no class: there are 0 to 1, and 255 for none"),
        ("d", "#123456 is no class's"),
    ):
        with pytest.raises(DataError, match=told) as caught:
            parse_maps([str(tmp_path / f"{name}.png")], field)
        assert "classes.txt" not in str(caught.value), "a trained run has the classes that it has"


def test_bad_files_are_left_out_and_named_and_stop_nobody(tmp_path):
    for number in range(30):
        picture(tmp_path / "in" / f"{number}.png", 8, 8)
    whole = (tmp_path / "in" / "7.png").read_bytes()
    (tmp_path / "in" / "7.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "in" / "20.png").write_text("no picture")
    made = run(copying(), tmp_path / "in", tmp_path / "out")
    assert [name for name, _ in made.skipped] == ["7.png", "20.png"]
    assert len(made.files) == len(list((tmp_path / "out").iterdir())) - 1 == 28
    assert made.skipped[1][1] == "not an image of a known format"
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.png").write_text("no picture")
    with pytest.raises(DataError, match=r"--input: not one picture can be read: a\.png: not an image"):
        run(copying(), tmp_path / "bad", tmp_path / "none")
    assert not (tmp_path / "none").exists()
    with pytest.raises(DataError, match=r"a\.png: not an image of a known format; mend"):
        parse_pictures([str(tmp_path / "bad" / "a.png")], source())


def test_a_folder_never_stands_in_memory(tmp_path, monkeypatch):
    """Only a few of its pictures are read ahead of the one that is made."""
    from multigan.modalities.images import streams

    for number in range(120):
        picture(tmp_path / "in" / f"{number}.png", 8, 8)
    read, made, ahead = [], [], []
    decode, game = streams.decode, copying()
    one = game.generate_one

    def counted(parts):
        made.append(parts)
        ahead.append(len(read) - len(made))
        return one(parts)

    monkeypatch.setattr(streams, "decode", lambda *args: read.append(1) or decode(*args))
    game.generate_one = counted
    run(game, tmp_path / "in", tmp_path / "out")
    assert len(made) == 120
    assert max(ahead) < 40


def test_sheets_show_what_went_in_what_came_out_and_what_was_wanted(tmp_path):
    for number in range(18):
        picture(tmp_path / "in" / f"{number}.png", 8 + number, 20, seed=number)
        if number:
            Image.new("RGB", (10, 10), "red").save(tmp_path / "in" / f"{number}.png")
            picture(tmp_path / "wanted" / f"{number}.jpg", 8, 8)
    made = run(copying(), tmp_path / "in", tmp_path / "out", compare=str(tmp_path / "wanted"))
    assert [path.name for path in made.sheets] == ["compare-001.png", "compare-002.png"]
    assert all(path.is_file() for path in made.sheets)
    assert "nothing in it is called like 1 of the pictures (first: 0)" in made.notes[0]
    without = run(copying(), tmp_path / "in", tmp_path / "two", compare="")
    wide, narrow = (saved(each.sheets[1]).shape[1] for each in (made, without))
    assert wide > narrow
    known = run(copying(1), tmp_path / "in", tmp_path / "three", source(1, made="grey"), compare="")
    assert saved(known.sheets[1]).shape[1] == wide
    assert sheet_names(["compare-1", "b"], ".png") == ["compare-sheet-001.png"]
