"""A project that was moved: its runs go on, and are evaluated, with the files where they are now."""

import os
import shutil
import socket

import pytest
from PIL import Image
from small import facts_of

from multigan.data import describe_source, open_source
from multigan.errors import DataError, UsageError
from multigan.recipe import Option, Recipe
from multigan.runs import RunDirectory
from multigan.trained.rereading import Reader
from multigan.training.configuration import resolve
from multigan.training.moved import digest, refuse_unseen

RECIPE = Recipe(
    name="r", summary="s", modality="images", game="g:G", data="digits",
    options={"weights": Option(default="", help="w", path=True), "width": Option(default=4, help="w")},
)  # fmt: skip


def settle(options=None, data=None, directory=None):
    return resolve(
        "r", RECIPE, flags={"data": data}, options=options or {}, environ={}, config={}, datasets={"digits": None},
        directory=directory, resume=directory is not None,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project folder, the current one, with pictures, their labels, and a run on them."""
    folder = tmp_path / "project"
    (folder / "pics").mkdir(parents=True)
    for index in range(12):
        Image.new("RGB", (8, 8), (20 * index, 0, 0)).save(folder / "pics" / f"{index}.png")
    label(folder, "cat", "dog")
    (folder / "w.bin").write_bytes(b"weights")
    monkeypatch.chdir(folder)
    config = settle({"labels": "labels.csv", "weights": "w.bin"}, "pics")
    info = describe_source(open_source(config["data"], "images", config.data_options(), {}))
    options = {key: {"value": s.value, "origin": s.origin} for key, s in config.options.items()}
    options["weights"]["sha256"] = digest("weights", "w.bin")
    facts = {"settings": {key: {"value": s.value, "origin": s.origin} for key, s in config.settings.items()}}
    data = {key: getattr(info, key) for key in ("name", "count", "fingerprint")}
    (folder / "run").mkdir()
    data |= {"shape": list(info.shape), "classes": list(info.classes)}
    RunDirectory("run").write_facts(facts_of(options=options, data=data, **facts))
    return folder


def label(folder, *names):
    rows = [f"{index}.png,{names[index % len(names)]}" for index in range(12)]
    (folder / "labels.csv").write_text("\n".join(["file,label", *rows]))


@pytest.fixture
def moved(project, monkeypatch):
    to = project.with_name("moved here")
    shutil.move(project, to)
    monkeypatch.chdir(to)
    return to


def reader(data=None, options=None):
    return Reader(RunDirectory("run"), RECIPE, {}, data, options)


def is_the_runs_own(source):
    return source.fingerprint == RunDirectory("run").data_info().fingerprint


def test_a_moved_run_goes_on_with_its_files_where_they_are_now(moved):
    config = settle({"labels": "labels.csv", "weights": "w.bin"}, "./pics/", directory=RunDirectory("run").path)
    assert (config["data"], config.options["labels"].value) == (str(moved / "pics"), str(moved / "labels.csv"))
    assert is_the_runs_own(open_source(config["data"], "images", config.data_options(), {}))


def test_a_run_that_has_ended_keeps_where_its_data_are_by_now(train, project):
    options = {"size": "8", "width": "4", "labels": str(project / "labels.csv")}
    run = RunDirectory(project.with_name("ended"))
    train(run.path, data=str(project / "pics"), options=options, steps=4, batch_size=4)
    before, to = run.facts(), project.with_name("moved here")
    train(run.path, resume=True)
    assert run.facts() == before, "nothing has moved"
    os.chdir(project.parent)
    shutil.move(project, to)
    train(run.path, resume=True, data=str(to / "pics"), options={"labels": str(to / "labels.csv")})
    now = run.facts()
    assert now["settings"]["data"]["value"] == str(to / "pics")
    assert now["options"]["labels"]["value"] == str(to / "labels.csv")
    assert [key for key in now if now[key] != before[key]] == ["settings", "options"]
    assert train(run.path, resume=True, steps=6).result.step == 6


def test_what_is_gone_is_named_with_what_says_where_it_is(project, moved):
    for read in (lambda: settle(directory=RunDirectory("run").path), reader):
        with pytest.raises(UsageError) as caught:
            read()
        assert all(str(project / name) in str(caught.value) for name in ("pics", "labels.csv"))
        told, _, words = str(caught.value).rpartition(": ")
        assert told.endswith("add to the same command where it is now")
        assert words.startswith("--data PLACE -o ")
        assert "-o labels=FILE" in words


def test_a_recipes_file_is_compared_by_what_it_holds(project):
    os.rename("w.bin", "other.bin")
    place = RunDirectory("run").path
    assert settle({"weights": "other.bin"}, directory=place)
    (project / "w.bin").write_bytes(b"others")
    with pytest.raises(UsageError, match=r"weights=.*w\.bin"):
        settle(directory=place)
    with pytest.raises(UsageError, match="width=5"):
        settle({"weights": "other.bin", "width": "5"}, directory=place)


def test_evaluation_knows_moved_data_as_the_runs_own(moved):
    assert is_the_runs_own(reader("pics", {"labels": "labels.csv"}).reference())
    again = reader("pics", {"labels": "labels.csv"})
    assert again.training() is again.reference()


def test_data_that_moved_without_their_labels_are_still_the_runs_own(project):
    os.rename("pics", "pictures")
    assert is_the_runs_own(reader("pictures").reference())


def test_the_runs_own_data_by_another_spelling_keep_their_labels(project):
    for spelling in ("pics", "./pics/", "../project/pics"):
        assert is_the_runs_own(reader(spelling).reference())


def test_other_data_come_without_the_runs_labels_and_the_hint_says_how_to_give_some(moved):
    other = reader("pics")
    assert other.reference().classes == ()
    assert "-o labels=FILE" in other.hint()
    assert reader("pics", {"labels": "labels.csv"}).hint() == ""


def test_labels_that_hold_something_else_are_other_data(project):
    assert reader().hint() == ""
    label(project, "cat", "dog", "owl")
    changed = reader()
    assert not is_the_runs_own(changed.reference())
    assert "no longer what the run was trained on" in changed.hint()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"width": "3"}, "-o width: an option of r, which a trained run keeps"),
        ({"lables": "labels.csv"}, "did you mean labels?"),
        ({"channels": "9"}, "at most 4"),
    ],
)
def test_evaluation_takes_options_of_the_data_alone(project, options, said):
    with pytest.raises(UsageError) as caught:
        reader(options=options)
    assert said in str(caught.value)


def test_a_link_keeps_its_own_name_and_a_home_folder_is_found(project, monkeypatch):
    os.rename("labels.csv", "0f3a")
    os.symlink("0f3a", "labels.csv")
    assert settle({"labels": "labels.csv"}).options["labels"].value == str(project / "labels.csv")
    monkeypatch.setenv("HOME", str(project))
    assert settle(data="~/pics")["data"] == str(project / "pics")
    assert settle(data="~nobody-at-all/pics")["data"] == "~nobody-at-all/pics"


def test_no_data_are_not_the_current_folder(project):
    assert settle(data="")["data"] == ""


@pytest.mark.parametrize("gone", ["pics", "w.bin"])
def test_what_another_machine_does_not_have_is_named_with_the_machine(project, gone):
    config = settle(options={"weights": str(project / "w.bin")}, data=str(project / "pics"))
    refuse_unseen(config)
    os.rename(project / gone, project / "elsewhere")
    with pytest.raises(DataError) as caught:
        refuse_unseen(config)
    told = f"{project / gone}: not there on {socket.gethostname()}; all workers read the data: put them at one place"
    assert str(caught.value).startswith(told)
