"""A plugin of one file: it is trained, resumed and sampled by its path, and what is wrong with it is told."""

import shutil
import tomllib
from pathlib import Path

import pytest

from multigan.errors import UsageError
from multigan.onefile import load_file, recipe_in, recipe_of_run
from multigan.plugins import load_plugins

PAGE = (Path(__file__).parents[2] / "docs" / "new.md").read_text()
# The example of the page.
SINES = PAGE.partition("```python\n")[2].partition("```")[0]
WATCH = """
@hookimpl
def run_finished(run):
    print(f"seen by {run.plugin} at step {run.step}")
"""
FLAGS = ("--steps", "4", "--batch-size", "8", "--checkpoint-every", "4", "--sample-every", "4")
HEAD = "from multigan import Recipe, hookimpl\n"
HOOK = "@hookimpl\ndef register_recipes():\n"
RECIPE = "    yield Recipe(name={!r}, summary='s', modality={!r}, game='x:Y', data='digits')\n"


@pytest.fixture(scope="session")
def kept_run(tmp_path_factory):
    """Where the run lies that all tests begin with, once it is trained."""
    return tmp_path_factory.mktemp("one") / "run"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my_sines.py"
    path.write_text(SINES + WATCH)
    return path


@pytest.fixture
def run(kept_run, file, command, tmp_path):
    """A run of `file`, whose run.toml names it."""
    if not kept_run.is_dir():
        done = command("run", "--plugin", "./my_sines.py", *FLAGS, "--run-dir", kept_run)
        assert done.returncode == 0, done.stderr
        assert "seen by my_sines.py at step 4" in done.stderr, "its hooks watch the run"
    facts = tomllib.loads((kept_run / "run.toml").read_text())
    shutil.copytree(kept_run, tmp_path / "run")
    text = (kept_run / "run.toml").read_text().replace(facts["plugin_file"], str(file))
    (tmp_path / "run" / "run.toml").write_text(text)
    return tmp_path / "run"


def test_it_trains_resumes_samples_and_scores_from_any_folder(run, file, command, tmp_path):
    facts = tomllib.loads((run / "run.toml").read_text())
    assert (facts["plugin"], facts["recipe"], facts["plugin_file"]) == ("my_sines.py", "sines", str(file))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = command("run", "--resume", run, "--steps", "6")
    assert done.returncode == 0, done.stderr
    assert "seen by my_sines.py at step 6" in done.stderr
    assert "not bit for bit" not in done.stderr
    done = command("sample", run, "-n", "8", "--out", elsewhere / "made")
    assert done.returncode == 0, done.stderr
    assert "8 samples of step 6" in done.stderr
    done = command("evaluate", run, "-n", "50", "--seeds", "1")
    assert done.returncode == 0, done.stderr
    assert "sliced-wasserstein" in done.stdout
    listed = command("plugins")
    assert "my_sines" not in listed.stdout + listed.stderr, "nobody finds it by listing"
    assert "latent_dim" in command("recipes", "./my_sines.py").stdout


def test_a_file_that_has_moved_is_missed_and_found_again_by_its_new_place(run, file, command, tmp_path):
    (tmp_path / "new").mkdir()
    moved = file.rename(tmp_path / "new" / file.name)
    for words in (("sample", run), ("run", "--resume", run)):
        done = command(*words)
        assert done.returncode == 2
        assert f"{file}, the file that holds the run's plugin, is no longer there; put it back" in done.stderr
    done = command("run", "--resume", run, "--plugin", "new/my_sines.py")
    assert done.returncode == 0, done.stderr
    assert tomllib.loads((run / "run.toml").read_text())["plugin_file"] == str(moved)
    assert command("sample", run, "-n", "2").returncode == 0


def test_a_file_that_has_changed_is_told_of(run, file, command):
    file.write_text(SINES + WATCH + "\n# Another line.\n")
    done = command("sample", run, "-n", "2")
    assert done.returncode == 0
    told = f"warning: {file} has changed since the run was trained with it; what it says now counts"
    assert done.stderr.count(told) == 1
    done = command("run", "--resume", run, "--steps", "5")
    assert done.returncode == 0
    assert told in done.stderr
    assert "from step 4 on not bit for bit what it would have been: it was trained on my_sines.py " in done.stderr
    file.write_text(SINES.replace('"sines"', '"waves"'))
    done = command("sample", run, "-n", "2")
    assert done.returncode == 2
    assert f"{file}: has no recipe sines any more, which the run was trained with; it has waves" in done.stderr


def test_what_blocks_plugins_blocks_files(run, command):
    for words in (("run", "--plugin", "./my_sines.py", "--dry-run"), ("sample", run)):
        for before, environ in ((("--no-plugin", "my_sines.py"), {}), ((), {"MULTIGAN_PLUGINS": "dcgan"})):
            done = command(*before, *words, **environ)
            assert done.returncode == 2
            assert "plugin my_sines.py is blocked" in done.stderr
    assert command("run", "--plugin", "./my_sines.py", "--dry-run", MULTIGAN_PLUGINS="my_sines.py").returncode == 0


def test_it_runs_on_the_backend_that_is_asked_for(file, command, monkeypatch):
    """Though it imports Keras at its top; and the origin of a value is whoever gave it."""
    monkeypatch.delenv("KERAS_BACKEND", raising=False)  # a test before this one may have started Keras here
    done = command("run", "--plugin", "./my_sines.py", "--dry-run")
    assert done.returncode == 0, done.stderr
    (row,) = (line.split() for line in done.stdout.splitlines() if line.startswith("backend"))
    assert row[-1] == "default"
    done = command("run", "--plugin", "./my_sines.py", "--dry-run", "--backend", "nothing")
    assert done.returncode == 2


@pytest.fixture
def load(tmp_path, environ):
    """Loads a file of a name and a content into a registry of its own."""
    import sys

    before = set(sys.modules)

    def run(name, content):
        (tmp_path / name).write_text(content)
        registry = load_plugins(environ={})
        return registry, load_file(registry, tmp_path / name)

    yield run
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "my_one.py",
            HEAD + "import nothing_here\n",
            r"my_one.py is broken: ModuleNotFoundError: .*/my_one.py:2\)",
        ),
        ("my_two.py", HEAD + "def (:\n", r"my_two.py is broken: SyntaxError: .*/my_two.py:2\)"),
        ("my_three.py", HEAD + HOOK + "    yield 3\n", r"register_recipes gave int; .*/my_three.py:4\)"),
        ("my_four.py", "raise SystemExit(4)\n", r"my_four.py is broken: SystemExit: 4 .*my_four.py:1"),
        ("my_five.py", "", r"my_five.py is broken: it implements no hook"),
        ("my_six.py", HEAD + HOOK + RECIPE.format("dcgan", "images"), "recipe dcgan is registered by dcgan already"),
        ("my-seven.py", HEAD, r"letters, digits and underscores; rename it, such as my_gan.py"),
        ("lambda.py", HEAD, r"letters, digits and underscores"),
        ("keras.py", HEAD, r"a module is called keras already; rename the file, such as my_keras.py"),
        ("__main__.py", HEAD, r"a module is called __main__ already"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line(load, name, content, told):
    import sys

    with pytest.raises(UsageError, match=told):
        load(name, content)
    assert name.startswith(("keras", "__main__")) or name.removesuffix(".py") not in sys.modules


def test_of_several_recipes_the_one_that_is_called_like_the_file_or_fits_the_data_is_trained(load):
    both = RECIPE.format("one", "images") + RECIPE.format("other", "points")
    registry, file = load("my_pair.py", HEAD + HOOK + both)
    assert recipe_in(registry, file, "points")[1].name == "other"
    with pytest.raises(UsageError, match=r"several recipes \(one, other\); call the one to train my_pair"):
        recipe_in(registry, file)
    registry, file = load("my_other.py", HEAD + HOOK + both + RECIPE.format("my-other", "images"))
    assert recipe_in(registry, file)[1].name == "my-other"
    registry, file = load("my_watcher.py", HEAD + "@hookimpl\ndef run_started(run):\n    pass\n")
    with pytest.raises(UsageError, match=r"my_watcher.py has no recipe"):
        recipe_in(registry, file)


def test_a_file_is_run_once_and_never_by_a_path_that_depends_on_the_folder(load, tmp_path):
    registry, file = load("my_once.py", HEAD + HOOK + RECIPE.format("once", "images"))
    assert load_file(registry, tmp_path / "my_once.py") is file
    with pytest.raises(UsageError, match=r"plugin_file is 'my_once.py', and should be an absolute path"):
        recipe_of_run(registry, {"recipe": "once", "plugin_file": "my_once.py"})
    with pytest.raises(UsageError, match=r"cannot be read \(No such file or directory\)"):
        load_file(registry, tmp_path / "gone.py")
