"""What may stand after `--data`, and what is said when it is not there."""

import subprocess
import sys

import numpy as np
import pytest

from multigan.data import data_options, open_source
from multigan.errors import DataError, UsageError
from multigan.recipe import DataSource


def test_the_embedded_digits(opened):
    source = opened("digits")
    assert (source.name, len(source), source.shape, len(source.classes)) == ("digits", 1797, (32, 32, 1), 10)
    assert np.bincount(source.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert not source.report.skipped


def test_the_embedded_photographs_hold_out_what_no_patch_of_training_shows(opened, datasets):
    load = "multigan.modalities.images.photo_patches:load"
    datasets["photo-patches"] = DataSource(name="photo-patches", summary="", modality="images", load=load)
    source = opened("photo-patches", size="32", make="grey")
    assert (len(source), source.shape, len(source.held_out), source.held_out.shape) == (
        *(1196, (32, 32, 3)),
        *(72, (32, 32, 3)),
    )
    assert source.held_out.batch(np.arange(2))["source"].shape == (2, 32, 32, 1)
    seen, kept_out = opened("photo-patches", size="64"), opened("photo-patches", size="64").held_out

    def columns(part):  # of detail: flat sky and shade look alike everywhere
        found = part.batch(np.arange(len(part)))["image"]
        found = found.transpose(0, 2, 1, 3).reshape(-1, 64 * 3)
        return {column.tobytes() for column in found[found.std(1) > 0.1]}

    assert len(columns(kept_out)) > 1000
    assert not columns(kept_out) & columns(seen)


def test_a_data_set_brings_a_part_that_is_held_out(opened, datasets, tmp_path, monkeypatch):
    code = """
import numpy as np
def some(first, count):
    images = np.arange(first, first + count, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 3), np.uint8)
    return {"image": images, "source": 255 - images}
def whole():
    return some(0, 4) | {"held_out": some(100, 2), "label": np.arange(4)}
def lone():
    return some(0, 4) | {"held_out": {"image": some(100, 2)["image"]}}
def few():
    held_out = some(100, 2)
    return some(0, 4) | {"held_out": held_out | {"source": held_out["source"][:1]}}
"""
    (tmp_path / "held_out_sets.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("whole", "lone", "few"):
        datasets[name] = DataSource(name=name, summary="", modality="images", load=f"held_out_sets:{name}")
    source = opened("whole", size="8", held_out=0.5)
    assert (len(source), len(source.held_out)) == (4, 2)
    batch = source.held_out.batch(np.arange(2))
    assert np.rint((batch["image"][:, 0, 0, 0] + 1) * 127.5).tolist() == [100, 101]
    assert np.allclose(batch["source"], -batch["image"], atol=1e-6)
    assert "held_out changes nothing: the data have a part of their own" in source.report.notes
    with pytest.raises(DataError, match="lone: of its images and its held-out images only one have sources"):
        opened("lone", size="8")
    with pytest.raises(DataError, match="few: 1 sources of 2 images"):
        opened("few", size="8")


def test_the_held_out_part_of_unpaired_data_may_be_pairs(opened, datasets, tmp_path, monkeypatch):
    code = """
import numpy as np
def load():
    images = np.arange(8, dtype=np.uint8)[:, None, None, None] * np.ones((1, 8, 8, 3), np.uint8)
    held_out = {"image": images[:3], "source": 255 - images[:3], "aligned": True}
    return {"image": images[3:], "source": images[:2], "aligned": False, "held_out": held_out}
"""
    (tmp_path / "answered_set.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    datasets["answered"] = DataSource(name="answered", summary="", modality="images", load="answered_set:load")
    source = opened("answered", size="8")
    assert (source.free, source.beside[0].aligned) == ({"source": 2}, False)
    assert (source.held_out.free, source.held_out.beside[0].aligned) == ({}, True)
    batch = source.held_out.batch(np.array([2, 0]))
    np.testing.assert_allclose(batch["source"], -batch["image"], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("digit", r"digit: neither a path nor a data set; did you mean digits\? \(data sets: digits\)"),
        ("pictrues", r"did you mean pictures\?"),
        ("./pictrues", r"pictrues: no such file or folder; did you mean pictures\?"),
        ("pictures/tarin", r"pictures/tarin: no such file or folder; did you mean train\?"),
        ("pictrues/train/a/b", r"pictrues: no such file or folder; did you mean pictures\?"),
        ("pictures/train/1.png/x", r"1\.png is a file, not a folder"),
        ("pictures/train/1.png", "one image is no data set; give the folder"),
        ("http://example.org/x.zip", "download it first"),
        ("", "the data source is empty"),
    ],
)
def test_what_is_not_there_is_told_with_a_guess(name, message, folder, opened, monkeypatch, tmp_path):
    folder("train/1.png", "train/2.png")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=message):
        opened(name)


def test_a_data_set_goes_before_a_file_of_its_name_and_a_separator_makes_a_path(folder, opened, monkeypatch, tmp_path):
    folder("1.png", root="digits")
    monkeypatch.chdir(tmp_path)
    assert len(opened("digits")) == 1797
    assert len(opened("./digits")) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "0 bytes"), (b"hello", "not a kind of file that images are read from; give a folder, a zip")],
)
def test_other_files_are_told_what_to_give(content, message, tmp_path, opened):
    (tmp_path / "x.dat").write_bytes(content)
    with pytest.raises(DataError, match=message):
        opened(tmp_path / "x.dat")


def test_a_data_set_of_another_modality_is_refused():
    sounds = {"drums": DataSource(name="drums", summary="", modality="audio", load="none:load")}
    with pytest.raises(UsageError, match="data set drums holds sounds, not images; choose a recipe for sounds"):
        open_source("drums", "images", {}, sounds)


def test_a_modality_that_cannot_be_read_is_refused():
    assert data_options("smells") == {}
    with pytest.raises(UsageError, match="smells"):
        open_source("digits", "smells", {}, {})


def test_arrays_of_a_registered_data_set_are_checked_like_a_files(tmp_path, monkeypatch):
    (tmp_path / "its_module.py").write_text(
        "import numpy\ndef load(): return numpy.zeros((3, 8, 8)), [0, 1, 2], ('a', 'b')"
    )
    monkeypatch.syspath_prepend(tmp_path)
    its = {"its": DataSource(name="its", summary="", modality="images", load="its_module:load")}
    with pytest.raises(
        DataError, match=r"its: 1 of 3 labels is out of range, first labels\[2\] with 2; labels are 0 to 1"
    ):
        open_source("its", "images", {}, its)


def test_options_are_known_without_importing_numpy():
    code = "import sys, multigan.data, multigan.cli.data; sys.exit('numpy' in sys.modules or 'grain' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
