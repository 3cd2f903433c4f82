"""The outermost command group: knows its commands by name and summary, and imports one when it is called."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from multigan.cli.shell import Shell, current_shell
from multigan.commands import COMMANDS
from multigan.errors import UsageError

# `multigan --help` pays for every import above; what only some calls need is imported where it is needed.
if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from multigan.plugins import Registry

__all__ = ["LazyGroup"]


class LazyGroup(click.Group):
    """The core's commands and those that plugins register; a plugin's command never takes the place of the core's.

    Plugins are imported only for a name that the core does not have, and for `--help` those whose source mentions
    `register_commands`. So help stays fast, a broken plugin cannot spoil it, and a plugin's commands are still listed.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the options before the command; `--no-plugin` counts for `--help` wherever it stands."""
        given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        shell = current_shell(ctx)
        shell.blocked = tuple(given.get("no_plugin") or ())
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names of all commands, the core's first."""
        return [*COMMANDS, *sorted(self._plugin_commands(ctx))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports and returns a command; None when there is none of that name.

        Raises:
            UsageError: a plugin registered the command, and it cannot be imported.
        """
        from multigan.recipe import load_object

        if cmd_name in COMMANDS:
            return load_object(COMMANDS[cmd_name][0])
        registry = _registry(ctx)
        if cmd_name not in registry.commands:
            return None
        where = f"command {cmd_name} of plugin {registry.owner('command', cmd_name)}"
        try:
            command = load_object(registry.commands[cmd_name].command)
        except (Exception, SystemExit) as error:
            if ctx.resilient_parsing:
                return None
            raise UsageError(f"{where} cannot be loaded: {type(error).__name__}: {error}") from error
        if not isinstance(command, click.Command) and not ctx.resilient_parsing:
            raise UsageError(f"{where} is no click.Command: {registry.commands[cmd_name].command}")
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]):
        """Finds the command that the first word names, or says which one it may have been."""
        name = args[0]
        if name.startswith("-") or ctx.resilient_parsing or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        from multigan.command_line import command_line
        from multigan.recipe import suggest

        registry = current_shell(ctx).registry
        if name in registry.recipes or any(info.name == name for info in registry.plugins):
            raise UsageError(f"{name} is no command but a plugin; to train it: {command_line('run', '--plugin', name)}")
        known = dict.fromkeys([*COMMANDS, *registry.commands])
        raise UsageError(f"there is no command {name}{suggest(name, known)} (commands: {', '.join(known)})")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the summaries that the commands were registered with, so that nothing is imported for them."""
        summaries = {name: summary for name, (_, summary) in COMMANDS.items()}
        for title, rows in (("Commands", summaries), ("Commands of plugins", self._plugin_commands(ctx))):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(list(rows.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Returns commands with their summaries, and options."""
        from click.shell_completion import CompletionItem

        summaries = {name: summary for name, (_, summary) in COMMANDS.items()} | self._plugin_commands(ctx)
        items = [CompletionItem(name, help=text) for name, text in summaries.items() if name.startswith(incomplete)]
        return items + click.Command.shell_complete(self, ctx, incomplete)

    def _plugin_commands(self, ctx: click.Context) -> dict[str, str]:
        from multigan.discovery import block, find_entries, mentions

        shell = current_shell(ctx)
        entries = [entry for entry in find_entries() if not block(entry.name, shell.blocked, shell.environ)]
        with_commands = {entry.name for entry in entries if mentions(entry, "register_commands")}
        if not with_commands:
            return {}
        others = {entry.name for entry in entries} - with_commands
        found = _registry(ctx, replace(shell, blocked=(*shell.blocked, *sorted(others))))
        return {name: command.summary for name, command in sorted(found.commands.items()) if name not in COMMANDS}


def _registry(ctx: click.Context, shell: Shell | None = None) -> Registry:
    shell = shell or current_shell(ctx)
    # Completion runs in the middle of a line that the user is typing: nothing may be said there.
    return shell.silent_registry if ctx.resilient_parsing else shell.registry
