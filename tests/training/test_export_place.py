"""Where `multigan export` writes: nothing that somebody else made is replaced, the run's own export is made anew."""

import sys
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from multigan.cli import cli
from multigan.cli.shell import Shell
from multigan.recipe import Exporter
from multigan.runs import RunDirectory
from multigan.trained import opening as trained


class LoadedError(Exception):
    """A framework would have been started."""


def write(game, path, verify):
    """An exporter of folders."""
    path.mkdir()
    (path / "model").write_text(game.name)
    verify(None)
    return path


@pytest.fixture
def export(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    RunDirectory("run").path.mkdir()
    RunDirectory("run").write_facts({"recipe": "toy"})

    def call(*words, model=None):
        def open_run(path, *rest, **more):
            if model is None:
                raise LoadedError
            settings = {"precision": {"value": "float32"}}
            return SimpleNamespace(
                directory=RunDirectory(path), recipe=SimpleNamespace(name="toy", modality="images"), step=7,
                game=SimpleNamespace(name=model, fields=(), asks=()), facts={"settings": settings},
                data=SimpleNamespace(classes=(), origin=(), fields={}),
            )  # fmt: skip

        monkeypatch.setattr(trained, "Trained", open_run)
        checks = SimpleNamespace(verifier=lambda *arguments: lambda function: 0.0)
        monkeypatch.setitem(sys.modules, "multigan.trained.exporting", checks)
        shell = Shell()
        shell.silent_registry.exporters["folder"] = Exporter(name="folder", summary="s", export=f"{__name__}:write")
        return CliRunner().invoke(cli, ["export", "run", *words], obj=shell)

    return call


def test_a_place_that_is_taken_or_cannot_be_written_to_is_told_before_a_framework_is_started(export, tmp_path):
    (tmp_path / "mine.keras").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for out, said in (
        ("mine.keras", "exists already"),
        ("mine", "a keras file ends in .keras"),
        ("file/a.keras", "file: is a file"),
    ):
        assert said in str(export("--out", out).exception)
    assert isinstance(export("--out", "new/other.keras").exception, LoadedError)


def test_the_runs_own_export_is_made_anew_and_a_named_one_is_not_replaced(export, tmp_path):
    own = tmp_path / "run" / "export" / "toy-00000007"
    for model in ("first", "second"):
        assert export("--format", "folder", model=model).exception is None
        assert (own / "model").read_text() == model
        assert [path.name for path in own.parent.iterdir()] == [own.name], "nothing is left beside it"
    assert export("--format", "folder", "--out", "mine", model="first").exception is None
    assert "exists already" in str(export("--format", "folder", "--out", "mine", model="second").exception)
    assert (tmp_path / "mine" / "model").read_text() == "first"
