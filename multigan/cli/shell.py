"""What every command shares: the loaded plugins, and how to talk to the user."""

from __future__ import annotations

from dataclasses import dataclass

import click

from multigan.api.host import Host

__all__ = ["Shell", "current_shell"]


@dataclass
class Shell(Host):
    """One invocation of the command line: `blocked` are the plugins that `--no-plugin` names."""

    flags = True

    def say(self, message: str) -> None:
        """Writes talk: to stderr, and only when nobody asked for quiet."""
        if not self.quiet:
            click.echo(message, err=True)


def current_shell(context: click.Context | None = None) -> Shell:
    """Returns the shell of this invocation, which hangs on the outermost click context."""
    root = (context or click.get_current_context()).find_root()
    if not isinstance(root.obj, Shell):
        root.obj = Shell()
    return root.obj
