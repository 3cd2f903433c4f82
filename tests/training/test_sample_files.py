"""`multigan sample` replaces no file that it did not make, and says so before anything is drawn."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from small import facts_of

from multigan.cli import cli
from multigan.cli.shell import Shell
from multigan.disk import refusal
from multigan.modalities.file_names import refuse_unwritable
from multigan.modalities.files import Files, files_for, names_of, write_each, write_samples
from multigan.modalities.images.files import image_files
from multigan.recipe import Recipe
from multigan.runs import RunDirectory
from multigan.trained import opening


class DrewError(Exception):
    """A framework would have been started."""


@pytest.fixture
def sample(tmp_path, monkeypatch):
    """Calls `multigan sample` on a run of pictures in `pics`, as far as the framework."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pics" / "more").mkdir(parents=True)
    RunDirectory("run").path.mkdir()
    recipe = Recipe(name="r", summary="s", modality="images", game="g:G", data="digits")
    shell = Shell()
    shell.silent_registry.recipes["r"] = ("r", recipe)
    facts = facts_of()
    facts["settings"]["data"]["value"] = str(tmp_path / "pics")
    RunDirectory("run").write_facts(facts)

    def stop(*arguments, **more):
        raise DrewError

    monkeypatch.setattr(opening, "Trained", stop)
    return lambda *words: CliRunner().invoke(cli, ["sample", "run", *words], obj=shell).exception


def test_what_a_run_is_not_asked_for_is_told_before_a_framework_is_started(sample):
    said = "run: a run of r takes no {}; {}"
    assert str(sample("--label", "cat")) == said.format("--label", "it is not conditional")
    assert str(sample("--condition", "c.npy")) == said.format("--condition", "it is not conditional")
    facts = RunDirectory("run").facts()
    facts["data"]["classes"] = ["cat", "dog"]
    RunDirectory("run").write_facts(facts)
    assert isinstance(sample("--label", "cat"), DrewError), "an older run does not tell what its game asks for"
    RunDirectory("run").write_facts(facts | {"asks": []})
    assert str(sample("--label", "cat")) == said.format("--label", "it is not conditional")
    RunDirectory("run").write_facts(facts | {"asks": [{"name": "label", "kind": "label"}]})
    assert isinstance(sample("--label", "cat"), DrewError)
    told = "run: a run of r is not asked by lable; did you mean label?; give --label NAME"
    assert str(sample("--ask", "lable=cat")) == told


def test_samples_never_go_among_a_runs_own_files(sample):
    RunDirectory("run").lock_path.touch()
    for place in ("run", "run/checkpoints", "run/samples", "run/new/folder", "run/metrics"):
        assert "which keeps its own files there; choose another folder" in str(sample("--out", place)), place
    os.symlink("run", "link")
    assert "keeps its own files" in str(sample("--out", "link/checkpoints"))
    assert isinstance(sample("--out", "run/samples/mine"), DrewError)


def test_a_link_that_leads_nowhere_is_called_so(sample):
    os.symlink("gone/away", "link")
    for place in ("link", "link/inside"):
        assert "link: a link to gone/away, which is not there; give another place" in str(sample("--out", place))


def test_files_that_would_be_replaced_are_counted_before_a_framework_is_started(sample):
    out = Path("out")
    out.mkdir()
    assert isinstance(sample("--out", "out"), DrewError)
    (out / "notes.txt").write_text("mine")
    (out / "00009.png").write_text("mine")
    assert isinstance(sample("--out", "out", "-n", "9"), DrewError), "nothing of these names is there"
    assert "the file 00009.png would be replaced" in str(sample("--out", "out", "-n", "10"))
    for name in ("00000.png", "preview.png"):
        (out / name).write_text("mine")
    told = str(sample("--out", "out"))
    assert "3 files, such as 00000.png, would be replaced" in told
    assert "--overwrite" in told
    assert isinstance(sample("--out", "out", "--overwrite"), DrewError)
    assert "the file preview.png" in str(sample("--out", "out", "--format", "jpg"))


def test_the_runs_own_folder_needs_no_word(sample):
    assert isinstance(sample(), DrewError)


def test_samples_never_go_into_the_training_data(sample):
    for place in ("pics", "pics/", "pics/more", "pics/new/folder"):
        assert "would be read as data" in str(sample("--out", place, "--overwrite")), place
    os.symlink("pics", "link")
    assert "would be read as data" in str(sample("--out", "link"))


def test_a_place_that_cannot_be_written_to_is_told_first(sample, monkeypatch):
    Path("pics.zip").write_bytes(b"PK")
    assert "pics.zip: is a file" in str(sample("--out", "pics.zip/inside"))
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    assert "may not be written to" in str(sample("--out", "new"))
    assert "give another place by --out" in str(sample())


def test_a_format_that_there_is_not_is_told_first(sample):
    assert "format gif: images are written as png" in str(sample("--format", "gif"))


@pytest.mark.parametrize("labels", [None, np.array([1, 0, 1])])
def test_the_names_that_are_looked_for_are_those_that_are_written(tmp_path, labels):
    classes = ("a kick", "snare")
    images = np.zeros((3, 8, 8, 1))
    for format in ("png", "npy"):  # noqa: A001
        place = tmp_path / format
        write_each(place, images, image_files(), format, labels=labels, classes=classes)
        write_samples(place / "preview.png", images, image_files())
        expected = set(names_of(image_files(), format, 3, labels, classes))
        assert {path.name for path in place.iterdir()} == expected
    assert set(names_of(files_for("audio"), "wav", 1, in_order=True)) == {"00000.wav", "preview.png", "sequence.flac"}
    assert set(names_of(files_for("text"), "txt", 500, in_order=True)) == {"samples.txt", "preview.txt"}


def test_a_full_disk_is_called_so_with_the_file_and_leaves_no_half_of_it(tmp_path):
    def full(path, *rest):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    files = Files(noun="images", suffix=".png", check=lambda *rest: None, preview=full, formats={"png": full})
    with pytest.raises(OSError, match="No space left") as caught:
        write_each(tmp_path, np.zeros((1, 8, 8, 1)), files, "png")
    assert not list(tmp_path.iterdir())
    assert refusal(caught.value) == f"the disk is full ({tmp_path / '00000.png'}); free some space"


def test_an_old_picture_stays_when_a_link_to_it_is_in_the_way(tmp_path):
    picture = tmp_path / "mine.png"
    Image.new("L", (8, 8)).save(picture)
    before = picture.read_bytes()
    (tmp_path / "out").mkdir()
    os.symlink(picture, tmp_path / "out" / "00000.png")
    write_each(tmp_path / "out", np.ones((1, 8, 8, 1)), image_files(), "png")
    assert picture.read_bytes() == before


def test_a_place_below_nothing_is_fine(tmp_path):
    refuse_unwritable(tmp_path / "a" / "b")
