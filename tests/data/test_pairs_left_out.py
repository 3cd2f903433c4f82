"""What is left out of pairs and domains, and what is doubtful about them, is told by name and place."""

import shutil

import numpy as np
import pytest

from multigan.errors import DataError


@pytest.fixture
def domains(folder, encoded, noise):
    """A folder of folders: `domains(trainA=2, trainB=3, beside=("notes.png",))`."""

    def make(root="set", beside=(), **counts):
        names = [f"{name}/{number}.png" for name, count in counts.items() for number in range(count)]
        return folder(*names, *beside, root=root)

    return make


def noted(source, words):
    return [note for note in source.report.notes if words in note]


def test_a_test_folder_without_its_partner_is_told(opened, domains):
    source = opened(domains(trainA=2, trainB=3, testA=2), size="8")
    assert noted(source, "testA is left out: to measure with it, testB must lie beside it")
    assert source.held_out is None
    source = opened(domains(root="other", trainA=2, trainB=3, testb=2), size="8")
    assert noted(source, "testb is left out: to measure with it, testa must")


def test_what_lies_beside_the_domains_is_told(opened, domains):
    source = opened(domains(trainA=2, trainB=2, testA=2, testB=2, valA=1, valB=1, beside=["stray.png"]), size="8")
    assert noted(source, "not read: stray.png, valA, valB beside them")
    assert not noted(opened(domains(root="b", trainA=2, trainB=2, testA=2, testB=2), size="8"), "not read")


@pytest.mark.parametrize(
    ("there", "told"),
    [({"trainA": 2, "testA": 2, "testB": 2}, "trainA has no trainB"), ({"trainb": 2}, "trainb has no traina")],
)
@pytest.mark.parametrize("pairs", ["", "names"])
def test_one_domain_alone_is_refused(opened, domains, there, told, pairs):
    place = domains(**there)
    with pytest.raises(DataError, match=f"{told} beside it; add that folder, or give {place}/train. alone"):
        opened(place, size="8", pairs=pairs)


def test_domains_in_a_zip_or_deeper_are_no_classes(opened, domains, tmp_path):
    place = domains(trainA=2, trainB=2, testA=2)
    zipped = shutil.make_archive(str(tmp_path / "set"), "zip", place)
    for each in (zipped, domains(root="deep", **{"set/trainA": 2, "set/trainB": 2})):
        with pytest.raises(DataError, match="trainA and trainB in it would be read as classes; give the folder"):
            opened(each, size="8")
    lone = domains(root="lone", **{"set/trainA": 2, "set/testA": 2})
    with pytest.raises(DataError, match="lone: trainA in it would be read as a class; give the folder"):
        opened(lone, size="8")


def test_a_second_split_of_sides_is_told(opened, folder, encoded, noise):
    files = {f"{part}/{n}.png": encoded(noise(8, 16)) for n in range(2) for part in ("train", "val", "test")}
    source = opened(folder(**files), size="8", pairs="sides")
    assert noted(source, "test is held out from training")
    assert noted(source, "not read: val beside them")


def test_sides_of_odd_widths_and_other_proportions_are_counted(opened, folder, encoded, noise):
    sizes = [(8, 16)] * 4 + [(8, 15), (8, 8), (8, 8), (16, 32)]
    files = {f"{number}.png": encoded(noise(*size)) for number, size in enumerate(sizes)}
    source = opened(folder(**files), size="8", pairs="sides")
    assert noted(source, "of an odd width, without the column in the middle: 1 (4.png)")
    (note,) = noted(source, "halves of other proportions than the others' 8 x 8")
    assert note.endswith("3 (first 4.png, 8 x 7)")
    assert len([note for note in source.report.notes if "stored as PNG" in note]) == 1, "what both share is told once"
    even = folder(**{f"{number}.png": encoded(noise(8, 16)) for number in range(3)}, root="even")
    assert not noted(opened(even, size="8", pairs="sides"), "halves")


def test_files_without_a_partner_are_counted_for_each_place(opened, folder):
    theirs, ours = folder("1.png", "2.png", "3.png", "4.png", root="a"), folder("1.png", "2.png", "9.png", root="b")
    source = opened(theirs, to=str(ours), pairs="names", size="8")
    assert noted(source, f"left out: 2 of {theirs} (first 3.png), 1 of {ours} (first 9.png)")
    assert [name for name, _ in source.report.skipped] == [f"{theirs}: 3.png", f"{theirs}: 4.png", f"{ours}: 9.png"]
    assert (source.report.found, source.report.used) == (5, 2)


def test_a_bad_file_is_told_with_its_place_on_either_side(opened, folder):
    names = [f"{number}.png" for number in range(4)]
    theirs, ours = folder(*names, root="a"), folder(*names, root="b")
    (theirs / "1.png").write_bytes(b"no image")
    (ours / "2.png").write_bytes(b"no image")
    source = opened(theirs, to=str(ours), pairs="names", size="8", skip_bad=0.5)
    (one, why), (other, _) = source.report.skipped
    assert (one, other) == (f"{ours}: 1.png", f"{ours}: 2.png")
    assert f"its partner {theirs}: 1.png" in why
    assert source.report.notes[0] == "paired by their names: 4, of which 2 can be used"
    free = opened(theirs, to=str(ours), size="8", skip_bad=0.5)
    assert [name for name, _ in free.report.skipped] == [f"{ours}: 2.png", f"{theirs}: 1.png"]
    assert (free.report.found, free.report.used) == (5, 3)


def test_one_picture_and_one_place_for_both_are_doubted(opened, folder):
    one, many = folder("1.png", root="a"), folder("1.png", "2.png", root="b")
    source = opened(one, to=str(many), size="8")
    assert noted(source, "unpaired: 1 picture that goes in, 2 to be made")
    assert noted(source, "only one picture goes in")
    assert noted(opened(many, to=str(one), size="8"), "only one image is there to be made")
    assert not noted(opened(many, to=str(folder("3.png", "4.png", root="c")), size="8"), "only")
    source = opened(many, to=f"{many}/../b", size="8")
    assert noted(source, "so that there is nothing to translate")
    assert noted(opened(many, to=str(many), size="8", pairs="names"), "each picture is its own answer")


def test_what_data_check_tells_of_few(opened, folder, encoded):
    from multigan.modalities.images.tell import tell

    source = opened(folder("1.png", root="a"), to=str(folder("1.png", "2.png", root="b")), size="8")
    assert tell(source)[0][1] == ("source", "8 x 8 x 3, picture; 1 unpaired, in an order of its own")
    maps = folder(root="maps", **{f"{n}.png": encoded(np.full((8, 8), 255 * n, np.uint8)) for n in (0, 1)})
    (maps / "classes.txt").write_text("0, thing\n")
    source = opened(maps, to=str(folder("0.png", "1.png", root="c")), size="8", maps=True, pairs="names")
    assert "label map of 1 class;" in dict(tell(source)[0])["source"]
