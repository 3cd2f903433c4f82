"""The site's generated pages are fresh, links of the readmes lead somewhere, and the pages' commands are ones."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

import multigan
from multigan.cli import cli
from multigan.modality import data_options
from multigan.plugins import load_plugins
from multigan.recipe import resolve_options

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# The pages of the site; links between them are MkDocs' to check, in CI.
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if path.parent != DOCS / "plugins"]
READMES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("plugins/*/README.md"))]
# Plugins that a reader makes; beside these what a page has `multigan new` write.
MADE = re.compile(r"mygan|.*\.py|[A-Z]\w*")


@pytest.fixture(scope="module")
def registry():
    return load_plugins(environ={})


def test_generated_pages_are_up_to_date():
    # In a process of its own: the script sets what plugins see of the environment before they are imported.
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MULTIGAN_")}
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    words = [sys.executable, str(DOCS / "_site" / "generated.py"), "--check"]
    done = subprocess.run(words, capture_output=True, text=True, env=environ | {"PYTHONPATH": path}, check=False)
    assert done.returncode == 0, done.stderr


def test_every_page_stands_in_the_navigation():
    # That each that stands there exists, and all links, MkDocs checks in CI.
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    told = set(re.findall(r"^ +- (?:[^:\n]+: |\".*\": )?([\w/-]+\.md)$", text, re.MULTILINE))
    assert told == {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}


def anchors(path):
    """What a heading is called in a link, on GitHub."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_a_readme_lead_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", text):
        link = link[0] or link[1]
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        place, _, part = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        assert target.exists(), f"{path.name}: {link} is not there"
        assert not part or part in anchors(target), f"{path.name}: {link} has no such heading"


def commands(path):
    """The words of each command line of a page: `multigan ...` in a block of code, or in a sentence."""
    text = re.sub(r"\\\n\s*", "", path.read_text("utf-8"))
    known = "run|sweep|sample|evaluate|export|data|doctor|recipes|new|plugins|install|uninstall|studio"
    line = re.compile(rf"^(?: {{4,}}|\$ |    \$ )(multigan .*)$|^(multigan (?:{known}) .*)$", re.MULTILINE)
    text = text.replace("uv run multigan", "multigan").replace("python -m multigan", "multigan")
    inline = re.findall(rf"`(multigan (?:{known})\s[^`]*)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for found in [*(match[1] or match[2] for match in line.finditer(text)), *inline]:
        lexer = shlex.shlex(found.replace("\n", " "), posix=True, punctuation_chars=";")
        lexer.whitespace_split = True
        words = []
        for word in [*lexer, ";"]:
            if word != ";":
                words.append(word)
                continue
            if words[:1] == ["multigan"] and len(words) > 1:
                yield words[1:]
            words = []


def check(words, registry, made=()):
    """Refuses a command, flag, recipe or option that there is not; `made` are plugins that a reader makes."""
    root = click.Context(cli, info_name="multigan")
    words = cli.make_parser(root).parse_args(words)[1]
    command = cli.get_command(root, words[0])
    assert command is not None, "no such command"
    while hasattr(command, "commands"):
        command, words = command.commands[words[1]], words[1:]
    given = command.make_parser(click.Context(command, info_name=words[0])).parse_args(words[1:])[0]
    name = given.get("plugin") or ""
    if not name or MADE.fullmatch(name) or name in made:
        return
    named = {info.name for info in registry.plugins} | set(registry.recipes)
    assert name in named, f"no plugin is called {name}"
    found = [registry.recipes[name][1]] if name in registry.recipes else []
    found += [registry.recipes[r][1] for info in registry.plugins if info.name == name for r in info.recipes]
    pairs = dict(pair.split("=", 1) for pair in given.get("options") or () if "=" in pair)
    refused = []
    for recipe in found:
        try:
            resolve_options({**data_options(recipe.modality), **recipe.options}, pairs, name)
        except Exception as error:
            refused.append(str(error))
    assert len(refused) < len(found), refused[0]


@pytest.mark.parametrize("path", [*PAGES, *READMES], ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_on_the_pages_are_ones(path, registry):
    made = {words[1] for words in commands(path) if words[0] == "new"}
    for words in commands(path):
        try:
            check(words, registry, made)
        except click.BadOptionUsage:
            continue  # a flag that is named without its value, in a sentence
        except (AssertionError, click.ClickException, KeyError) as error:
            pytest.fail(f"{path.relative_to(ROOT)}: multigan {' '.join(words)}: {error}")


def test_options_on_the_pages_are_ones(registry):
    known = {key for _, recipe in registry.recipes.values() for key in recipe.options}
    known |= {key for name in registry.modalities for key in data_options(name)}
    for path in [*PAGES, *READMES]:
        named = set(re.findall(r"-o (\w+)=", path.read_text("utf-8"))) - {"KEY", "NAME"}
        made = {name for block in re.findall(r"```python.*?```", path.read_text("utf-8"), re.DOTALL)
                for name in re.findall(r'"(\w+)": Option\(', block)}  # fmt: skip
        assert named <= known | made, path.name


def test_the_pages_have_commands():
    found = {words[0] for path in PAGES for words in commands(path)}
    assert {"run", "sample", "evaluate", "data", "doctor", "new", "recipes"} <= found


def test_a_command_that_is_none_is_found(registry):
    for line in ("trian --plugin dcgan", "run --pluggin dcgan", "run --plugin dcgna", "run --plugin dcgan -o widht=3"):
        with pytest.raises((AssertionError, click.ClickException)):
            check(line.split(), registry)


def test_the_citation_is_of_this_version():
    for path, told in ((ROOT / "CITATION.cff", r"^version: (.+)$"), (DOCS / "cite.md", r"version = \{(.+)\}")):
        assert re.search(told, path.read_text("utf-8"), re.MULTILINE)[1] == multigan.__version__


def test_the_readme_names_every_extra():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    told = (ROOT / "README.md").read_text("utf-8").partition("## Install")[2]
    names = set(re.findall(r"`(?:multigan\[)?([a-z-]+)\]?`", told))
    assert set(project["optional-dependencies"]) <= names
