"""The command line as a user meets it: a process of its own, with what it prints and how it exits."""

import json
import re

import pytest

HEAVY = {"keras", "numpy", "tensorflow", "jax", "torch", "grain", "sklearn", "matplotlib"}
LOUD = "import sys; print('wave is imported', file=sys.stderr)\n"
COMMAND = """
from multigan import Command, hookimpl

@hookimpl
def register_commands():
    yield Command(name="surf", summary="Ride a wave.", command={target!r})
"""
FAULT = "this is a fault in multigan or a plugin: add --traceback to see where"
SURF = """
import click
from multigan import RunFailedError

@click.command()
@click.option("--how", default="well")
def surf(how):
    if how == "badly":
        raise RunFailedError("the wave broke")
    if how == "wrongly":
        raise KeyError(how)
    if how == "slowly":
        raise KeyboardInterrupt
    if how == "on disk":
        raise FileNotFoundError(2, "No such file or directory", "board.txt")
    click.echo(f"surfing {how}")
    return 3 if how == "watched" else None
"""


@pytest.fixture
def surf(site):
    """A plugin `wave` with a command `surf`."""
    (site.path / "surfing.py").write_text(SURF)
    site.install("wave", COMMAND.format(target="surfing:surf"))


def imported(result):
    """The packages of which Python's own import log names a module. A module that `importlib` was asked for is not in
    the log, but what it imports is."""
    return {name.partition(".")[0] for name in re.findall(r"^import time:.*\| +([\w.]+)$", result.stderr, re.MULTILINE)}


@pytest.mark.parametrize(
    "words", [["--help"], ["plugins"], ["recipes"], ["recipes", "wave"], ["run", "--help"], ["new", "mine"]]
)
def test_asking_what_there_is_imports_no_framework(site, multigan, words):
    site.install("wave")
    result = multigan(*words, importtime=True)
    assert result.returncode == 0, result.stderr
    assert {"multigan", "click"} <= imported(result)
    assert imported(result) & HEAVY == set()


def test_a_framework_that_a_plugin_imports_would_be_seen(site, multigan):
    site.install("wave", "import numpy")
    assert imported(multigan("recipes", importtime=True)) & HEAVY == {"numpy"}


def test_help_imports_no_plugin_that_has_no_command_to_list(site, multigan):
    site.install("wave", LOUD)
    assert "wave is imported" in multigan("recipes").stderr
    assert "wave is imported" not in multigan("--help").stderr, "another one may have a command"
    assert "pluggy" not in imported(multigan("--help", importtime=True, MULTIGAN_PLUGINS="wave"))


def test_a_plugin_that_is_left_out_is_not_imported_even_for_help(site, multigan):
    site.install("wave", LOUD + "# register_commands")
    assert "wave is imported" in multigan("--help").stderr
    for words in (
        ["--no-plugin", "wave", "--help"],
        ["--no-plugin", "wave", "recipes"],
        ["--help", "--no-plugin", "wave"],
    ):
        result = multigan(*words)
        assert (result.returncode, result.stderr) == (0, ""), words
    for words in (["recipes"], ["--help"]):
        assert "wave is imported" not in multigan(*words, MULTIGAN_PLUGINS="").stderr


def test_help_lists_every_command_with_its_summary(site, surf, multigan):
    result = multigan("--help")
    assert (result.returncode, result.stderr) == (0, "")
    for name in ("run", "sample", "evaluate", "export", "data", "recipes", "new", "plugins"):
        assert re.search(rf"^  {name}  +[A-Z].*\.$", result.stdout, re.MULTILINE), name
    assert re.search(r"^Commands of plugins:\n(?: +.*\n)*  surf +Ride a wave\.$", result.stdout, re.MULTILINE)
    assert multigan("-h").stdout == result.stdout


def test_plugins_tells_the_status_of_each(site, multigan):
    site.install("fine", version="2.0")
    site.install("gone", "import a_module_that_nobody_has")
    site.install("old", requires=("multigan>=99",))
    site.install("off")
    site.install("twin", package="twin-one")
    site.install("twin", package="twin-two")
    result = multigan("--no-plugin", "off", "plugins", "--json")
    assert (result.returncode, result.stderr) == (0, "")
    rows = [row for row in json.loads(result.stdout) if row["name"] in ("fine", "gone", "old", "off", "twin")]
    assert all(list(row) == ["name", "package", "version", "status", "reason", "recipes", "hooks"] for row in rows)
    assert {(row["name"], row["package"], row["status"]) for row in rows} == {
        ("fine", "multigan-fine", "ok"),
        ("gone", "multigan-gone", "broken"),
        ("old", "multigan-old", "incompatible"),
        ("off", "multigan-off", "blocked"),
        ("twin", "twin-one", "conflict"),
        ("twin", "twin-two", "conflict"),
    }
    assert rows[0] == {
        "name": "fine", "package": "multigan-fine", "version": "2.0", "status": "ok", "reason": "", "recipes": ["fine"],
        "hooks": ["register_recipes"],
    }  # fmt: skip
    table = multigan("plugins").stdout
    assert "\x1b" not in table
    assert re.search(r"^gone +multigan-gone +1\.0 +broken +ModuleNotFoundError: No module named", table, re.MULTILINE)
    assert all(row["reason"] in table for row in rows if row["status"] != "blocked"), "a pipe has no width to wrap at"


def test_a_broken_plugin_costs_one_line_and_only_who_asks_for_it_fails(site, multigan):
    site.install("wave")
    site.install("gone", "raise ValueError('first line\\nsecond [red]line')")
    result = multigan("recipes", "--json")
    assert result.returncode == 0
    assert "wave" in [row["name"] for row in json.loads(result.stdout)]
    assert re.fullmatch(r"multigan: plugin gone \(multigan-gone 1\.0\) is broken: .*\n", result.stderr)
    assert multigan("recipes", "--quiet").stderr == ""
    assert multigan("--quiet", "recipes").stderr == ""
    for words in (["recipes", "gone", "-q"], ["run", "--plugin", "gone", "--dry-run", "-q"]):
        result = multigan(*words)
        assert (result.returncode, result.stdout) == (2, "")
        assert re.fullmatch(
            r"multigan: error: plugin gone .* is broken: ValueError: first line second .*\n", result.stderr
        )


def test_traceback_shows_where_a_plugin_broke(site, multigan):
    site.install("gone", "x = 1\n1 / 0")
    assert 'multigan_gone.py", line 2' in multigan("recipes", "--traceback").stderr
    assert "Traceback" not in multigan("recipes").stderr


def test_recipes_tells_all_about_one(site, multigan):
    site.install("wave")
    (row,) = [row for row in json.loads(multigan("recipes", "--json").stdout) if row["name"] == "wave"]
    assert row == {"name": "wave", "plugin": "wave", "modality": "images", "summary": "Made for tests"}
    told = json.loads(multigan("recipes", "wave", "--json").stdout)
    assert (told["data"], told["steps"], told["batch_size"], told["plugin"]) == ("digits", 1000, 64, "wave")
    assert told["options"] == [
        {
            "name": "width", "type": "int", "default": 8, "choices": [], "minimum": 1, "maximum": None,
            "help": "how wide", "reference": "arXiv 1406.2661",
        }
    ]  # fmt: skip
    assert "crop" in [option["name"] for option in told["data_options"]]
    text = multigan("recipes", "wave").stdout
    assert re.search(r"^  width=8 +how wide \[int at least 1; arXiv 1406\.2661\]$", text, re.MULTILINE)
    assert re.search(r"^  crop=center .*\[center,\s+random,\s+none,\s+pad\]$", text, re.MULTILINE | re.DOTALL)


def test_what_goes_wrong_in_a_plugins_own_code_names_it_and_the_line(site, multigan):
    source = COMMAND.format(target="multigan_wave:surf")
    source += "\n\nimport click\n\n@click.command()\ndef surf():\n    {}['x']\n"
    site.install("wave", source)
    result = multigan("surf")
    assert (result.returncode, result.stderr) == (1, (
        "multigan: error: KeyError: 'x'; this happened in plugin wave (site/multigan_wave.py:13): "
        "add --traceback to see more\n"
    ))  # fmt: skip


def test_ctrl_c_says_which_plugin_was_being_loaded(site, multigan):
    site.install("wave", "raise KeyboardInterrupt")
    result = multigan("recipes")
    assert (result.returncode, result.stderr) == (130, "\nmultigan: error: interrupted while plugin wave was loaded\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["recips"], r"there is no command recips; did you mean recipes\? \(commands: run, .*\)"),
        (["wave"], "wave is no command but a plugin; to train it: multigan run --plugin wave"),
        (["recipes", "wafe"], r"no plugin or recipe is called wafe; did you mean wave\? \(installed: .*wave.*\)"),
        (["run", "--plugin", "wafe"], r"no plugin or recipe is called wafe; did you mean wave\? \(installed: .*\)"),
        (["--no-plugin", "wave", "recipes", "wave"], r"plugin wave is blocked: --no-plugin wave"),
        (["plugins", "--jsn"], r"multigan plugins has no option --jsn; did you mean --json\? \(see multigan .*\)"),
        (["--quite"], r"there is no option --quite; did you mean --quiet\? \(see multigan --help\)"),
        (["plugins", "--no-plugin", "x"], r"--no-plugin goes before the command: multigan --no-plugin .* plugins .*"),
        (["plugins", "spare"], r"got unexpected extra argument \(spare\) \(see multigan plugins --help\)"),
        (["run", "--steps", "many"], r"invalid value for '--steps'.*: 'many' is not a valid integer \(see .*\)"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_one_sentence_and_exits_with_2(site, multigan, words, sentence):
    site.install("wave")
    result = multigan(*words)
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(rf"multigan: error: {sentence}\n", result.stderr), result.stderr


@pytest.mark.parametrize(
    ("how", "code", "sentence"),
    [
        ("well", 0, ""),
        ("watched", 3, ""),
        ("badly", 1, "multigan: error: the wave broke\n"),
        ("on disk", 1, "multigan: error: board.txt: No such file or directory\n"),
        ("slowly", 130, "\nmultigan: error: interrupted\n"),
        ("wrongly", 1, f"multigan: error: KeyError: 'wrongly'; {FAULT}\n"),
    ],
)  # fmt: skip
def test_a_plugins_command_runs_and_every_outcome_has_its_exit_code(surf, multigan, how, code, sentence):
    result = multigan("surf", "--how", how)
    assert (result.returncode, result.stderr) == (code, sentence)
    assert result.stdout == (f"surfing {how}\n" if code in (0, 3) else "")


def test_traceback_is_taken_before_and_after_the_command(surf, multigan):
    for words in (["--traceback", "surf", "--how", "badly"], ["surf", "--how", "badly", "--traceback"]):
        result = multigan(*words)
        assert result.returncode == 1
        assert "Traceback (most recent call last)" in result.stderr
        assert result.stderr.endswith("multigan: error: the wave broke\n")
    assert multigan("surf", "--", "--traceback").returncode == 2


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("absent:surf", "cannot be loaded: ModuleNotFoundError: No module named 'absent'"),
        ("surfing:swim", "cannot be loaded: AttributeError: module 'surfing' has no attribute 'swim'"),
        ("surfing:SURF", "is no click.Command: surfing:SURF"),
    ],
)
def test_a_plugins_command_that_cannot_be_loaded_names_the_plugin(site, multigan, target, reason):
    (site.path / "surfing.py").write_text("SURF = 1")
    site.install("wave", COMMAND.format(target=target))
    result = multigan("surf")
    assert (result.returncode, result.stderr) == (2, f"multigan: error: command surf of plugin wave {reason}\n")
    assert multigan("--help").returncode == 0


def test_a_plugins_command_never_takes_the_place_of_a_built_in_one(site, multigan):
    (site.path / "surfing.py").write_text(SURF)
    site.install("wave", COMMAND.format(target="surfing:surf").replace('"surf"', '"plugins"'))
    result = multigan("plugins", "--json")
    (row,) = [row for row in json.loads(result.stdout) if row["name"] == "wave"]
    assert (row["status"], row["reason"]) == (
        "broken", "command plugins is registered by multigan already (site/multigan_wave.py:6)",
    )  # fmt: skip


def test_without_a_word_the_help_goes_to_stderr(multigan):
    result = multigan()
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: multigan [OPTIONS] COMMAND")


def test_version_is_told_on_stdout(multigan):
    result = multigan("--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert re.fullmatch(r"multigan \d+\.\d+\S*\n", result.stdout)


def complete(multigan, line, shell="bash"):
    """What the shell would offer for the last word of `line`."""
    words = line.split(" ")
    instruction = {"_MULTIGAN_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    result = multigan(**instruction)
    assert (result.returncode, result.stderr) == (0, "")
    return {text.partition(",")[2] for text in result.stdout.splitlines() if text}


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("multigan re", {"recipes"}),
        ("multigan su", {"surf"}),
        ("multigan run --plugin wav", {"wave", "wave-small", "wavegan"}),
        ("multigan recipes wave-", {"wave-small"}),
        ("multigan --no-plugin go", {"gone"}),
        ("multigan plugins --js", {"--json"}),
        ("multigan --no-plugin wave run --plugin wave-", set()),
        ("multigan run --plugin ./wa", {"./wa"}),
    ],
)
def test_the_shell_completes_commands_options_plugins_and_recipes(site, multigan, line, offered):
    site.install("gone", "raise SystemExit")
    (site.path / "surfing.py").write_text(SURF)
    site.install("wave", COMMAND.format(target="surfing:surf") + """
from multigan import Recipe

@hookimpl
def register_recipes():
    for name in ("wave", "wave-small"):
        yield Recipe(name=name, summary="", modality="images", game="a:B", data="digits")
""")  # fmt: skip
    assert complete(multigan, line) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_made_for_the_documented_variable(multigan, shell):
    result = multigan(_MULTIGAN_COMPLETE=f"{shell}_source")
    assert result.returncode == 0
    assert f"_MULTIGAN_COMPLETE={shell}_complete" in result.stdout


def test_a_terminal_gets_colour_only_without_no_color(site, monkeypatch, capsys):
    from multigan.cli import main

    site.install("wave")
    monkeypatch.setenv("FORCE_COLOR", "1")
    for value, coloured in (("", True), ("1", False)):
        monkeypatch.setenv("NO_COLOR", value)
        with pytest.raises(SystemExit) as stopped:
            main(["plugins"])
        assert stopped.value.code == 0
        assert bool(re.search(r"\x1b\[[\d;]*3\d", capsys.readouterr().out)) is coloured
