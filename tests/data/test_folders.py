"""Folders: which files are read, in which order, and what their sub-folders mean."""

import numpy as np
import pytest

from multigan.data.naming import classes_from_folders, natural_key, printable
from multigan.errors import DataError


def notes(source):
    return "\n".join(source.report.notes)


def test_class_folders_give_labels_in_natural_order(folder, opened):
    source = opened(folder("c10/x.png", "c2/deep/er/y.png", "c2/z.png"))
    assert source.classes == ("c2", "c10")
    assert [int(source[i]["label"]) for i in range(3)] == [0, 0, 1]
    assert source[0]["label"].dtype == np.int32


def test_images_in_one_folder_have_no_labels(folder, opened):
    source = opened(folder("1.png", "2.png"))
    assert source.classes == ()
    assert set(source[0]) == {"image"}


def test_folders_that_all_images_share_are_no_classes(folder, opened):
    assert opened(folder("set/images/a/1.png", "set/images/b/1.png")).classes == ("a", "b")


def test_a_file_beside_class_folders_means_no_classes_and_is_noted(folder, opened):
    source = opened(folder("a/1.png", "b/1.png", "1.png"))
    assert (source.classes, len(source)) == ((), 3)
    assert "no classes" in notes(source)


def test_folders_called_like_splits_are_no_classes_and_are_noted(folder, opened):
    source = opened(folder("train/1.png", "Test/1.png"))
    assert source.classes == ()
    assert "Test, train are read as one set" in notes(source)


def test_hidden_and_system_files_are_ignored(folder, opened):
    source = opened(folder("1.png", ".2.png", ".cache/3.png", "__MACOSX/4.png", **{"Thumbs.db": b"x"}))
    assert source.report.found == 1
    assert "other file" not in notes(source)


def test_other_files_are_counted_by_suffix(folder, opened):
    source = opened(folder("1.png", **{"a.txt": b"", "b.TXT": b"", "README": b""}))
    assert "3 other files (2 .txt, 1 no suffix) left out" in notes(source)


def test_an_empty_folder_is_an_error_that_says_what_was_looked_for(tmp_path, opened):
    with pytest.raises(DataError, match=r"no images in it, it is empty \(looked for .*\.png"):
        opened(tmp_path)


def test_a_folder_of_other_files_is_an_error_that_counts_them(folder, opened):
    with pytest.raises(DataError, match=r"only 2 other files \(2 \.flac\)"):
        opened(folder(**{"a.flac": b"", "b.flac": b""}))


def test_links_to_folders_are_followed_but_never_round_and_round(folder, tmp_path, opened):
    place = folder("1.png")
    elsewhere = folder("2.png", root="elsewhere")
    (place / "more").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(place)
    assert opened(place).report.found == 2


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["img10.png", "img9.png", "Img1.png"], ["Img1.png", "img9.png", "img10.png"]),
        (["b/1.png", "a/2.png", "a/10.png"], ["a/2.png", "a/10.png", "b/1.png"]),
        (["a.png", "1.png", "é.png"], ["1.png", "a.png", "é.png"]),
        (["01.png", "1.png"], ["01.png", "1.png"]),
    ],
)
def test_natural_order(names, ordered):
    assert sorted(names, key=natural_key) == ordered
    names.reverse()
    assert sorted(names, key=natural_key) == ordered


def test_classes_from_no_folders():
    assert classes_from_folders(["a.png"]) == (None, (), [])


def test_names_are_shown_without_control_characters_and_broken_bytes():
    assert printable("a\x1b[31m\n\udcff.png") == "a\\x1b[31m\\n\\udcff.png"


def test_the_fingerprint_depends_on_content_not_on_the_place(folder, opened, noise, encoded):
    first, second = encoded(noise()), encoded(noise())
    one = folder(root="one", **{"a/1.png": first, "b/2.png": second})
    two = folder(root="two", **{"b/2.png": second, "a/1.png": first})
    same = opened(one).fingerprint
    assert same == opened(two).fingerprint
    assert len(same) == 64
    others = [
        opened(folder(root="swapped", **{"a/1.png": second, "b/2.png": first})).fingerprint,
        opened(folder(root="renamed", **{"a/1.png": first, "b/3.png": second})).fingerprint,
        opened(one, size="16").fingerprint,
        opened(one, flip="true").fingerprint,
        opened(one, filter="box").fingerprint,
    ]
    assert len({same, *others}) == 6


def test_names_that_macos_decomposes_are_the_same_names(folder, opened, noise, encoded):
    one, other = encoded(noise()), encoded(noise())
    composed = opened(folder(root="linux", **{"caf\u00e9/1.png": one, "b/1.png": other}))
    decomposed = opened(folder(root="macos", **{"cafe\u0301/1.png": one, "b/1.png": other}))
    assert composed.classes == decomposed.classes == ("b", "caf\u00e9")
    assert composed.fingerprint == decomposed.fingerprint


def test_what_decides_only_about_bad_files_is_not_in_the_fingerprint(folder, opened):
    place = folder("1.png")
    assert opened(place).fingerprint == opened(place, skip_bad="0.5", max_pixels="1000").fingerprint


def test_copies_and_images_of_one_colour_are_noted(folder, opened, noise, encoded):
    same = encoded(noise())
    flat = encoded(np.full((8, 8, 3), 7, np.uint8))
    source = opened(folder(**{"a.png": same, "b.png": same, "c.png": flat}))
    assert "exact copies of another: 1 (b.png of a.png)" in notes(source)
    assert "one colour all over: 1 (c.png)" in notes(source)


def test_images_that_are_all_the_same_are_refused(folder, opened, noise, encoded):
    same = encoded(noise())
    with pytest.raises(DataError, match=r"all 3 images are the same \(b\.png is a copy of a\.png\)"):
        opened(folder(**{f"{name}.png": same for name in "abc"}))
    assert len(opened(folder(**{f"{name}.png": same for name in "abc"}, **{"d.png": encoded(noise())}))) == 4


def test_a_run_in_the_folder_is_no_data(folder, opened):
    place = folder("1.png", "2.png", "runs/dcgan-1/samples/step-00000250.png")
    assert len(opened(place)) == 3, "a folder like another"
    (place / "runs" / "dcgan-1" / "run.toml").write_text("")
    assert len(opened(place)) == 2
