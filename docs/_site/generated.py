"""Writes docs/plugins/, a page a plugin, of its recipes, its README and the records of the benchmarks; and
of docstrings docs/reference.md and the list of checks in docs/testing.md.

Run: `python docs/_site/generated.py`; with `--check` it changes nothing and fails when a page is stale.
"""

import html
import re
import sys
import textwrap
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import tables  # noqa: E402  of benchmarks/

sys.path.pop(0)

from reference import reference  # noqa: E402  of this folder

from multigan.cli import cli  # noqa: E402
from multigan.cli.reference import WIDTH  # noqa: E402
from multigan.modalities.images.extractors import installed  # noqa: E402
from multigan.modality import data_options, find_modality  # noqa: E402
from multigan.plugins import Registry, load_plugins  # noqa: E402
from multigan.recipe import Option, Recipe, as_typed, load_object  # noqa: E402
from multigan.testing import checks  # noqa: E402

__all__ = ["pages"]

# Some defaults hang on the extras that are installed. The pages tell those with all extras, wherever they are written:
# so this comes before any plugin is imported.
installed.picture_features_installed = lambda: True

FOLDER = ROOT / "docs" / "plugins"
CONFIGURATION = ROOT / "mkdocs.yml"
TESTING = ROOT / "docs" / "testing.md"
REFERENCE = ROOT / "docs" / "reference.md"
# Benchmark -> the page that tells how it was made. What a plugin's page shows of it: the rows that name the plugin's
# recipes, and those that name none, such as controls.
MEASURED = {
    "animation": ("animation", "creatures", "clips"),
    "cgan": ("images",),
    "cyclegan": ("translation-known", "seasons", "cyclegan"),
    "dcgan": ("images", "modes", "engine"),
    "gan": ("modes",),
    "gaugan": ("terrain", "earth", "gaugan"),
    "inpaint": ("holes",),
    "pix2pix": ("photos", "pix2pix"),
    "seqgan": ("real-texts", "seqgan"),
    "studio": ("page",),
    "superres": ("sizes",),
    "wavegan": ("sounds", "wavegan"),
    "wgan-gp": ("images", "modes", "wgan-gp"),
}
NOTE = "<!-- Written by docs/_site/generated.py; edit the plugin's README or its recipes, and run that again. -->"


@dataclass(frozen=True)
class Plugin:
    """A plugin of this repository: its name, its folder, what it is, and the names of its recipes."""

    name: str
    folder: Path
    description: str
    recipes: tuple[str, ...]


def _plugin(path: Path, registry: Registry) -> Plugin:
    """Reads a plugin's project file; what it registers must be installed. Mere observers need not be."""
    project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    (name,) = project["entry-points"]["multigan"]
    recipes = [info.recipes for info in registry.plugins if (info.name, info.status) == (name, "ok")]
    source = "".join(file.read_text(encoding="utf-8") for file in path.parent.glob("src/*/__init__.py"))
    if not recipes and re.search(r"def register_(recipes|commands)\(", source):
        raise click.ClickException(f"{project['name']} is not installed, or is broken; see multigan plugins")
    return Plugin(name, path.parent, project["description"].rstrip("."), tuple(recipes[0]) if recipes else ())


def pages() -> dict[Path, str]:
    """Returns every file that this script writes, with its text."""
    registry = load_plugins(environ={})
    own = sorted(
        (_plugin(path, registry) for path in (ROOT / "plugins").glob("*/pyproject.toml")), key=lambda p: p.name
    )
    made = {FOLDER / "index.md": _index(registry, own)}
    for plugin in own:
        made[FOLDER / f"{plugin.name}.md"] = _page(registry, plugin)
    made[CONFIGURATION] = _navigation(CONFIGURATION.read_text(encoding="utf-8"), [plugin.name for plugin in own])
    made[REFERENCE] = reference(NOTE.replace("the plugin's README or its recipes", "the docstrings"))
    made[TESTING] = _filled(TESTING, "<!-- begin checks -->", _checks(), "<!-- end checks -->")
    return made


def _checks() -> str:
    """Every check by name, in the words of its docstring."""
    told = [f"### `{check.name}`\n\n{check.promise}\n\n{check.failure}".strip() for check in checks()]
    return "\n\n".join(textwrap.fill(part, 120, break_on_hyphens=False) for part in "\n\n".join(told).split("\n\n"))


def _index(registry, own):
    tips = "[Tips](../tips.md#which-plugin-for-what) say which one is for what."
    lines = [NOTE, "# Plugins", f"Everything that trains is a plugin. These come with multigan. {tips}"]
    lines = [
        *(part for line in lines for part in (line, "")),
        "| recipe | plugin | makes | what it is |",
        "|---|---|---|---|",
    ]
    for info in own:
        for name in info.recipes:
            recipe = registry.recipes[name][1]
            noun = find_modality(recipe.modality).noun
            lines.append(f"| `{name}` | [{info.name}]({info.name}.md) | {noun} | {_text(recipe.summary)} |")
        if not info.recipes:
            lines.append(f"| | [{info.name}]({info.name}.md) | | {_text(info.description)} |")
    return "\n".join([*lines, ""])


def _page(registry: Registry, info: Plugin) -> str:
    recipes = [registry.recipes[name][1] for name in info.recipes]
    parts = [NOTE, f"# {info.name}", _readme(info.folder)]
    if recipes:
        parts += ["## Recipes", _recipes(recipes)]
    parts += [f"## Options of `{recipe.name}`\n\n{_options(recipe)}" for recipe in recipes]
    for command in _commands(registry, info.name):
        root = click.Context(cli, info_name="multigan", terminal_width=WIDTH, **cli.context_settings)
        loaded = load_object(command.command)
        shown = loaded.get_help(click.Context(loaded, info_name=command.name, parent=root))
        parts.append(f"## `multigan {command.name}`\n\n```text\n{shown.rstrip()}\n```")
    if measured := _measured(info):
        parts += ["## Measured", *measured]
    return "\n\n".join(parts) + "\n"


def _readme(folder: Path) -> str:
    text = (folder / "README.md").read_text(encoding="utf-8")
    text = re.sub(r"\A# .*\n+", "", text)
    text = text.replace("](../../README.md)", "](../index.md)").replace("](../../docs/", "](../")
    text = re.sub(r"\]\(\.\./multigan-([\w-]+)(?:/README\.md)?\)", r"](\1.md)", text)
    return text.strip()


def _recipes(recipes: Iterable[Recipe]) -> str:
    lines = ["| recipe | makes | starts on | steps | batch | scored by | from |", "|---|---|---|---|---|---|---|"]
    for recipe in recipes:
        cells = [
            f"`{recipe.name}`: {_text(recipe.summary)}",
            find_modality(recipe.modality).noun,
            f"`{recipe.data}`",
            f"{recipe.steps:,}",
            recipe.batch_size,
            ", ".join(f"`{metric}`" for metric in recipe.metrics),
            ", ".join(map(_linked, recipe.references)),
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _options(recipe: Recipe) -> str:
    lines = ["| option | default | what it does | values | from |", "|---|---|---|---|---|"]
    for name, option in recipe.options.items():
        source = _linked(option.reference) if option.reference else ""
        lines.append(f"| `{name}` | {_value(option.default)} | {_text(option.help)} | {_values(option)} | {source} |")
    known = data_options(recipe.modality)
    changed = {
        name: value for name, value in recipe.data_options.items() if name in known and value != known[name].default
    }
    told = f"Options of the data are those of [{find_modality(recipe.modality).noun}](../data.md)"
    if changed:
        told += "; here " + ", ".join(f"`{name}` is {_value(value)}" for name, value in changed.items())
    return "\n".join([*lines, "", told + "."]) if recipe.options else told + "."


def _values(option: Option) -> str:
    low, high = option.minimum, option.maximum
    if option.choices:
        return ", ".join(_value(choice) or "empty" for choice in option.choices)
    kind = {bool: "true or false", int: "whole number", float: "number", str: "text"}[option.type]
    if None not in (low, high):
        return f"{kind}, {low:g} to {high:g}"
    if low is not None:
        return f"{kind}, at least {low:g}"
    return kind if high is None else f"{kind}, at most {high:g}"


def _commands(registry, plugin):
    return [each for name, each in registry.commands.items() if registry.owner("command", name) == plugin]


def _measured(info) -> list[str]:
    found = []
    where = {name: page for page, names in _benchmark_pages().items() for name in names}
    for benchmark in MEASURED.get(info.name, ()):
        shown = _own_rows(tables.render(benchmark), info)
        if shown:
            page = where[benchmark].relative_to(ROOT / "docs")
            found.append(f"{shown}\n\nHow it was measured: [{page.stem}](../{page}).")
    return found


def _benchmark_pages() -> Mapping[Path, Iterable[str]]:
    return {
        tables.PAGE: tables.TABLES,
        tables.HEALTH_PAGE: tables.HEALTH_TABLES,
        tables.TRANSLATION_PAGE: tables.TRANSLATION_TABLES,
        tables.ANIMATION_PAGE: tables.ANIMATION_TABLES,
        tables.STUDIO_PAGE: tables.STUDIO_TABLES,
    }


def _own_rows(text: str, info) -> str:
    """The tables of a benchmark without the rows of other plugins' recipes, and without tables that have no own row."""
    named = re.compile(r"\(`([\w-]+)`\) \|")
    names_recipes = bool(named.search(text))
    kept: list[str] = []
    for block in re.split(r"\n\n+", text):
        if block.startswith(("Protocol.", "```")) or not block.strip():
            continue
        if not block.startswith("|"):
            if block.startswith(("#", "Measured", "Runs up to")):
                kept.append(re.sub(r"^### ", "**", block) + ("**" if block.startswith("### ") else ""))
            continue
        rows = block.split("\n")
        own = [row for row in rows[2:] if not (name := named.search(row)) or name[1] in info.recipes]
        if names_recipes and not any(named.search(row) for row in own):
            if kept and kept[-1].startswith("**"):
                kept.pop()
            continue
        kept.append("\n".join([*rows[:2], *own]))
    return "\n\n".join(kept) if any(block.startswith("|") for block in kept) else ""


def _navigation(text: str, names: Iterable[str]) -> str:
    entries = "".join(f"      - {name}: plugins/{name}.md\n" for name in names)
    return re.sub(r"(# begin plugins\n).*?( *# end plugins)", lambda m: m[1] + entries + m[2], text, flags=re.S)


def _filled(path: Path, begin: str, text: str, end: str) -> str:
    """The page with everything between two marks made anew."""
    page = path.read_text(encoding="utf-8")
    if page.count(begin) != 1 or page.count(end) != 1:
        raise click.ClickException(f"{path.name} needs one part {begin} ... {end}")
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"


def _text(text: str) -> str:
    return html.escape(text, quote=False).replace("|", "\\|").replace("*", "\\*").replace("_", "\\_")


def _value(value: Any) -> str:
    typed = as_typed(value)
    return f"`{typed}`" if typed != "" else ""


def _linked(reference: str) -> str:
    if match := re.fullmatch(r"(?:arXiv )?(\d{4}\.\d{4,5})", reference):
        return f"[arXiv {match[1]}](https://arxiv.org/abs/{match[1]})"
    if match := re.fullmatch(r"doi:? ?(10\..*)", reference):
        return f"[{reference}](https://doi.org/{match[1]})"
    return _text(reference)


@click.command()
@click.option("--check", is_flag=True, help="change nothing; fail when a page is stale")
def main(check):
    """Writes the pages."""
    made = pages()
    old = {path for path in FOLDER.glob("*.md") if path not in made}
    stale = [path for path, text in made.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if check and (stale or old):
        names = ", ".join(str(path.relative_to(ROOT)) for path in sorted([*stale, *old]))
        raise click.ClickException(f"stale: {names}; run: python docs/_site/generated.py")
    if not check:
        FOLDER.mkdir(exist_ok=True)
        for path in old:
            path.unlink()
        for path in stale:
            path.write_text(made[path], encoding="utf-8")


if __name__ == "__main__":
    main()
