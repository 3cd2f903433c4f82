"""Folders of WebDataset shards: tar archives that are read by random access, and what is wrong with them."""

import io
import os
import tarfile
import tracemalloc

import numpy as np
import pytest

from multigan.data import batches, shards
from multigan.data.source import UnreadableDataError
from multigan.errors import DataError

LOST = "its class is not there: the shard is cut off or damaged after it"


pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def tars(tmp_path):
    """A folder of tar archives of given members: `tars({"a.tar": {"1.png": b"..."}})`; of lists where names repeat."""

    def make(contents, kind=tarfile.USTAR_FORMAT, root="tars"):
        place = tmp_path / root
        place.mkdir(exist_ok=True)
        for name, members in contents.items():
            with tarfile.open(place / name, "w", format=kind) as archive:
                for own, content in members.items() if isinstance(members, dict) else members:
                    info = tarfile.TarInfo(own)
                    info.size = len(content)
                    archive.addfile(info, io.BytesIO(content))
        return place

    return make


@pytest.fixture
def numbered(tars, grey):
    """Shards of ten pictures each, with a class beside each: `numbered(shards=3)`."""

    def make(shards=3, kind="cls", told=lambda number: str(number % 2), written=tarfile.USTAR_FORMAT):
        contents = {}
        for shard in range(shards):
            members = {}
            for number in range(10 * shard, 10 * shard + 10):
                members[f"{number:05d}.png"] = grey(number % 256)
                if kind:
                    members[f"{number:05d}.{kind}"] = told(number).encode()
            contents[f"shard-{shard}.tar"] = members
        return tars(contents, written)

    return make


def shades(found, rows=None):
    rows = np.arange(len(found)) if rows is None else np.array(rows)
    return np.rint((found.batch(rows)["image"][:, 4, 4, 0] + 1) * 127.5).astype(int).tolist()


def notes(found):
    return "\n".join(found.report.notes)


@pytest.mark.parametrize("written", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_pictures_and_their_classes_are_read_in_the_order_of_shards(numbered, opened, written):
    found = opened(numbered(shards=12, written=written), size="8", channels=1)
    assert shades(found) == list(range(120))
    assert found.classes == ("0", "1")
    assert found.labels.tolist() == [0, 1] * 60
    assert "read from 12 tar archives" in notes(found)
    assert "classes are from the .cls beside images" in notes(found)


def test_batches_are_those_of_a_folder_of_the_same_pictures(numbered, opened, folder, grey):
    packed = opened(numbered(kind=""), size="8", channels=1, flip="true")
    plain = opened(folder(**{f"{n:05d}.png": grey(n) for n in range(30)}), size="8", channels=1, flip="true")
    for one, other, _ in zip(batches(packed, 8, 1, start=3), batches(plain, 8, 1, start=3), range(6), strict=False):
        np.testing.assert_array_equal(one["image"], other["image"])


@pytest.mark.parametrize("written", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names_are_read(tars, grey, opened, written):
    long = "folder/" * 30 + "ü" * 30
    found = opened(tars({"a.tar": {f"{long}-{n}.png": grey(n) for n in range(3)}}, written), size="8", channels=1)
    assert shades(found) == [0, 1, 2]
    assert list(found._stock.pixels[:, 4, 4, 0]) == [0, 1, 2]


@pytest.mark.parametrize(
    ("kind", "told", "classes"),
    [
        ("cls", lambda n: str(10 - n % 2 * 8) + "\n", ("2", "10")),
        ("cls", lambda n: ["cat", "dog"][n % 2], ("cat", "dog")),
        ("json", lambda n: f'{{"label": {n % 3}, "width": {n}}}', ("0", "1", "2")),
        ("json", lambda n: f'{{"class": "c{n % 2}"}}', ("c0", "c1")),
        ("txt", lambda n: ["red", "green"][n % 2], ("green", "red")),
        ("txt", lambda n: f"a picture of {n}", ()),
        ("json", lambda n: "{damaged", ()),
        ("cls", lambda n: str(n % 4 / 2), ("0", "0.5", "1", "1.5")),
    ],
)
def test_what_tells_the_class(kind, told, classes, numbered, opened):
    found = opened(numbered(kind=kind, told=told), size="8")
    assert tuple(found.classes) == classes
    if not classes and kind == "txt":
        assert "the .txt beside images are not read: they are no classes" in notes(found)


def test_a_class_that_is_missing_is_an_error_that_names_the_sample(tars, grey, opened):
    place = tars({"a.tar": {"1.png": grey(1), "1.cls": b"0", "2.png": grey(2), "3.png": grey(3), "3.cls": b""}})
    with pytest.raises(DataError, match=r"2 of 3 images have no .cls beside them, or an empty one, first a.tar:2.png"):
        opened(place)


def test_other_members_are_counted(tars, grey, opened):
    members = {"1.png": grey(1), "2.png": grey(2), "1.npy": b"", "2.npy": b"", "README": b"", ".hidden.png": b""}
    assert "3 other members (2 .npy, 1 no suffix) left out: not images by name" in notes(
        opened(tars({"a.tar": members}))
    )


def test_of_several_pictures_of_one_key_the_first_is_taken(tars, grey, opened):
    found = opened(tars({"a.tar": {"1.png": grey(1), "1.mask.png": grey(9), "2.png": grey(2)}}), size="8", channels=1)
    assert shades(found) == [1, 2]
    assert "further images of one key, of which the first is taken: 1 (a.tar:1.mask.png)" in notes(found)


def test_a_name_that_comes_twice_is_skipped_and_named(tars, grey, opened):
    place = tars({"a.tar": [("1.png", grey(1)), ("2.png", grey(2)), ("1.png", grey(9))], "b.tar": {"1.png": grey(3)}})
    found = opened(place, size="8", channels=1, skip_bad=0.3)
    assert shades(found) == [1, 2, 3], "another shard is another sample"
    assert found.report.skipped == (("a.tar:1.png", "a member of this name stands in the shard before"),)


def test_a_member_that_is_no_picture_is_skipped_and_named(tars, grey, opened):
    place = tars({"a.tar": {"1.png": grey(1), "2.png": b"junk", "3.png": b"", "4.png": grey(4)}})
    found = opened(place, size="8", channels=1, skip_bad=0.5)
    assert shades(found) == [1, 4]
    assert dict(found.report.skipped) == {"a.tar:2.png": "not an image of a known format", "a.tar:3.png": "0 bytes"}
    with pytest.raises(UnreadableDataError, match=r"2 of 4 images \(50.0%\) cannot be read.*a.tar:2.png"):
        opened(place)


@pytest.mark.parametrize(
    ("keep", "count", "told"),
    [
        (lambda size: 1024 + 512 + 20, 2, "cut off: 20 of"),
        (lambda size: 1024 + 100, 2, "cut off at byte 1,124, in the middle of a header"),
        (lambda size: 1024, 1, "ends at byte 1,024 without the mark of an end: perhaps it is cut off"),
    ],
)
def test_a_shard_that_is_cut_off_is_told(keep, count, told, tars, grey, opened):
    place = tars({"a.tar": {"1.png": grey(1), "2.png": grey(2)}, "b.tar": {"3.png": grey(3), "4.png": grey(4)}})
    assert len(grey(1)) < 512, "a picture takes one block"
    content = (place / "a.tar").read_bytes()
    (place / "a.tar").write_bytes(content[: keep(len(content))])
    found = opened(place, size="8", channels=1, skip_bad=0.5)
    assert shades(found) == [1, 3, 4]
    assert found.report.found == count + 2
    assert told in notes(found) + str(found.report.skipped)
    assert "a.tar" in notes(found) + str(found.report.skipped)


def test_a_member_that_is_longer_than_its_shard_is_told(tars, grey, opened):
    place = tars({"a.tar": {"1.png": grey(1), "2.png": grey(2)}, "b.tar": {"3.png": grey(3), "4.png": grey(4)}})
    with tarfile.open(place / "a.tar") as archive:
        info = archive.getmember("2.png")
    info.size = 10**17
    content = (place / "a.tar").read_bytes()
    (place / "a.tar").write_bytes(content[:1024] + info.tobuf(tarfile.GNU_FORMAT) + content[1536:])
    found = opened(place, size="8", channels=1, skip_bad=0.5)
    assert shades(found) == [1, 3, 4]
    (skipped,) = found.report.skipped
    assert skipped == ("a.tar:...", "cut off or damaged at byte 1,024: a member of 100,000,000,000,000,000 bytes")


@pytest.mark.parametrize("cut", [4 * 1024 - 512, 4 * 1024 - 400])
def test_a_picture_whose_class_was_cut_off_with_the_shard_is_skipped(cut, numbered, opened):
    place = numbered(shards=2)
    shard = place / "shard-1.tar"
    shard.write_bytes(shard.read_bytes()[: cut - 512])
    found = opened(place, size="8", channels=1, skip_bad=0.5)
    assert shades(found) == [*range(10), 10]
    assert found.labels.tolist() == [n % 2 for n in range(11)]
    assert ("shard-1.tar:00011.png", LOST) in found.report.skipped


def test_a_damaged_header_is_told(tars, grey, opened):
    place = tars({"a.tar": {"1.png": grey(1), "2.png": grey(2)}, "b.tar": {"3.png": grey(3), "4.png": grey(4)}})
    content = bytearray((place / "a.tar").read_bytes())
    content[1030] ^= 4
    (place / "a.tar").write_bytes(content)
    found = opened(place, size="8", channels=1, skip_bad=0.5)
    assert found.report.skipped == (("a.tar:...", "damaged at byte 1,024: what follows is not read"),)


def test_a_shard_without_pictures_is_noted_and_none_with_any_is_an_error(tars, grey, opened):
    place = tars({"a.tar": {"1.flac": b"", "2.flac": b""}, "b.tar": {"1.png": grey(1), "2.png": grey(2)}})
    assert "no images in a.tar" in notes(opened(place))
    (place / "b.tar").unlink()
    with pytest.raises(DataError, match=r"tars: no images in its 1 tar archives, only 2 .flac"):
        opened(place)


def test_the_index_is_remembered_until_a_shard_changes(numbered, opened, grey, monkeypatch, cache):
    place = numbered()
    first = opened(place, size="8", channels=1)
    assert len(list(cache.iterdir())) == 1
    gone, indexed = [], shards._indexed
    monkeypatch.setattr(shards, "_indexed", lambda *given: gone.append(1) or indexed(*given))
    again = opened(place, size="8", channels=1)
    assert (shades(again), again.labels.tolist(), again.fingerprint) == (
        shades(first),
        first.labels.tolist(),
        first.fingerprint,
    )
    assert not gone
    with tarfile.open(place / "shard-1.tar", "a") as archive:
        for own, content in {"9.png": grey(200), "9.cls": b"1"}.items():
            info = tarfile.TarInfo(own)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    assert len(opened(place, size="8")) == 31
    assert gone


def test_a_part_of_the_samples_is_looked_at(numbered, opened, tars, grey):
    place = numbered()
    found = opened(place, size="8", channels=1, look="4")
    assert "looked at 4 of 30 images" in notes(found)
    assert shades(found) == list(range(30))
    members = [("1.png", grey(1)), ("2.png", b"junk"), ("3.png", grey(3))]
    bad = opened(tars({"a.tar": members}, root="bad"), size="8", channels=1, look="2", skip_bad=0.5)
    assert shades(bad, [0, 1]) == [1, 3]
    assert bad.unreadable() == [("a.tar:2.png", "not an image of a known format")]


def test_of_splits_that_of_training_is_read(tars, grey, opened):
    names = ["set-train-1.tar", "set-train-0.tar", "set-val-0.tar", "test_0.tar"]
    place = tars({name: {"1.png": grey(number)} for number, name in enumerate(names)})
    found = opened(place, size="8", channels=1)
    assert shades(found) == [1, 0]
    assert "shards of other splits that are not read: 2 (first set-val-0.tar)" in notes(found)
    (place / "set-train-1.tar").unlink()
    (place / "set-train-0.tar").unlink()
    assert shades(opened(place, size="8", channels=1)) == [2, 3]


def test_a_folder_with_pictures_of_its_own_is_read_as_before(folder, numbered, opened, grey):
    place = numbered()
    folder(root="tars", **{"1.png": grey(1), "2.png": grey(2)})
    found = opened(place)
    assert len(found) == 2
    assert "3 other files (3 .tar), archives: unpack for what they hold" in notes(found)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors are counted where the system lists them")
def test_no_descriptor_stays_open(numbered, opened):
    place, before = numbered(), len(os.listdir("/proc/self/fd"))
    found = opened(place, size="8", look="3")
    shades(found)
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_index_takes_few_bytes_a_sample(numbered, opened, monkeypatch):
    place = numbered(shards=100)
    opened(place, size="8", look="3")
    tracemalloc.start()
    found = shards.shard_collection(place, shards.shards_in(place, ".tar")[0], frozenset({".png"}), "images", 1 << 20)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The name and its end, where that is, offset, size, label, and the same label by its class.
    assert held / len(found) < 9 + 1 + 4 + 8 + 8 + 4 + 4 + 20
