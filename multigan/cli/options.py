"""Options that several commands share, and the completion of plugin and recipe names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from multigan.backend import BACKENDS
from multigan.cli.shell import current_shell
from multigan.settings import SETTINGS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = [
    "Place",
    "PluginName",
    "RecipeName",
    "backend_option",
    "checkpoint_option",
    "device_option",
    "json_option",
    "keeping_options",
    "key_value",
    "named_values",
    "quiet_option",
    "setting_option",
    "to_option",
]


class Place(click.Path):
    """A path. A shell expands `~` where it begins a word; in `--out=~/x` it leaves a folder called `~` to be made."""

    def __init__(self, **kwargs):
        super().__init__(path_type=Path, **kwargs)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Returns the path. An empty one, as of a variable that a script forgot, is not the current folder."""
        if not str(value):
            self.fail("it is empty; name a place", param, ctx)
        return super().convert(os.path.expanduser(value), param, ctx)


class RecipeName(click.ParamType):
    """The name of a recipe. Completes in the shell; `Registry.recipe` judges it."""

    name = "name"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Returns the recipes whose names start with `incomplete`, with their summaries."""
        from click.shell_completion import CompletionItem

        recipes = current_shell(ctx).silent_registry.recipes
        return [CompletionItem(n, help=r.summary) for n, (_, r) in sorted(recipes.items()) if n.startswith(incomplete)]


class PluginName(RecipeName):
    """What `--plugin` takes: a plugin, one recipe of a plugin that has several, or the path of a file that is one."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Returns recipes, and plugins that stand for their only recipe, whose names start with `incomplete`."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith((".", "/", "~")):
            return [CompletionItem(incomplete, type="file")]  # a plugin of one file
        items = super().shell_complete(ctx, param, incomplete)
        names = {item.value for item in items}
        for info in current_shell(ctx).silent_registry.plugins:
            if info.name not in names and info.name.startswith(incomplete) and len(info.recipes) == 1:
                items.append(CompletionItem(info.name, help=f"plugin, recipe {info.recipes[0]}"))
        return items


def _be_quiet(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value:
        current_shell(context).quiet = True


def named_values(context, parameter, values):
    """Turns `--ask NAME=VALUE` options into a dict of names and all that was given of each."""
    found = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE")
        if not text.strip():
            raise click.BadParameter(f"nothing stands after {key}=; write the value right behind it, without a blank")
        found.setdefault(key, []).append(text)
    return found


def key_value(context, parameter, values):
    """Turns `-o KEY=VALUE` options into a dict."""
    pairs = {}
    for value in values:
        key, equals, text = value.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{value!r} is not KEY=VALUE")
        pairs[key.strip()] = text.strip()
    return pairs


def setting_option(flag, key, **kwargs):
    """Returns the option of a command that is a setting of runs, `multigan.settings.SETTINGS[key]`."""
    option = SETTINGS[key]
    kind = click.Choice([c for c in option.choices if c]) if option.choices else option.type
    return click.option(
        flag, key, type=kind, default=None, help=option.help[0].upper() + option.help[1:] + ".", **kwargs
    )


# How often a run writes, what it keeps, and when it ends by itself.
KEEPING = {
    "log_every": "N",
    "sample_every": "N",
    "checkpoint_every": "N",
    "keep_checkpoints": "N",
    "keep_best": "METRIC",
    "best_count": "N",
    "patience": "N",
    "recover": "N",
}


def keeping_options(command):
    """Gives a command that trains the options of `KEEPING`, in this order."""
    for key, metavar in reversed(KEEPING.items()):
        command = setting_option(f"--{key.replace('_', '-')}", key, metavar=metavar)(command)
    return command


quiet_option = click.option(
    "-q", "--quiet", is_flag=True, expose_value=False, is_eager=True, callback=_be_quiet, help="Say nothing but errors."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")

to_option = click.option(
    "--to", metavar="PLACE", help="What is to be made out of --data, such as other pictures; short for -o to=PLACE."
)

# Of the commands that open a trained run.
checkpoint_option = click.option(
    "--checkpoint", default="latest", show_default=True, metavar="latest|best|STEP", help="Which weights."
)
backend_option = click.option("--backend", type=click.Choice(BACKENDS), help="By default the run's own.")
device_option = click.option("--device", type=click.Choice(["cpu", "gpu"]), help="By default a gpu where there is one.")
