"""Writes the generated parts of docs/cli.md: `python -m multigan.cli.reference docs/cli.md`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from multigan.cli import cli
from multigan.cli.shell import Shell
from multigan.commands import COMMANDS

__all__ = ["renew"]

WIDTH = 80  # columns of the help, whatever terminal writes the page


def renew(page: str) -> str:
    """Returns the page with everything between `<!-- generated: NAME -->` and `<!-- end -->` made anew."""
    parts = {"commands": _commands, "settings": _settings, "variables": _variables}
    for name, make in parts.items():
        pattern = rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)"
        page, count = re.subn(pattern, lambda match, make=make: match[1] + make() + match[2], page, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"the page needs one part <!-- generated: {name} --> ... <!-- end -->, and has {count}")
    return page


def _commands() -> str:
    # Without plugins, whose commands would make the page differ from machine to machine.
    alone = Shell(environ={"MULTIGAN_PLUGINS": ""})
    root = click.Context(cli, info_name="multigan", terminal_width=WIDTH, obj=alone, **cli.context_settings)
    blocks = [_help(root)]
    for name in COMMANDS:
        blocks += _tree(click.Context(cli.get_command(root, name), info_name=name, parent=root))
    return "\n".join(blocks)


def _tree(context: click.Context) -> list[str]:
    children = getattr(context.command, "commands", {})
    contexts = [click.Context(command, info_name=name, parent=context) for name, command in sorted(children.items())]
    return [_help(context), *(block for child in contexts for block in _tree(child))]


def _help(context: click.Context) -> str:
    return f"### {context.command_path}\n\n```text\n{context.get_help().rstrip()}\n```\n"


def _settings() -> str:
    from multigan.settings import SETTINGS

    rows = ["| flag | variable | in the file | built-in default |", "|---|---|---|---|"]
    for name, option in SETTINGS.items():
        flag = "`--jit`, `--no-jit`" if name == "jit" else f"`--{name.replace('_', '-')}`"
        default = "" if option.default == "" else f"`{option.default}`"
        rows.append(f"| {flag} | `MULTIGAN_{name.upper()}` | `{name}` | {default} |".replace("|  |", "| |"))
    return "\n".join(rows) + "\n"


def _variables() -> str:
    from multigan.environment import OPTION_PREFIX, VARIABLES

    told = {f"{OPTION_PREFIX}NAME": "the option NAME of the recipe or its data", **VARIABLES}
    rows = [f"| `{name}` | {meaning} |" for name, meaning in told.items()]
    return "\n".join(["| variable | what it does |", "|---|---|", *rows]) + "\n"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(renew(path.read_text(encoding="utf-8")), encoding="utf-8")
