"""`multigan recipes`: what can be trained, and what each recipe can be told."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from multigan.cli.options import RecipeName, json_option, quiet_option
from multigan.cli.output import print_json, print_table
from multigan.cli.shell import current_shell
from multigan.onefile import is_file, load_file, recipe_in
from multigan.recipe import Option, Recipe, as_typed

__all__ = ["recipes"]


@click.command()
@click.argument("name", required=False, type=RecipeName())
@json_option
@quiet_option
def recipes(name: str | None, as_json: bool) -> None:
    """List the recipes, or tell all about one.

    With NAME: its data, steps, batch size and references, and every option that `multigan run -o KEY=VALUE` takes. NAME
    may be the path of a plugin of one file, such as ./my_gan.py.
    """
    shell = current_shell()
    if name is not None:
        plugin, recipe = _found(shell.registry, name)
        description = _describe(plugin, recipe)
        print_json(description) if as_json else _print_one(description)
        return
    rows = [
        {"name": recipe.name, "plugin": plugin, "modality": recipe.modality, "summary": recipe.summary}
        for _, (plugin, recipe) in sorted(shell.registry.recipes.items())
    ]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(("name", "plugin", "modality", "summary"), [list(row.values()) for row in rows])
    else:
        shell.say("no recipe is installed; multigan install dcgan for a first one, or see multigan plugins")


def _found(registry, name: str) -> tuple[str, Recipe]:
    if not is_file(name):
        return registry.recipe(name)
    return recipe_in(registry, load_file(registry, name, os.environ.get("KERAS_BACKEND")))


def _describe(plugin: str, recipe: Recipe) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "plugin": plugin,
        "summary": recipe.summary,
        "modality": recipe.modality,
        "game": recipe.game,
        "data": recipe.data,
        "steps": recipe.steps,
        "batch_size": recipe.batch_size,
        "metrics": list(recipe.metrics),
        "references": list(recipe.references),
        "options": [_option(key, option) for key, option in recipe.options.items()],
        "data_options": [
            {**_option(key, option), "default": option.parse(key, recipe.data_options.get(key, option.default))}
            for key, option in _data_options(recipe).items()
        ],
    }


def _data_options(recipe: Recipe) -> Mapping[str, Option]:
    from multigan.modality import data_options

    return {key: option for key, option in data_options(recipe.modality).items() if key not in recipe.options}


def _option(key: str, option: Option) -> dict[str, Any]:
    return {
        "name": key,
        "type": option.type.__name__,
        "default": option.default,
        "choices": list(option.choices),
        "minimum": option.minimum,
        "maximum": option.maximum,
        "help": option.help,
        "reference": option.reference,
    }


def _print_one(description: Mapping[str, Any]) -> None:
    click.echo(f"{description['name']}: {description['summary']}\n")
    facts = ("plugin", "modality", "data", "steps", "batch_size", "metrics", "references")
    for fact in facts:
        value = description[fact]
        value = ", ".join(value) if isinstance(value, list) else value
        if value != "":
            click.echo(f"  {fact.replace('_', ' '):<12}{value}")
    for title, key in (("Options", "options"), (f"Options of the data ({description['modality']})", "data_options")):
        if description[key]:
            click.echo(f"\n{title}, for -o NAME=VALUE:\n")
            formatter = click.HelpFormatter(max_width=100)
            formatter.indent()
            formatter.write_dl([_row(option) for option in description[key]], col_max=40)
            click.echo(formatter.getvalue(), nl=False)


def _row(option: Mapping[str, Any]) -> tuple[str, str]:
    low, high = option["minimum"], option["maximum"]
    allowed = [option["type"]]
    if option["choices"]:
        allowed = [", ".join(_shown(choice) for choice in option["choices"])]
    elif None not in (low, high):
        allowed.append(f"{low:g} to {high:g}")
    elif (low, high) != (None, None):
        allowed.append(f"at least {low:g}" if high is None else f"at most {high:g}")
    notes = "; ".join(filter(None, [" ".join(allowed), option["reference"]]))
    return f"{option['name']}={_shown(option['default'])}", f"{option['help']} [{notes}]"


def _shown(value: Any) -> str:
    """A value as `-o` takes it; an empty text, and one with a comma, in quotes."""
    if isinstance(value, str):
        return f'"{value}"' if value == "" or "," in value else value
    return as_typed(value)
