"""The command line: `multigan COMMAND`. Every command's module is imported when the command is called, not before."""

import sys
from collections.abc import Sequence

import click

from multigan.cli.errors import report
from multigan.cli.group import LazyGroup
from multigan.cli.options import quiet_option
from multigan.cli.shell import Shell
from multigan.terminal.streams import guarded_streams

__all__ = ["cli", "main"]


def _show_version(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from multigan.version import version

        click.echo(f"multigan {version()}")
        context.exit()


def _complete_plugins(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from multigan.discovery import find_entries

    return sorted({entry.name for entry in find_entries() if entry.name.startswith(incomplete)})


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Print the version."
)
@click.option(
    "--no-plugin",
    metavar="NAME",
    multiple=True,
    expose_value=False,
    shell_complete=_complete_plugins,
    help="Leave out this plugin, without importing it. May be repeated.",
)
@click.option(
    "--traceback",
    is_flag=True,
    expose_value=False,
    help="Show the Python traceback of an error. Goes after the command, too.",
)
@quiet_option
def cli() -> None:
    """Train a GAN on your own images, sounds, texts or animations."""


def main(args: Sequence[str] | None = None) -> None:
    """Runs the command line and exits: 0 done, 1 failed, 2 usage, 3 done but an observer failed, 130 interrupted.

    Args:
        args: the words after `multigan`; None takes them from `sys.argv`.
    """
    words = list(sys.argv[1:] if args is None else args)
    end = words.index("--") if "--" in words else len(words)
    traceback = "--traceback" in words[:end]
    words[:end] = [word for word in words[:end] if word != "--traceback"]
    with guarded_streams():
        try:
            # A command returns its exit code, or None for 0.
            code = cli.main(words, prog_name="multigan", standalone_mode=False, obj=Shell(traceback=traceback))
            sys.stdout.flush()
        except (Exception, KeyboardInterrupt) as error:
            code = report(error, traceback)
    sys.exit(code if type(code) is int else 0)
