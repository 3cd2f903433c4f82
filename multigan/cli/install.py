"""`multigan install` and `multigan uninstall`: plugins in the environment that runs multigan."""

from __future__ import annotations

import importlib
import shlex
import sys
from collections.abc import Sequence

import click

from multigan.cli.options import quiet_option
from multigan.cli.shell import Shell, current_shell
from multigan.command_line import command_line
from multigan.errors import UsageError
from multigan.installing import environment, running
from multigan.installing.names import distributions_of, requirement_of

__all__ = ["install", "uninstall"]

yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--upgrade", is_flag=True, help="Take newer versions of what is installed.")
@click.option("--find-links", "places", multiple=True, metavar="PLACE", help="A folder of wheels. May be repeated.")
@click.option("--no-index", "offline", is_flag=True, help="Look for packages in these folders alone.")
@yes_option
@quiet_option
def install(names: tuple[str, ...], upgrade: bool, places: tuple[str, ...], offline: bool, yes: bool) -> None:
    """Install plugins.

    `multigan install cyclegan` puts the package multigan-cyclegan where multigan itself is, by uv or pip, whichever
    made that place. The command is shown first, and nothing is done before you say yes. A NAME may have a version,
    "cyclegan>=0.2", or be the path of a wheel or of a package's folder.

    A plugin is code that runs on this machine: install those that you trust.
    """
    shell = current_shell()
    if offline and not places:
        raise UsageError("--no-index leaves nowhere to look; give a folder of wheels, too: --find-links FOLDER")
    requirements = list(dict.fromkeys(map(requirement_of, names)))
    here = environment.this_environment()
    before = {(info.name, info.version) for info in shell.silent_registry.plugins}
    _do(shell, here.install(requirements, upgrade, list(places), offline), yes, requirements, "installed", here.note)
    _tell_new(shell, before)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@yes_option
@quiet_option
def uninstall(names: tuple[str, ...], yes: bool) -> None:
    """Uninstall plugins.

    What was trained with one stays, and can be sampled again once the plugin is back. The command is shown first, and
    nothing is done before you say yes.
    """
    shell = current_shell()
    packages = distributions_of(names, shell.silent_registry)
    for package, plugins in packages.items():
        if others := sorted(set(plugins) - set(names) - {package}):
            shell.say(f"{package} has {', '.join(others)} as well")
    _do(shell, environment.this_environment().uninstall(list(packages)), yes, list(packages), "uninstalled")
    shell.say(f"uninstalled {', '.join(packages)}")


def _do(shell: Shell, command: list[str], yes: bool, packages: Sequence[str], done: str, note: str = "") -> None:
    """Shows a command, asks, and runs it."""
    click.echo(shlex.join(command), err=True)
    if note:
        shell.say(note)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody is here to say yes; run it again with --yes")
        if not click.confirm("Run this?", default=True, err=True):
            raise click.ClickException(f"nothing was {done}")
    code, said = running.run_installer(command, shell.say)
    if code:
        raise running.InstallerError(running.failure(said, packages, code))


def _tell_new(shell: Shell, before: set[tuple[str, str]]) -> None:
    """Says what plugins there are now and how they are."""
    from multigan.plugins import load_plugins

    importlib.invalidate_caches()
    now = load_plugins(shell.blocked, shell.environ).plugins
    found = [info for info in now if (info.name, info.version) not in before]
    for info in found:
        if info.status == "ok":
            what = f"recipes {', '.join(info.recipes)}" if info.recipes else "no recipe"
            shell.say(f"installed {info.name} ({info.package} {info.version}): {what}")
        else:
            shell.say(info.complaint or f"plugin {info.name} is blocked: {info.reason}")
    if not found:
        shell.say("nothing is new: it was installed already; --upgrade looks for newer versions")
    elif first := next((info for info in found if info.recipes), None):
        shell.say(f"next: {command_line('recipes', first.recipes[0])}")
    if any(info.complaint for info in found):
        raise SystemExit(1)
