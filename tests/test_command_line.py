"""Every command that people are advised to type can be pasted into a shell, whatever folders and classes are called."""

import ast
import re
import shlex
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from multigan.cli import cli
from multigan.cli.ending import tell_end
from multigan.cli.shell import Shell
from multigan.command_line import command_line
from multigan.commands import COMMANDS
from multigan.errors import DataError, UsageError
from multigan.health.doctor import _another, _command
from multigan.recipe import Recipe
from multigan.report import page as report
from multigan.runlog import read_run
from multigan.runs import RunDirectory
from multigan.testing import call
from multigan.trained.opening import best_step
from multigan.training.claim import Claim

ROOT = Path(__file__).parents[1]
NAMES = ["my run's $x", "-run", "a*b?[c]", "~home", 'say "no"; rm', "back\\slash`ls`", "übung &"]
RECIPE = Recipe(name="r", summary="s", modality="images", game="g:G", data="digits", metrics=("m",))


def parsed(command):
    """The parameters that click makes of a command as a shell would split it."""
    program, name, *words = shlex.split(command)
    assert program == "multigan"
    root = click.Context(cli, info_name=program, **cli.context_settings)
    return cli.get_command(root, name).make_context(name, words, parent=root).params


def the_run_in(command):
    params = parsed(command)
    return params.get("run") or params["resume"]


@pytest.fixture(params=NAMES)
def run(request, tmp_path, monkeypatch):
    """A run of two steps whose folder has a hard name."""
    monkeypatch.chdir(tmp_path)
    directory = RunDirectory(request.param)
    (directory.checkpoints / "step-00000002").mkdir(parents=True)
    value = {"value": 2, "origin": "flag"}
    gone, kind = str(tmp_path / request.param / "gone"), {"value": "float32", "origin": "default"}
    settings = {"steps": value, "seed": value, "batch_size": value, "precision": kind}
    directory.write_facts(
        {
            "recipe": "r", "plugin": "r", "started": "", "options": {}, "versions": {},
            "settings": settings | {"data": {"value": gone, "origin": "flag"}},
            "data": {"name": "d", "shape": [8, 8, 1], "count": 9, "classes": [], "fingerprint": "f"},
            "machine": {"backend": "jax", "device": "cpu", "system": "", "processor": "", "cpus": 2},
        }
    )  # fmt: skip
    directory.append({"kind": "log", "step": 2, "losses": {}, "health": {}})
    return directory


def test_the_report_s_commands_name_the_run(run):
    commands = report._commands(read_run(run.path), run.path)
    assert len(commands) == 4
    assert {the_run_in(command) for _, command in commands} == {run.path}


@pytest.mark.parametrize("outcome", ["done", "interrupted"])
def test_what_a_run_says_at_its_end_names_it(run, outcome):
    said = []
    best = {"metric": "m", "value": 1.0, "step": 2}
    finding = SimpleNamespace(name="collapse", message="m", advice="a")
    told = SimpleNamespace(directory=run, findings=[finding], present=("collapse",), recoveries=0, best=best)
    result = SimpleNamespace(outcome=outcome, reason="", step=2)
    tell_end(SimpleNamespace(run=told, result=result), SimpleNamespace(say=said.append), False)
    commands = [line.partition(": ")[2] for line in said if ": multigan " in line]
    assert [the_run_in(command) for command in commands] == [run.path, run.path]


def test_a_run_whose_samples_are_made_of_something_advises_to_give_it(run):
    run.write_facts(run.facts() | {"asks": [{"name": "source", "kind": "picture"}]})
    (_, command), *_ = report._commands(read_run(run.path), run.path)
    said, result = [], SimpleNamespace(outcome="done", reason="", step=2)
    told = SimpleNamespace(directory=run, findings=[], present=(), recoveries=0, best=None)
    tell_end(SimpleNamespace(run=told, result=result), SimpleNamespace(say=said.append), False)
    assert command.endswith("--input FILE_OR_FOLDER")
    assert said[-1] == f"samples: {command}"


def test_errors_advise_commands_that_name_the_run(run):
    def taken():
        with Claim(SimpleNamespace(directory=run.path, resume=False)):
            pass

    for action in (lambda: best_step(run, RECIPE, {}), taken):
        with pytest.raises(UsageError) as caught:
            action()
        command = str(caught.value)[str(caught.value).index("multigan ") :]
        assert the_run_in(command) == run.path, command


def test_a_run_dir_that_is_a_link_to_nowhere_is_called_so(tmp_path):
    (tmp_path / "link").symlink_to("gone/away")
    for place in (tmp_path / "link", tmp_path / "link" / "run"):
        with pytest.raises(UsageError) as caught, Claim(SimpleNamespace(directory=place, resume=False)):
            pass
        said = f"--run-dir {place}: {tmp_path}/link is a link to gone/away, which is not there; choose another folder"
        assert str(caught.value) == said


def test_a_run_dir_that_cannot_be_made_is_named_with_the_code_of_bad_usage(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("words")
    for place in (tmp_path / "file" / "run", tmp_path / "new" / ("long" * 100)):
        with pytest.raises(UsageError) as caught, Claim(SimpleNamespace(directory=place, resume=False)):
            pass
        assert str(caught.value).startswith(f"{place}: cannot be written to (")
        assert str(caught.value).endswith("; choose another --run-dir")
    (tmp_path / "runs").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught, Claim(SimpleNamespace(directory=None, resume=False)):
        pass
    assert str(caught.value) == f"{tmp_path}/runs: is a file, not a folder; give another place by --run-dir"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "runs"]


def test_a_run_that_does_not_begin_leaves_nothing_in_a_folder_that_was_there(tmp_path):
    with pytest.raises(DataError), Claim(SimpleNamespace(directory=tmp_path, resume=False)):
        raise DataError("bad files")
    assert not list(tmp_path.iterdir())


def test_an_asked_value_that_a_blank_parts_from_its_name_is_told(tmp_path):
    _, said = call("sample", tmp_path, "--ask", "mask=", "d/nope", code=2)
    assert "nothing stands after mask=; write the value right behind it" in said


def test_a_folder_where_no_run_has_begun_is_told_with_what_begins_one(tmp_path):
    RunDirectory(tmp_path).lock_path.touch()
    with pytest.raises(UsageError) as caught:
        RunDirectory.open(tmp_path)
    said, _, command = str(caught.value).partition("; start one with: ")
    assert said == f"{tmp_path}: no run has begun there"
    assert parsed(command)["run_dir"] == tmp_path


def test_the_doctor_s_commands_keep_data_and_options_with_blanks(tmp_path):
    settings = {"data": {"value": "/data/my pictures' $x", "origin": "flag"}, "steps": {"value": 9, "origin": "flag"}}
    options = {"labels": {"value": "/data/my labels.csv", "origin": "flag"}, "lr": {"value": 0.1, "origin": "default"}}
    facts = {"recipe": "r", "settings": settings, "options": options}
    params = parsed(_command(facts, None, {"steps": 3}))
    assert (params["data"], params["options"]) == ("/data/my pictures' $x", {"labels": "/data/my labels.csv"})
    assert parsed(_another("dcgan", facts, None))["data"] == "/data/my pictures' $x"


def test_no_command_is_put_together_without_quotes():
    """What is put into the text of a command goes through `command_line`."""
    begun = re.compile(rf"(multigan ({'|'.join(COMMANDS)}) [^;(,]*|--resume )$")
    wrong = []
    for path in [*(ROOT / "multigan").rglob("*.py"), *(ROOT / "plugins").glob("*/src/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for part, after in pairwise(node.values if isinstance(node, ast.JoinedStr) else ()):
                text = part.value if isinstance(part, ast.Constant) else ""
                if isinstance(after, ast.FormattedValue) and begun.search(text):
                    wrong.append(f"{path.name}: {text}")
    assert not wrong


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--config", ""],
        ["run", "--run-dir="],
        ["run", "--resume", ""],
        ["sample", ""],
        ["sample", ".", "--out", ""],
        ["sample", ".", "--condition="],
        ["evaluate", ""],
        ["doctor", ""],
        ["export", ".", "--out="],
    ],
)
def test_an_empty_place_is_not_the_current_folder(words):
    assert "it is empty; name a place" in str(CliRunner().invoke(cli, words, obj=Shell()).output)


def test_a_dry_run_tells_values_as_toml_has_them_and_refuses_what_a_run_refuses():
    def tried(*words):
        return CliRunner().invoke(cli, ["run", "--plugin", "gan-points", "--dry-run", *words], obj=Shell())

    rows = dict(line.split()[1:3] for line in tried("-o", "batch_norm=yes").stdout.splitlines() if line[:2] == "-o")
    assert (rows["batch_norm"], rows["spectral_norm"]) == ("true", "false")
    assert "--keep-best nosuch: no such metric" in str(tried("--keep-best", "nosuch").exception)
    assert "give --keep-best" in str(tried("--patience", "3").exception)


def test_numbers_and_texts_are_words_and_a_path_is_no_option():
    assert command_line("sample", Path("-x"), "-n", 64) == "multigan sample ./-x -n 64"
    assert command_line("sample", "r", "--label", "New York") == "multigan sample r --label 'New York'"


def test_a_home_folder_is_found_where_the_shell_leaves_it_to_the_program(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parsed("multigan run --run-dir=~/x")["run_dir"] == tmp_path / "x"
    assert parsed("multigan sample --out=~/x '~/run'")["out"] == tmp_path / "x"
    assert parsed("multigan sample --out=~nobody-at-all '~/run'")["run"] == tmp_path / "run"


def test_a_call_returns_what_was_said_and_holds_the_exit_code(tmp_path):
    out, err = call("recipes", "--json")
    assert (out[0], err) == ("[", "")
    _, err = call("doctor", tmp_path / "nothing", code=2)
    assert "nothing" in err
    with pytest.raises(AssertionError, match=r"exit code is 2 and not 0:\n(?s:.*)nothing"):
        call("doctor", tmp_path / "nothing")
