"""Images that are made out of others: two places, pairs by names and in one file, and what training never sees."""

import itertools

import numpy as np
import pytest
from PIL import Image

from multigan.data import batches, describe_source
from multigan.errors import DataError, UsageError
from multigan.modalities.images.reading import source as image_source


def shade(number, height=8, width=8):
    """A picture that tells its number in every pixel, and where each pixel is."""
    rows, columns = np.mgrid[:height, :width]
    full = np.full((height, width), number)
    return np.stack([full, rows * 8, columns * 8], -1).astype(np.uint8)


@pytest.fixture
def two(folder, encoded):
    """Two folders: `two(a=5, b=7)` gives their paths; picture n of b is of shade n, and of a of shade 100 + n."""

    def make(a=6, b=6, height=8, width=8, suffix="png"):
        theirs = {f"p{n:02d}.{suffix}": encoded(shade(100 + n, height, width)) for n in range(a)}
        ours = {f"p{n:02d}.png": encoded(shade(n, height, width)) for n in range(b)}
        return folder(root="a", **theirs), folder(root="b", **ours)

    return make


def numbers(values):
    """The shades of pictures (count, h, w, c) in [-1, 1]."""
    return np.rint((values[:, 0, 0, 0] + 1) * 127.5).astype(int)


def test_unpaired_domains_have_their_own_order_and_count(opened, two):
    a, b = two(a=5, b=8)
    source = opened(a, to=str(b), size="8")
    (field,) = source.beside
    assert (field.name, field.kind, field.shape, field.aligned) == ("source", "picture", (8, 8, 3), False)
    assert (len(source), source.free) == (8, {"source": 5})
    seen = list(itertools.islice(batches(source, 4, seed=3), 10))
    images = np.concatenate([numbers(batch["image"]) for batch in seen])
    inputs = np.concatenate([numbers(batch["source"]) for batch in seen]) - 100
    for part in (images[:8], images[8:16]):
        assert sorted(part) == list(range(8))
    epochs = [inputs[start : start + 5] for start in range(0, 40, 5)]
    assert all(sorted(part) == list(range(5)) for part in epochs)
    assert len({tuple(part) for part in epochs}) > 4
    later = next(batches(source, 4, seed=3, start=7))
    assert all(np.array_equal(later[key], seen[7][key]) for key in later)
    assert numbers(source.batch(np.arange(8))["source"]).tolist() == [100, 101, 102, 103, 104, 100, 101, 102]


def test_the_order_of_the_images_does_not_depend_on_what_goes_in(opened, two):
    a, b = two(a=5, b=8)
    alone, both = opened(b, size="8"), opened(a, to=str(b), size="8")
    assert np.array_equal(next(batches(alone, 8, seed=1))["image"], next(batches(both, 8, seed=1))["image"])


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("crop", ["random", "center", "pad", "none"])
def test_random_crops_and_flips_keep_pairs_together(opened, folder, encoded, monkeypatch, crop, kept):
    if not kept:
        monkeypatch.setattr(image_source, "KEEP_BYTES", 0)
    rng = np.random.default_rng(0)
    pictures = {f"{n}.png": rng.integers(0, 256, (8, 14, 3), dtype=np.uint8) for n in range(64)}
    ours = folder(root="b", **{name: encoded(picture) for name, picture in pictures.items()})
    theirs = folder(root="a", **{name: encoded(255 - picture) for name, picture in pictures.items()})
    source = opened(theirs, to=str(ours), pairs="names", size="8", crop=crop, flip=True, filter="nearest")
    plain = source.batch(np.arange(64))
    batch = next(batches(source, 64, seed=0))
    if crop != "pad":  # margins are white on both sides
        assert np.abs(batch["source"] + batch["image"]).max(axis=(1, 2, 3)).tolist() == pytest.approx(
            [0] * 64, abs=1e-6
        )
    else:
        assert np.abs((batch["source"] + batch["image"])[:, 3:5]).max() < 1e-6
    assert not all((plain["image"] == image).all(axis=(1, 2, 3)).any() for image in batch["image"])


def test_pairs_by_names_go_by_folders_and_not_by_suffixes(opened, folder, encoded):
    ours = folder(
        root="b", **{"x/1.png": encoded(shade(1)), "y/1.png": encoded(shade(2)), "lone.png": encoded(shade(9))}
    )
    theirs = folder(root="a", **{"y/1.bmp": encoded(shade(102), "BMP"), "x/1.bmp": encoded(shade(101), "BMP")})
    source = opened(theirs, to=str(ours), pairs="names", size="8")
    batch = source.batch(np.arange(2))
    assert numbers(batch["image"]).tolist() == [1, 2]
    assert numbers(batch["source"]).tolist() == [101, 102]
    assert source.report.skipped == ((f"{ours}: lone.png", f"no partner in {theirs}"),)
    assert any(f"left out: 1 of {ours} (first lone.png)" in note for note in source.report.notes)
    assert (source.report.found, source.report.used) == (3, 2)
    assert "paired by their names: 2" in source.report.notes


def test_folders_that_all_names_share_do_not_count_where_nothing_fits_otherwise(opened, folder, encoded):
    ours = folder(root="b", **{"photos/1.png": encoded(shade(1)), "photos/2.png": encoded(shade(2))})
    theirs = folder(root="a", **{"maps/1.png": encoded(shade(101)), "maps/2.png": encoded(shade(102))})
    source = opened(theirs, to=str(ours), pairs="names", size="8")
    assert numbers(source.batch(np.arange(2))["source"]).tolist() == [101, 102]


def test_places_without_a_name_in_common_are_refused(opened, folder):
    with pytest.raises(DataError, match=r"no file of one is called like one of the other, such as 9\.png and 1\.png"):
        opened(folder("9.png", root="a"), to=str(folder("1.png", root="b")), pairs="names")


def test_two_files_for_one_partner_are_refused(opened, folder, encoded):
    theirs = folder("1.png", root="a", **{"1.bmp": encoded(shade(3), "BMP")})
    ours = folder(root="b", **{"1.gif": encoded(shade(3)[..., 0], "GIF")})
    with pytest.raises(DataError, match=r"both belong to 1\.gif"):
        opened(theirs, to=str(ours), pairs="names")


def test_a_bad_file_takes_its_partner_with_it(opened, two):
    a, b = two()
    (a / "p03.png").write_bytes(b"no image")
    source = opened(a, to=str(b), pairs="names", size="8", skip_bad=0.5)
    assert numbers(source.batch(np.arange(5))["source"]).tolist() == [100, 101, 102, 104, 105]
    ((name, reason),) = source.report.skipped
    assert name == f"{b}: p03.png"
    assert "paired by their names: 6, of which 5 can be used" in source.report.notes
    assert f"its partner {a}: p03.png" in reason
    with pytest.raises(DataError, match="skip_bad"):
        opened(a, to=str(b), pairs="names", size="8")


def test_pairs_of_other_proportions_are_told_or_refused(opened, folder, encoded):
    ours = folder(root="b", **{f"{n}.png": encoded(shade(n, 8, 12)) for n in range(3)})
    theirs = folder(root="a", **{f"{n}.png": encoded(shade(100 + n, 8, 8 if n else 12)) for n in range(3)})
    source = opened(theirs, to=str(ours), pairs="names", size="8")
    told = f"2 (first {ours}: 1.png, 8 x 12 beside {theirs}: 1.png, 8 x 8)"
    assert any("other proportions" in note and told in note for note in source.report.notes)
    source = opened(theirs, to=str(ours), pairs="names", size="8", crop="random", skip_bad=1)
    assert [name for name, _ in source.report.skipped] == [f"{ours}: 1.png", f"{ours}: 2.png"]


@pytest.mark.parametrize(("order", "going"), [("ab", 0), ("ba", 100)])
def test_both_sides_of_a_file(opened, folder, encoded, order, going):
    files = {f"{n}.png": encoded(np.hstack([shade(n), shade(100 + n)])) for n in range(4)}
    source = opened(folder(**files), pairs="sides", order=order, size="8")
    batch = source.batch(np.arange(4))
    assert numbers(batch["source"]).tolist() == [going + n for n in range(4)]
    assert numbers(batch["image"]).tolist() == [100 - going + n for n in range(4)]
    assert source.shape == (8, 8, 3)
    assert np.array_equal(batch["source"][..., 1:], batch["image"][..., 1:])


def test_the_size_of_sides_is_that_of_a_half(opened, folder, encoded):
    files = {f"{n}.png": encoded(np.hstack([shade(n, 16, 16), shade(n, 16, 16)])) for n in range(4)}
    assert opened(folder(**files), pairs="sides").shape == (16, 16, 3)


def test_a_file_without_two_sides_is_bad(opened, folder, encoded):
    place = folder(**{"1.png": encoded(shade(1, 8, 1)), "2.png": encoded(shade(1, 8, 16))})
    source = opened(place, pairs="sides", size="8", skip_bad=0.5)
    assert source.report.skipped[0][0] == "1.png"
    assert "one pixel wide" in source.report.skipped[0][1]


@pytest.mark.parametrize("tested", [True, False])
def test_a_folder_of_two_domains_is_recognised(opened, folder, encoded, tested):
    files = {f"trainA/{n}.png": encoded(shade(100 + n)) for n in range(5)}
    files |= {f"trainB/{n}.png": encoded(shade(n)) for n in range(6)}
    if tested:
        files |= {f"testA/{n}.png": encoded(shade(200 + n)) for n in range(2)}
        files |= {f"testB/{n}.png": encoded(shade(50 + n)) for n in range(3)}
    source = opened(folder(**files), size="8")
    assert (len(source), source.free, source.classes) == (6, {"source": 5}, ())
    assert any("trainA and trainB" in note for note in source.report.notes)
    if not tested:
        assert source.held_out is None
        return
    batch = source.held_out.batch(np.arange(3))
    assert numbers(batch["image"]).tolist() == [50, 51, 52]
    assert numbers(batch["source"]).tolist() == [200, 201, 200]
    assert any("testA and testB are held out" in note for note in source.report.notes)


def test_a_split_of_files_with_two_sides_is_recognised(opened, folder, encoded):
    files = {
        f"{part}/{n}.png": encoded(np.hstack([shade(n), shade(n + 9)])) for n in range(3) for part in ("train", "val")
    }
    source = opened(folder(**files), size="8", pairs="sides")
    assert (len(source), len(source.held_out)) == (3, 3)


def test_a_share_is_held_out_by_name_and_stays_so(opened, two):
    a, b = two(40, 40)
    before = opened(a, to=str(b), pairs="names", size="8", held_out=0.2)
    out = set(numbers(before.held_out.batch(np.arange(len(before.held_out)))["image"]))
    seen = set(numbers(before.batch(np.arange(len(before)))["image"]))
    assert out | seen == set(range(40))
    assert not out & seen
    assert 2 <= len(out) <= 14
    held = before.held_out.batch(np.arange(len(before.held_out)))
    assert (numbers(held["source"]) - numbers(held["image"]) == 100).all()
    two(80, 80)
    after = opened(a, to=str(b), pairs="names", size="8", held_out=0.2)
    now = set(numbers(after.held_out.batch(np.arange(len(after.held_out)))["image"]))
    assert {number for number in now if number < 40} == out


def test_one_image_at_least_is_held_out_and_never_all(opened, folder):
    for share in (0.0001, 0.9):
        source = opened(folder("1.png", "2.png", "3.png"), size="8", held_out=share)
        assert len(source) >= 1
        assert len(source.held_out) >= 1
    assert opened(folder("1.png", root="one"), size="8", held_out=0.5).held_out is None


def test_unpaired_domains_hold_out_of_both(opened, two):
    a, b = two(30, 40)
    source = opened(a, to=str(b), size="8", held_out=0.3)
    assert source.free["source"] + source.held_out.free["source"] == 30
    assert len(source) + len(source.held_out) == 40
    seen = {tuple(numbers(batch["source"])) for batch in itertools.islice(batches(source, 10, 0), 12)}
    held = numbers(source.held_out.batch(np.arange(source.held_out.free["source"]))["source"])
    assert not set(held) & {number for batch in seen for number in batch}


def test_fingerprints_know_partners_and_how_things_are_paired(opened, two, encoded):
    a, b = two()
    options = [
        {"to": str(b), "pairs": "names"},
        {"to": str(b)},
        {"to": str(b), "pairs": "names", "held_out": 0.5},
        {"make": "grey"},
        {"make": "blur"},
        {"make": "blur", "blur": 3},
        {"make": "low"},
        {"make": "low", "scale": 4},
        {},
    ]
    found = [opened(a, size="8", **each).fingerprint for each in options]
    assert len(set(found)) == len(found)
    assert found == [opened(a, size="8", **each).fingerprint for each in options]
    (a / "p01.png").write_bytes(encoded(shade(77)))
    assert opened(a, size="8", **options[0]).fingerprint != found[0]
    assert opened(a, size="8", **options[1]).fingerprint != found[1]


def test_options_that_change_nothing_leave_the_fingerprint_of_plain_images(opened):
    before = "77a054c630eaeee6"
    assert opened("digits").fingerprint.startswith(before)
    assert opened("digits", scale=3, blur=5, order="ba").fingerprint.startswith(before)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"pairs": "names"}, "pairs=names needs a second place"),
        ({"pairs": "sides", "to": "b"}, "exclude each other"),
        ({"maps": True}, "maps=true needs the pictures"),
        ({"make": "low", "scale": 3}, "scale=3 does not divide 8 x 8 pixels.*-o size=6x6"),
    ],
)
def test_options_that_do_not_fit_are_refused(opened, folder, options, told):
    with pytest.raises(UsageError, match=told):
        opened(folder("1.png", "2.png"), size="8", **options)


def test_a_place_to_make_goes_before_what_is_made_of_the_images(opened, two):
    a, b = two()
    source = opened(a, to=str(b), make="grey", size="8")
    assert source.beside[0].made == ""
    assert any("nothing is made by make=grey" in note for note in source.report.notes)


def test_each_domain_has_its_own_channels(opened, folder, encoded, noise):
    ours = folder("1.png", "2.png", root="b")
    theirs = folder(root="a", **{f"{n}.png": encoded(noise(channels=1)) for n in (1, 2)})
    source = opened(theirs, to=str(ours), pairs="names", size="8")
    assert (source.shape, source.beside[0].shape) == ((8, 8, 3), (8, 8, 1))


def test_a_data_set_may_give_arrays_by_name(opened, datasets, tmp_path, monkeypatch):
    code = """
import numpy as np
from multigan.errors import DataError
def pairs():
    images = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 3), np.uint8) * 60
    return {"image": images, "label": np.arange(4) % 2, "classes": ("even", "odd"), "source": 255 - images}
def maps():
    found = pairs()
    numbers = np.arange(4)[:, None, None] % 3 * np.ones((1, 8, 8), int)
    return found | {"source": numbers, "source_classes": ("a", "b", "c")}
def colours():
    return maps() | {"source_colours": ("#102030", "#405060", "#708090"), "held_out": maps()}
def few_colours():
    return maps() | {"source_colours": ("#102030", "grey", "#708090")}
def free():
    found = pairs()
    return found | {"source": found["source"][:3], "aligned": False}
def wrong():
    return free() | {"aligned": True}
"""
    (tmp_path / "some_pairs.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    from multigan.recipe import DataSource

    for name in ("pairs", "maps", "colours", "few_colours", "free", "wrong"):
        datasets[name] = DataSource(name=name, summary="", modality="images", load=f"some_pairs:{name}")
    source = opened("pairs", size="8")
    assert source.classes == ("even", "odd")
    batch = source.batch(np.arange(4))
    assert np.allclose(batch["image"], -batch["source"], atol=1e-6)
    source = opened("maps", size="8")
    assert source.beside[0].classes == ("a", "b", "c")
    assert source.batch(np.arange(4))["source"][:, 0, 0].tolist() == [0, 1, 2, 0]
    assert opened("maps", size="8", maps=True).beside == source.beside, "they are maps, whoever says so"
    with pytest.raises(UsageError, match="maps=true needs the pictures that belong to the maps"):
        opened("pairs", size="8", maps=True)
    source = opened("colours", size="8")
    assert source.beside[0].colours == ("#102030", "#405060", "#708090")
    assert source.held_out.beside[0].colours == source.beside[0].colours
    with pytest.raises(DataError, match="few_colours: source_colours are one '#rrggbb' for each of the 3"):
        opened("few_colours", size="8")
    assert opened("free", size="8").free == {"source": 3}
    with pytest.raises(DataError, match="3 sources of 4 images"):
        opened("wrong", size="8")


def test_what_a_game_is_told(opened, two):
    a, b = two()
    told = describe_source(opened(a, to=str(b), pairs="names", size="8", crop="pad", background="black"))
    assert told.fields["source"].fitted == "crop=pad background=#000000"
    table = told.fields["source"].as_table()
    assert type(told.fields["source"]).of_table(table) == told.fields["source"]


def test_pictures_of_a_zip_are_paired_as_well(opened, two, tmp_path):
    import shutil

    a, b = two()
    zipped = shutil.make_archive(str(tmp_path / "inputs"), "zip", a)
    source = opened(zipped, to=str(b), pairs="names", size="8")
    assert numbers(source.batch(np.arange(6))["source"]).tolist() == [100 + n for n in range(6)]


def test_the_camera_of_each_picture_is_undone(opened, folder, encoded):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.fromarray(shade(1, 8, 16))
    ours = folder(root="b", **{"1.png": encoded(shade(1, 16, 8)), "2.png": encoded(shade(2, 16, 8))})
    theirs = folder(root="a", **{"1.png": encoded(turned, exif=exif), "2.png": encoded(shade(102, 16, 8))})
    source = opened(theirs, to=str(ours), pairs="names", size="8", crop="random")
    assert len(source) == 2
