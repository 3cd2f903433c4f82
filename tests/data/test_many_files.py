"""Folders of very many files: names that take little room, a list that is remembered, and a look at a part of them."""

import os
import shutil
import time
import tracemalloc

import numpy as np
import pytest

from multigan.data import batches, folders, remembered
from multigan.data.file_names import names_digest
from multigan.data.folders import folder_collection
from multigan.data.naming import natural_key, normal
from multigan.data.pipeline import _Order
from multigan.data.source import UnreadableDataError
from multigan.errors import DataError, UsageError
from multigan.modalities.images.reading import looking, part, source, stock

MANY = 20_000


pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def grey(folder, encoded):
    """A folder of pictures of one grey each, the number of the picture, two classes: `grey(count, bad={3: b""})`."""

    def make(count, bad=(), root="grey"):
        files = {}
        for number in range(count):
            name = f"{'even' if number % 2 == 0 else 'odd'}-{number // 10}/{number:04d}.png"
            shade = np.full((8, 8), number, np.uint8)
            shade[0, 0] = 255 - number  # not of one colour
            files[name] = dict(bad).get(number, encoded(shade))
        return folder(root=root, **files)

    return make


def listed(place, **options):
    return folder_collection(place, frozenset({".png"}), "images", 1 << 20, **options)


def in_the_past(place):
    """Has all folders look as if nothing had happened in them for a while."""
    for path, _, _ in os.walk(place):
        os.utime(path, (time.time() - 100,) * 2)
    return place


def shades(found):
    """The greys of a batch, those of the pictures' middle."""
    return np.rint((found["image"][:, 4, 4, 0] + 1) * 127.5).astype(int).tolist()


# names


@pytest.mark.parametrize(
    "names",
    [
        ["b/1.png", "a/2.png", "a/10.png", "a.png", "a/b/0.png", "c.png"],
        ["A/1.png", "a/2.png", "A/3.png", "a/02.png", "B/x/1.png", "b/X/2.png"],
        ["img1.png", "img02.png", "Img2.png", "img10.png", "imga.png", "img.png"],
        ["01/1.png", "1/2.png", "001/3.png", "1/02.png"],
        ["é/1.png", "e\u0301x/2.png", "\u0663.png", "a\u0663.png", "3.png", "z.PNG", "ß.png", "ss.Png"],
        ["a\\1.png", "a/2.png", "a\\3.png", "b\\c/1.png"],
        [f"{number}.png" for number in range(20)],
    ],
)
def test_the_order_is_that_of_the_whole_names(names, folder):
    place = folder(**dict.fromkeys(names, b""))
    found = listed(place)
    expected = sorted(map(normal, names), key=natural_key)
    assert list(found.names) == [found.names[place] for place in range(len(names))] == expected
    assert [normal(os.path.relpath(path, place)) for path in found.paths] == expected


def test_names_behave_as_a_list_does(folder):
    found = listed(folder(**{f"a/{number}.png": b"" for number in range(30)})).names
    assert (found[-1], found[2:4], found == list(found)) == ("a/29.png", ["a/2.png", "a/3.png"], True)
    assert found.index("a/7.png") == 7
    with pytest.raises(IndexError):
        found[30]


def test_a_name_takes_few_bytes(tmp_path):
    first = tmp_path / "first.png"
    first.write_bytes(b"")
    for number in range(MANY):
        place = tmp_path / "many" / f"class-{number // 1000:04d}"
        place.mkdir(parents=True, exist_ok=True)
        os.link(first, place / f"picture-{number:07d}.png")
    tracemalloc.start()
    found = listed(tmp_path / "many")
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == MANY
    # A name of 19 letters, its end, where it ends, and its label. A list of texts has 80 and more of each name.
    assert held / MANY < 19 + 1 + 4 + 4 + 6
    assert most / MANY < 100, "a folder at a time is in memory as texts"


def test_names_have_one_digest_whatever_holds_them(folder):
    found = listed(folder(**dict.fromkeys(["a/1.png", "a/b/2.png", "c.png", "é/3.png"], b"")))
    plain = listed(folder(root="plain", **dict.fromkeys(["a/1.png", "a/b/2.png", "c.png"], b"")))
    for names in (found.names, plain.names):
        assert names_digest(names) == names_digest(list(names))
    assert len({names_digest(names) for names in (found.names, plain.names, ["a/1.png", "a/b2.png", "c.png"])}) == 3


def test_the_order_of_an_epoch_is_half_as_large_as_numpy_s_and_the_same():
    order = _Order(1000, 1000, seed=7)
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence([7, 0])))
    assert order._permutation(0).dtype == np.int32
    assert order[0].dtype == np.int64
    np.testing.assert_array_equal(order[0], rng.permutation(1000))


# lists that are remembered


def test_a_list_is_remembered(grey, monkeypatch, cache):
    place = in_the_past(grey(30))
    (place / "notes.txt").write_text("")
    in_the_past(place)
    first = listed(place)
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr(folders, "Walk", None)  # nobody goes through the folder again
    again = listed(place)
    assert (list(again.names), list(again.paths)) == (list(first.names), list(first.paths))
    assert (again.classes, again.notes, again.labels.tolist()) == (first.classes, first.notes, first.labels.tolist())
    assert [again.read(place) for place in (0, 29)] == [first.read(place) for place in (0, 29)]


def test_a_folder_that_has_changed_is_listed_anew(grey):
    place = in_the_past(grey(30))
    listed(place)
    (place / "even-1" / "0010.png").rename(place / "even-1" / "9999.png")
    assert "even-1/9999.png" in listed(place).names
    in_the_past(place)
    listed(place)
    (place / "new").mkdir()
    (place / "new" / "1.png").write_bytes(b"")
    assert len(listed(place)) == 31


def test_a_folder_that_changed_just_now_is_not_remembered(grey, cache):
    listed(grey(30))
    assert not cache.exists()


def test_a_short_list_is_not_remembered(folder, cache):
    listed(in_the_past(folder("1.png", "2.png")))
    assert not cache.exists()


def test_other_wishes_are_another_list(grey):
    place = in_the_past(grey(30))
    listed(place)
    labels = place / "odd-0" / "0001.png"
    assert len(folder_collection(place, frozenset({".png", ".jpg"}), "images", 1 << 20)) == 30
    assert listed(place, beside=[labels]).notes == ()


@pytest.mark.parametrize("damage", [b"", b"junk", slice(None, -1), 40, -1])
def test_a_damaged_list_is_made_anew(damage, grey, cache):
    place = in_the_past(grey(30))
    expected = list(listed(place).names)
    (path,) = cache.iterdir()
    content = bytearray(path.read_bytes())
    if isinstance(damage, int):
        content[damage] ^= 1
    else:
        content = content[damage] if isinstance(damage, slice) else damage
    path.write_bytes(content)
    assert list(listed(place).names) == expected
    assert path.read_bytes() != bytes(content)


def test_a_cache_that_cannot_be_written_to_is_no_error(grey, tmp_path):
    (tmp_path / "cache").write_text("a file")
    assert len(listed(in_the_past(grey(30)))) == 30


def test_old_lists_make_room(grey, cache, monkeypatch):
    first, second = in_the_past(grey(30)), in_the_past(grey(30, root="other"))
    listed(first)
    (path,) = cache.iterdir()
    os.utime(path, (1, 1))
    monkeypatch.setattr(remembered, "TOTAL_BYTES", path.stat().st_size)
    listed(second)
    assert len(list(cache.iterdir())) == 1
    assert not path.exists()


# a look at a part


def test_of_many_images_a_part_is_looked_at(grey, opened, monkeypatch):
    place = grey(60)
    monkeypatch.setattr(looking, "MANY", 50)
    monkeypatch.setattr(looking, "SOME", 7)
    found = opened(place, size="8", max_pixels=1000)
    assert found.report.notes[0] == (
        "looked at 7 of 60 images, evenly spaced by name: notes tell of these; others that cannot be read are left out "
        "and named when they are met; -o look=all looks at all of them first"
    )
    assert (len(found), found.report.found, found.report.used) == (60, 60, 60)
    assert "looked at" not in str(opened(place, size="8", look="all").report.notes)
    assert "looked at" not in str(opened(grey(50, root="fewer"), size="8").report.notes)


def test_only_that_part_is_decoded(grey, opened, monkeypatch):
    place, read, add = grey(60), [], part.Part.add
    monkeypatch.setattr(part.Part, "add", lambda own, look: (read.append(look.index), add(own, look)))
    opened(place, size="8", channels=1, look="4")
    assert read == [0, 19, 39, 59]


def test_what_is_read_is_the_same_as_after_a_look_at_all(grey, opened):
    place = grey(60)
    every, some = (opened(place, size="8", flip="true", look=look) for look in ("all", "5"))
    for one, other, _ in zip(batches(every, 16, 3), batches(some, 16, 3), range(6), strict=False):
        np.testing.assert_array_equal(one["image"], other["image"])
        np.testing.assert_array_equal(one["label"], other["label"])


def test_the_next_picture_stands_in_the_place_of_one_that_cannot_be_read(grey, opened, encoded):
    place = grey(60, bad={28: b"", 22: b"junk", 59: b"GIF89a"})
    found = opened(place, size="8", channels=1, look="3", skip_bad=0.5)
    names = [int(name[-8:-4]) for name in listed(place).names]
    rows = [names.index(number) for number in (20, 28, 23, 22)]
    assert len(found) == 59, "59, the last one by name, was looked at"
    batch = found.batch(np.array(rows))
    assert shades(batch) == [20, 30, 23, 24]
    assert [found.classes[label] for label in batch["label"]] == ["even-2", "even-3", "odd-2", "even-2"]
    told = {name[-8:]: reason for name, reason in found.unreadable()}
    assert told == {"0028.png": "0 bytes", "0022.png": "not an image of a known format"}
    (place / "even-2" / "0028.png").write_bytes(encoded(np.full((8, 8), 28, np.uint8)))
    assert shades(found.batch(np.array(rows))) == [20, 30, 23, 24], "what was bad stays so while a run lasts"
    assert found.unreadable() == [], "told once"


def test_a_resume_sees_the_same_pictures_in_the_place_of_bad_ones(grey, opened):
    place = grey(60, bad=dict.fromkeys(range(5, 60, 9), b"junk"))
    options = {"size": "8", "channels": "1", "look": "3", "skip_bad": "0.5"}
    straight = [batch["image"] for batch, _ in zip(batches(opened(place, **options), 16, 3), range(9), strict=False)]
    resumed = batches(opened(place, **options), 16, 3, start=5)
    for batch, expected in zip(resumed, straight[5:], strict=False):
        np.testing.assert_array_equal(batch["image"], expected)


def test_too_many_that_cannot_be_read_end_it_with_their_names(grey, opened):
    place = grey(60, bad=dict.fromkeys(range(1, 59, 2), b"junk"))
    found = opened(place, size="8", look="2", skip_bad="0.2")
    told = r"grey: 13 of \d+ images that were looked at .* more than skip_bad=0.2"
    with pytest.raises(UnreadableDataError, match=told) as error:
        found.batch(np.arange(60))
    assert len(error.value.report.skipped) == 13
    with pytest.raises(UnreadableDataError, match=r"even-0/0002.png: 0 bytes"):
        opened(grey(60, bad={2: b""}, root="one"), size="8", look="2", skip_bad=0).batch(np.arange(60))


def test_a_part_of_which_too_many_cannot_be_read_is_refused(grey, opened):
    place = grey(60, bad={0: b"junk"})
    with pytest.raises(UnreadableDataError, match=r"1 of 3 images that were looked at \(33.3%\) cannot be read"):
        opened(place, size="8", look="3")


def test_files_that_all_vanish_end_it(grey, opened, monkeypatch):
    place = grey(60)
    found = opened(place, size="8", look="5", skip_bad=1)
    monkeypatch.setattr(stock, "TRIED", 20)
    place.rename(place.with_name("elsewhere"))
    with pytest.raises(DataError, match="20 images that follow one another cannot be read"):
        found.batch(np.arange(4))


def test_what_finds_room_stays_in_memory_once_it_was_read(grey, opened, monkeypatch):
    place = grey(60)
    found = opened(place, size="8", channels=1, look="5")
    before = found.batch(np.arange(60))["image"]
    place.rename(place.with_name("elsewhere"))
    np.testing.assert_array_equal(found.batch(np.arange(60))["image"], before)
    monkeypatch.setattr(source, "KEEP_BYTES", 100)
    other = opened(place.with_name("elsewhere"), size="8", channels=1, look="5")
    np.testing.assert_array_equal(other.batch(np.arange(60))["image"], before)
    place.with_name("elsewhere").rename(place)
    with pytest.raises(DataError):
        other.batch(np.arange(60))


def test_what_is_held_out_never_stands_for_what_is_seen(grey, opened):
    place = grey(60, bad=dict.fromkeys(range(1, 59, 3), b"junk"))
    found = opened(place, size="8", channels=1, look="2", skip_bad=1, held_out=0.3)
    seen, out = shades(found.batch(np.arange(len(found)))), shades(found.held_out.batch(np.arange(len(found.held_out))))
    assert len(found) + len(found.held_out) == 60
    assert not set(seen) & set(out)
    whole = opened(place, size="8", channels=1, look="all", skip_bad=1, held_out=0.3)
    assert set(shades(whole.batch(np.arange(len(whole))))) <= set(seen)


def test_the_fingerprint_knows_all_names_and_what_was_looked_at(grey, opened, tmp_path):
    def fingerprint(place, **options):
        return opened(place, **{"size": "8", "channels": 1, "look": "3"} | options).fingerprint

    place = grey(60)
    first = fingerprint(place)
    assert first == fingerprint(place) == fingerprint(grey(60, root="copy"))
    assert first != fingerprint(place, look="4")
    assert first != fingerprint(place, look="all")
    assert fingerprint(shutil.make_archive(tmp_path / "grey", "zip", place)) == first
    other = grey(60, root="other")
    (other / "odd-1" / "0011.png").rename(other / "odd-1" / "0011a.png")
    assert fingerprint(other) != first
    third = grey(60, bad={0: (other / "even-1" / "0010.png").read_bytes()}, root="third")
    assert fingerprint(third) != first


@pytest.mark.parametrize("look", ["0", "some", "-1", "1.5", ""])
def test_a_look_that_is_none_is_refused(look, grey, opened):
    with pytest.raises(UsageError, match=f"option look={look}: expected auto, all or a number"):
        opened(grey(10), look=look)


def test_arrays_and_ranges_of_numbers_are_looked_at_as_a_whole(grey, opened, tmp_path, noise):
    np.save(tmp_path / "a.npy", np.stack([noise() for _ in range(10)]))
    assert "looked at" not in str(opened(tmp_path / "a.npy", look="3").report.notes)
    assert "looked at" not in str(opened(grey(20), look="3", levels="data").report.notes)
    assert "looked at" not in str(opened(grey(20), look="3", to=str(grey(20, root="to"))).report.notes)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors are counted where the system lists them")
def test_no_descriptor_stays_open(grey, opened):
    place = in_the_past(grey(60, bad={30: b""}))
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(2):  # the second time from the remembered list
        found = opened(place, size="8", look="5")
        for start in range(0, 60, 10):
            found.batch(np.arange(start, start + 10))
    assert len(os.listdir("/proc/self/fd")) == before
