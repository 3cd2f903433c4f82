"""`multigan new`: what it writes is whole, clean and passes its own tests; what it cannot write is refused."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import multigan
from multigan.cli import main
from multigan.kit.names import class_name
from multigan.kit.writing import KINDS, known_modalities
from multigan.plugins import load_plugins
from multigan.version import version

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "new.md"
WRITTEN = [(kind, modality) for kind in KINDS for modality in (known_modalities(kind) or [""])]
LONG = "the-longest-name-there-may-be1"


@pytest.fixture
def new(tmp_path, capsys, monkeypatch):
    """Runs `multigan new ...` in a temporary folder: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        with pytest.raises(SystemExit) as caught:
            main(["new", *map(str, words)])
        return caught.value.code, *capsys.readouterr()

    return run


def write(new, name, kind, modality, out="."):
    code, _, err = new(name, "--kind", kind, *(["--modality", modality] if modality else []), "--out", out)
    assert code == 0, err
    return Path(out) / f"multigan-{name}"


def install(folder):
    """Writes the metadata that an installer makes of pyproject.toml beside the package; returns where that lies."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    info = folder / "src" / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    needs = "".join(f"Requires-Dist: {line}\n" for line in project["dependencies"])
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n{needs}"
    )
    points = "".join(f"{name} = {module}\n" for name, module in project["entry-points"]["multigan"].items())
    (info / "entry_points.txt").write_text(f"[multigan]\n{points}")
    return (folder / "src").absolute()


def test_it_says_what_it_wrote_and_the_next_three_commands(new, tmp_path):
    code, out, err = new("mygan")
    assert code == 0
    listed = [Path(line) for line in out.splitlines()]
    assert sorted(listed) == sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert Path("multigan-mygan/.github/workflows/tests.yml") in listed
    *_, first, second, third = err.splitlines()
    assert re.fullmatch(r"  cd multigan-mygan && (python -m|uv) pip install -e '\.\[test\]'", first)
    assert (second, third) == ("  python -m pytest", "  multigan run --plugin mygan")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["multigan-mygan"], "nothing is left over"
    told = json.loads(new("other", "--kind", "observer", "--out", "a b", "--json")[1])
    assert told["folder"] == "a b/multigan-other"
    assert re.fullmatch(r"cd 'a b/multigan-other' && (python -m|uv) pip install -e .*", told["next"][0])
    assert (tmp_path / "a b" / "multigan-other" / "README.md").stat().st_mode & 0o044


@pytest.mark.parametrize("name", ["x", LONG])
@pytest.mark.parametrize(("kind", "modality"), WRITTEN)
def test_what_is_written_is_clean(new, name, kind, modality, tmp_path):
    folder = write(new, name, kind, modality)
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        text = path.read_text()
        assert text.endswith("\n"), path
        assert not any(mark in text for mark in ("{%", "%}", "PACKAGE", "NAME.py", ".jinja")), path
        assert path.suffix == ".yml" or "{{" not in text, path
        assert max(map(len, text.splitlines())) <= 120 or name == LONG, path
    source = {path: ast.parse(path.read_text()) for path in files if path.suffix == ".py"}
    for path, tree in source.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module.partition(".")[0] == "multigan":
                inside = "tests" in path.parts
                assert node.module in (("multigan", "multigan.testing") if inside else ("multigan",)), path
                assert {alias.name for alias in node.names} <= {*multigan.__all__, *_testing()}, path
    ruff = subprocess.run([sys.executable, "-m", "ruff", "--version"], capture_output=True)
    if ruff.returncode == 0:
        for words in (["check"], ["format", "--diff"]):
            words = [sys.executable, "-m", "ruff", *words, "--no-cache", "."]
            done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr


def _testing():
    from multigan import testing

    return testing.__all__


@pytest.mark.parametrize(("kind", "modality"), WRITTEN)
def test_what_is_written_is_a_plugin_of_its_name(new, kind, modality, monkeypatch):
    monkeypatch.delenv("MULTIGAN_PLUGINS", raising=False)
    name = f"kit-{kind}-{modality or 'none'}"  # of its own: what was imported stays imported
    folder = write(new, name, kind, modality)
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    (needed,) = (Requirement(text) for text in project["dependencies"] if text.startswith("multigan"))
    major, minor, *_ = (*map(int, version().split(".")[:2]), 0)
    after = f"{major}.{minor + 1}" if major == 0 else f"{major + 1}.0"
    assert needed.specifier.contains(version(), prereleases=True)
    assert not needed.specifier.contains(after)
    monkeypatch.syspath_prepend(install(folder))
    registry = load_plugins()
    (info,) = (info for info in registry.plugins if info.name == name)
    assert (info.status, info.reason) == ("ok", "")
    assert info.recipes == (() if kind in ("observer", "data") else (name,))
    assert (name in registry.datasets) == (kind == "data")
    if info.recipes:
        assert registry.recipes[name][1].modality == (name if kind == "modality" else modality)
    refused = new(name)
    assert refused[0] == 2
    assert f"{name} is the plugin of multigan-{name} 0.1.0 already" in refused[2]


# Of the contract the checks that networks and options may fail; the others look at the engine. One variant of each.
CHECKS = "described or options or every_variable or losses_are or turns_are or conditions or kind or not contract"


def test_their_own_tests_pass(new, tmp_path):
    """All of them in one process, for it takes seconds to import a backend."""
    folders = {pair: write(new, f"own-{pair[0]}-{pair[1] or 'none'}", *pair) for pair in WRITTEN}
    paths = [*map(install, folders.values()), ROOT]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("MULTIGAN_", "PYTHON"))}
    environ = kept | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
    usual = folders["two-player", "images"]
    words = ["-m", "pytest", "-q", "-x", "--import-mode=importlib", "-p", "no:cacheprovider", "-c"]
    words += [str(usual / "pyproject.toml"), "--rootdir", str(tmp_path), *(str(f / "tests") for f in folders.values())]
    chosen = f"({CHECKS}) and not stabilised and not three"
    done = subprocess.run(
        [sys.executable, *words, "-k", chosen], env=environ, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " passed" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["My GAN"],
            "My GAN: a plugin's name is small letters and digits, joined by dashes, as in my-gan; call",
        ),
        (["2gan"], "call it gan"),
        (["-", "--kind", "data"], "a plugin's name is small letters"),
        (["multigan-mygan"], "give the plugin's name: multigan new mygan"),
        (["lambda"], "lambda is a keyword of Python; call the plugin something else, such as lambda-gan"),
        (["multigan"], "multigan is the core's own name"),
        (["digits"], "digits is a data set of multigan already"),
        (["dcgan"], "dcgan is the plugin of multigan-dcgan 0.1.0 already; call yours something else, or uninstall"),
        (["x" * 31], "has at most 30 letters, and this one 31"),
        (
            ["a", "--modality", "text"],
            "no plugin of the kind two-player: it is written for audio, clips, images, points",
        ),
        (["a", "--modality", "image"], "did you mean images?"),
        (["a", "--kind", "observer", "--modality", "images"], "a plugin of the kind observer is of no modality"),
        (["a", "--out", "file/below"], "file/below: nothing can be written there"),
        (["kept"], "multigan-kept: is there already, and nothing is replaced; choose another name or --out FOLDER"),
        (["linked"], "multigan-linked: is there already"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_touched(new, words, told, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "multigan-kept").mkdir()
    (tmp_path / "multigan-linked").symlink_to("nowhere")
    code, out, err = new(*words)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "multigan-kept", "multigan-linked"]
    assert not list((tmp_path / "multigan-kept").iterdir())


def test_a_disk_that_is_full_leaves_nothing_half_written(new, tmp_path, monkeypatch):
    def full(self, *arguments, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    code, _, err = new("mygan")
    assert code == 2
    assert "multigan-mygan: cannot be written (No space left on device)" in err
    assert list(tmp_path.iterdir()) == []


def test_the_page_lists_every_kind_with_its_modalities():
    rows = re.findall(r"^\| `([a-z-]+)` \| .* \| (.*)\|$", PAGE.read_text(), re.MULTILINE)
    told = {kind: sorted(re.findall(r"`(\w+)`", modalities)) for kind, modalities in rows if kind != "--kind"}
    assert told == {kind: known_modalities(kind) for kind in KINDS}


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("mygan", "MyGAN"),
        ("my-gan", "MyGAN"),
        ("gan", "GAN"),
        ("game", "GameGAN"),
        ("warning", "WarningGAN"),
        ("a-2b", "A2b"),
    ],
)
def test_the_games_class_is_called_like_the_plugin_and_like_nothing_that_it_imports(name, made):
    assert class_name(name) == made
