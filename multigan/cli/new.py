"""`multigan new`: writes a plugin's package."""

import importlib.util
import shlex
import shutil
from pathlib import Path

import click

from multigan.cli.options import Place, json_option, quiet_option
from multigan.cli.output import print_json
from multigan.cli.shell import current_shell
from multigan.kit.names import check_name
from multigan.kit.writing import KINDS, Kit, default_modality, write_plugin

__all__ = ["new"]

# What to type last, by kind: what the plugin is there for.
TRY = {
    "observer": "multigan plugins --check {name}",
    "data": "multigan data check {name}",
}


@click.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(list(KINDS)), default="two-player", show_default=True, help="What it adds.")
@click.option("--modality", metavar="NAME", help="What its samples are: images where the kind has them, points, ...")
@click.option("--out", type=Place(file_okay=False), default=".", help="The folder to make it in; by default this one.")
@json_option
@quiet_option
def new(name: str, kind: str, modality: str | None, out: Path, as_json: bool) -> None:
    """Write a new plugin, a package ready to publish.

    `multigan new mygan` makes the folder multigan-mygan, whose plugin and recipe are mygan. It works at once and passes
    its own tests. Nothing that is there is replaced.

    To try something in one file, without a package: multigan run --plugin ./my_gan.py
    """
    shell = current_shell()
    kit = Kit(name, kind, default_modality(kind, modality))
    check_name(name, _taken(shell.silent_registry))
    written = write_plugin(kit, out)
    folder = out / kit.folder
    steps = [
        f"cd {shlex.quote(str(folder))} && {_pip()} install -e '.[test]'",
        "python -m pytest",
        TRY.get(kind, "multigan run --plugin {name}").format(name=name),
    ]
    if as_json:
        print_json({"folder": str(folder), "files": [path.as_posix() for path in written], "next": steps})
        return
    for path in written:
        click.echo(folder / path)
    shell.say(f"wrote {folder}: {KINDS[kind]}; next:")
    for step in steps:
        shell.say(f"  {step}")


def _pip() -> str:
    """What installs here: an environment that uv made has no pip."""
    return "python -m pip" if importlib.util.find_spec("pip") or not shutil.which("uv") else "uv pip"


def _taken(registry) -> dict[str, str]:
    """Who has a name, in words."""
    recipes = {recipe: f"a recipe of the plugin {plugin}" for recipe, (plugin, _) in registry.recipes.items()}
    data = {name: f"a data set of {registry.owner('dataset', name)}" for name in registry.datasets}
    return data | recipes | {info.name: f"the plugin of {info.package} {info.version}" for info in registry.plugins}
