"""`multigan plugins`: what is installed, and what is wrong with it."""

import click

from multigan.cli.options import json_option, quiet_option
from multigan.cli.output import print_json, print_table
from multigan.cli.shell import current_shell

__all__ = ["plugins"]

COLUMNS = ("name", "package", "version", "status", "reason", "recipes")
STYLES = {"ok": "green", "broken": "red", "conflict": "red", "incompatible": "red", "blocked": "yellow"}


@click.command()
@json_option
@quiet_option
def plugins(as_json: bool) -> None:
    """List the plugins and how they are.

    The status is ok, broken (it cannot be loaded), conflict (two packages offer the name), incompatible (it needs
    another version of multigan) or blocked (by --no-plugin or MULTIGAN_PLUGINS).
    """
    shell = current_shell()
    registry = shell.silent_registry  # not shell.registry: the table says what is wrong
    for note in registry.notes:
        shell.say(f"multigan: {note}")
    rows = [{column: getattr(info, column) for column in COLUMNS} for info in registry.plugins]
    if as_json:
        print_json(rows)
    elif rows:
        cells = [[", ".join(v) if c == "recipes" else v for c, v in row.items()] for row in rows]
        print_table(COLUMNS, cells, STYLES)
    else:
        shell.say("no plugin is installed; pip install multigan-dcgan for a first one")
