"""Unpaired data whose held-out part has right answers: pictures of equal names, by the option `answers`."""

import numpy as np
import pytest
from PIL import Image

from multigan.errors import DataError
from multigan.modalities.images.reading.source import open_images
from multigan.recipe import DataSource

COUNT = 20


def write(folder, names, turn=False):
    """Pictures of one grey each, which the name tells; or of its negative."""
    folder.mkdir(parents=True)
    for name in names:
        grey = 10 * int(name)
        Image.new("L", (8, 8), 255 - grey if turn else grey).save(folder / f"{name}.png")


def opened(place, **options):
    return open_images(str(place), {"size": "8", **options}, {})


def negatives(source):
    batch = source.batch(np.arange(len(source)))
    return np.allclose(batch["image"], -batch["source"], atol=1e-6)


@pytest.fixture
def domains(tmp_path):
    for name, numbers in (
        ("trainA", range(12)),
        ("trainB", range(5, 16)),
        ("testA", range(16, 21)),
        ("testB", range(18, 24)),
    ):
        write(tmp_path / "both" / name, map(str, numbers), name.endswith("B"))
    return tmp_path / "both"


def test_test_folders_are_answers_where_the_option_says_so_and_training_is_as_it_was(domains):
    plain, told = opened(domains), opened(domains, answers="names")
    assert not plain.held_out.beside[0].aligned
    assert told.held_out.beside[0].aligned
    assert (len(told.held_out), negatives(told.held_out)) == (3, True)
    assert told.fingerprint == plain.fingerprint
    assert not told.beside[0].aligned
    assert "held-out pictures of equal names are the right answers to one another: 3" in told.report.notes
    for index in range(len(plain)):
        assert all((plain[index][key] == told[index][key]).all() for key in ("image", "source"))


def test_of_a_share_that_is_held_out_those_of_equal_names_are_answers(tmp_path):
    for name in "ab":
        write(tmp_path / name, map(str, range(COUNT)), name == "b")
    options = {"to": str(tmp_path / "b"), "held_out": 0.3}
    plain, told = (opened(tmp_path / "a", **options, **more) for more in ({}, {"answers": "names"}))
    assert len(told.held_out) == len(plain.held_out) > 1
    assert negatives(told.held_out)
    assert told.held_out.beside[0].aligned
    assert told.fingerprint == plain.fingerprint
    kept = {float(value) for value in told.held_out.batch(np.arange(len(told.held_out)))["source"][:, 0, 0, 0]}
    seen = told.batch(np.arange(len(told)))["source"][:, 0, 0, 0]
    assert not kept & {float(value) for value in seen}, "training sees none of them"


def test_without_a_common_name_that_is_said(tmp_path):
    for side, numbers in (("trainA", "12"), ("trainB", "34"), ("testA", "56"), ("testB", "78")):
        write(tmp_path / side, numbers)
    with pytest.raises(DataError, match=r"no file of one is called like one of the other, such as 5.png and 7.png"):
        opened(tmp_path, answers="names")


def test_where_the_option_changes_nothing_that_is_said(tmp_path):
    for name in "ab":
        write(tmp_path / name, map(str, range(4)), name == "b")
    unpaired = opened(tmp_path / "a", to=str(tmp_path / "b"), answers="names")
    assert "answers=names changes nothing: no part is held out; -o held_out=0.1 holds one out" in unpaired.report.notes
    paired = opened(tmp_path / "a", to=str(tmp_path / "b"), answers="names", pairs="names", held_out=0.3)
    assert any(
        note.startswith("answers=names changes nothing: the data are not unpaired") for note in paired.report.notes
    )
    assert negatives(paired.held_out)


def load():
    pictures = (10 * np.arange(12, dtype=np.uint8))[:, None, None].repeat(8, 1).repeat(8, 2)
    held_out = {"image": 255 - pictures[8:], "source": pictures[8:], "aligned": True}
    return {"image": 255 - pictures[:4], "source": pictures[4:8], "aligned": False, "held_out": held_out}


def test_a_data_set_may_tell_the_answers_of_its_held_out_part_alone():
    known = {"toy": DataSource(name="toy", summary="", modality="images", load=f"{__name__}:load")}
    source = open_images("toy", {"size": "8"}, known)
    assert not source.beside[0].aligned
    assert source.held_out.beside[0].aligned
    assert negatives(source.held_out)
