"""What systems leave among a user's files: it is never data, and what goes with it is said."""

import zipfile

import pytest

from multigan.data import modality_of, open_source
from multigan.data.clutter import clutter_part
from multigan.errors import DataError

LEFT_BEHIND = [
    "@eaDir",
    "#recycle",
    "#snapshot",
    "@Recycle",
    "@Recently-Snapshot",
    ".@__thumb",
    "$RECYCLE.BIN",
    "$Recycle.Bin",
    "RECYCLER",
    "lost+found",
    "LOST.DIR",
    "FOUND.000",
    "FOUND.001",
    "FOUND.017",
    "$WINDOWS.~BT",
    "System Volume Information",
    "Network Trash Folder",
    "Temporary Items",
    ".Trashes",
    ".Trash-1000",
    ".AppleDouble",
    ".thumbnails",
    "__MACOSX",
    "__pycache__",
]


def notes(source):
    return "\n".join(source.report.notes)


@pytest.mark.parametrize("part", LEFT_BEHIND)
def test_a_systems_folder_is_left_out_at_any_depth_and_in_any_case(part):
    for name in (part, part.upper(), part.lower()):
        assert clutter_part(f"{name}/1.png") == clutter_part(f"a/b/{name}/c/1.png") == name


@pytest.mark.parametrize("name", ["Thumbs.db", "THUMBS.DB", "a/desktop.ini", "ehthumbs.db", "thumbcache_256.db"])
def test_a_systems_file_is_left_out(name):
    assert clutter_part(name)


@pytest.mark.parametrize(
    "name",
    [
        "trash",
        "recycled",
        "recycle bin",
        "snapshot",
        "thumbs",
        "lost",
        "found",
        "found.1",
        "found.0001",
        "eaDir",
        "#1",
        "@home",
        "$5",
    ],
)
def test_names_that_a_class_may_have_are_kept(name):
    assert clutter_part(f"{name}/1.png") == ""


def test_they_are_no_classes_and_no_images_and_are_counted_by_name(folder, opened):
    ours = ["cat/1.png", "cat/2.png", "dog/1.png"]
    theirs = ["@eaDir/1.png/a.png", "#recycle/1.png", "$RECYCLE.BIN/x/1.png", "cat/@eaDir/1.png", "dog/._1.png"]
    source = opened(folder(*ours, *theirs))
    assert (source.classes, source.report.found) == (("cat", "dog"), 3)
    assert "5 files (2 @eaDir, 1 " in notes(source)
    assert "that are hidden or a system's own, left out by name" in notes(source)
    assert source.fingerprint == opened(without(folder, ours)).fingerprint


def without(folder, names):
    place = folder(root="clean")
    for name in names:
        path = place / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((place.parent / "pictures" / name).read_bytes())
    return place


def test_what_is_no_image_in_them_is_not_worth_a_note(folder, opened):
    source = opened(folder("1.png", **{".DS_Store": b"x", "Thumbs.db": b"x", "@eaDir/1.png@SynoEAStream": b"x"}))
    assert not [note for note in source.report.notes if "left out" in note]


def test_a_folder_of_nothing_else_says_so(folder, opened):
    with pytest.raises(
        DataError, match=r"no images in it, only 2 files \(2 @eaDir\) that are hidden or a system's own"
    ):
        opened(folder("@eaDir/1.png", "@eaDir/2.png"))


def test_the_folder_itself_may_be_called_so(folder, opened):
    assert len(opened(folder("1.png", "2.png", root="lost+found"))) == 2


def test_a_zip_file_is_judged_alike(tmp_path, noise, encoded, opened):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("a/1.png", "b/1.png", "__MACOSX/a/._1.png", "lost+found/1.png"):
            archive.writestr(name, encoded(noise()))
    source = opened(path)
    assert source.classes == ("a", "b")
    assert "2 files (1 __MACOSX, 1 lost+found)" in notes(source)


def test_sounds_are_judged_alike(sounds, heard):
    source = heard(sounds("kick/1.wav", "hat/1.wav", "#recycle/1.wav", "hat/@eaDir/2.wav"), length=100)
    assert source.classes == ("hat", "kick")
    assert "2 files (1 #recycle, 1 @eaDir)" in notes(source) or "2 files (1 @eaDir, 1 #recycle)" in notes(source)


def test_texts_are_judged_alike(tmp_path):
    for name in ("a.txt", "#recycle/b.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("".join(f"the {name} line {i} of some words\n" for i in range(60)))
    source = open_source(str(tmp_path), "text", {"tokens": "char"}, {})
    assert source.report.found == 60
    assert "1 file (1 #recycle) that are hidden or a system's own, left out by name" in notes(source)


def test_thumbnails_do_not_decide_what_a_folder_holds(folder):
    place = folder("@eaDir/1.png", "@eaDir/2.png", **{"1.wav": b""})
    assert modality_of(str(place), {}) == "audio"


def test_the_mac_s_shadow_of_an_idx_file_is_no_second_one(tmp_path, opened):
    (tmp_path / "images-idx3-ubyte").write_bytes(b"\0\0\x08\x03\0\0\0\x02\0\0\0\x08\0\0\0\x08" + bytes(range(128)))
    (tmp_path / "._images-idx3-ubyte").write_bytes(b"\0\x05\x16\x07")
    assert len(opened(tmp_path)) == 2
