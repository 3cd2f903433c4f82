"""`multigan plugins`: what is installed, and what is wrong with it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from multigan.cli.options import json_option, quiet_option
from multigan.cli.output import print_json, print_table
from multigan.cli.shell import current_shell
from multigan.errors import UsageError
from multigan.recipe import suggest

if TYPE_CHECKING:
    from multigan.plugins import Registry

__all__ = ["plugins"]

COLUMNS = ("name", "package", "version", "status", "reason", "recipes")
STYLES = {"ok": "green", "broken": "red", "conflict": "red", "incompatible": "red", "blocked": "yellow"}


@click.command()
@click.option(
    "--check",
    "names",
    metavar="NAME",
    multiple=True,
    help="Look for all that is wrong with this plugin, importing its code. May be repeated.",
)
@json_option
@quiet_option
def plugins(names: tuple[str, ...], as_json: bool) -> None:
    """List the plugins and how they are.

    The status is ok, broken (it cannot be loaded), conflict (two packages offer the name), incompatible (it needs
    another version of multigan) or blocked (by --no-plugin or MULTIGAN_PLUGINS).

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
        cells = [[", ".join(v) if c == "recipes" else v for c, v in row.items()] for row in rows]
        print_table(COLUMNS, cells, STYLES)
    else:
        shell.say("no plugin is installed; pip install multigan-dcgan for a first one")


def _check(names: tuple[str, ...], registry: Registry, as_json: bool) -> None:
    from multigan.checking import light_faults

    installed = {info.name for info in registry.plugins}
    for name in names:
        if name not in installed:
            raise UsageError(f"--check {name}: no plugin is called that{suggest(name, installed)}")
    rows, faulty = [], False
    for info in (info for name in dict.fromkeys(names) for info in registry.plugins if info.name == name):
        faults = light_faults(info, registry)
        faulty |= bool(faults)
        rows.append({"name": info.name, "package": info.package, "version": info.version, "status": info.status})
        rows[-1]["faults"] = [asdict(fault) for fault in faults]
        if not as_json:
            count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}" if faults else "nothing is wrong with it"
            click.echo(f"{info.name} ({info.package} {info.version}): {count}")
            for fault in faults:
                click.echo(f"  {fault}")
    if as_json:
        print_json(rows)
    if faulty:
        raise SystemExit(2)
