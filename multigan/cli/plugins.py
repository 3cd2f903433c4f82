"""`multigan plugins`: what is installed, and what is wrong with it."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

import click

from multigan.cli.options import json_option, quiet_option
from multigan.cli.output import print_json, print_table
from multigan.cli.shell import current_shell
from multigan.errors import UsageError
from multigan.onefile import is_file
from multigan.plugins import PluginInfo
from multigan.recipe import suggest

if TYPE_CHECKING:
    from multigan.plugins import Registry

__all__ = ["plugins"]

COLUMNS = ("name", "package", "version", "status", "reason", "recipes", "hooks")
STYLES = {"ok": "green", "broken": "red", "conflict": "red", "incompatible": "red", "blocked": "yellow"}


@click.command()
@click.option(
    "--check",
    "names",
    metavar="NAME",
    multiple=True,
    help="Look for what is wrong with this plugin, importing its code; or with a plugin of one file, by its path. May "
    "be repeated.",
)
@json_option
@quiet_option
def plugins(names: tuple[str, ...], as_json: bool) -> None:
    """List the plugins and how they are.

    The status is ok, broken (it cannot be loaded), conflict (two packages offer the name), incompatible (it needs
    another version of multigan) or blocked (by --no-plugin or MULTIGAN_PLUGINS). The hooks are what it takes part in:
    what it registers, and what it is told of in every run.

    An ok plugin may still name what is not there: --check finds it, tells the line to mend, and exits with 2.
    """
    shell = current_shell()
    registry = shell.silent_registry  # not shell.registry: the table says what is wrong
    for note in registry.notes:
        shell.say(f"multigan: {note}")
    if names:
        _check(names, registry, as_json)
        return
    rows = [{column: getattr(info, column) for column in COLUMNS} for info in registry.plugins]
    if as_json:
        print_json(rows)
    elif rows:
        cells = [[_cell(value) for value in row.values()] for row in rows]
        print_table(COLUMNS, cells, STYLES)
    else:
        shell.say("no plugin is installed; multigan install dcgan for a first one")


def _cell(value: str | tuple[str, ...]) -> str:
    """A table's cell; of a register hook what it registers is name enough."""
    return value if isinstance(value, str) else ", ".join(each.removeprefix("register_") for each in value)


def _check(names: tuple[str, ...], registry: Registry, as_json: bool) -> None:
    from multigan.checking import light_faults, seen_by_a_process

    installed = {info.name for info in registry.plugins}
    for name in names:
        if is_file(name) and not os.path.isfile(os.path.expanduser(name)):
            raise UsageError(f"--check {name}: no file is there")
        if not is_file(name) and name not in installed:
            raise UsageError(f"--check {name}: no plugin is called that{suggest(name, installed)}")
    files = {name: PluginInfo(name, "one file", "", "ok") for name in names if is_file(name)}
    rows, faulty = [], False
    for info in (
        info
        for name in dict.fromkeys(names)
        for info in (files.get(name), *registry.plugins)
        if info and info.name == name
    ):
        if info.name in files:
            faults = seen_by_a_process("file", os.path.expanduser(info.name))
            if any(fault.check == "loads" for fault in faults):
                info = dataclasses.replace(info, status="broken")
        else:
            faults = light_faults(info, registry)
        faulty |= bool(faults)
        rows.append({"name": info.name, "package": info.package, "version": info.version, "status": info.status})
        rows[-1]["faults"] = [dataclasses.asdict(fault) for fault in faults]
        if not as_json:
            count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}" if faults else "nothing is wrong with it"
            click.echo(f"{info.name} ({f'{info.package} {info.version}'.strip()}): {count}")
            for fault in faults:
                click.echo(f"  {fault}")
    if as_json:
        print_json(rows)
    if faulty:
        raise SystemExit(2)
