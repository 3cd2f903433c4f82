"""The outermost command group: knows its commands by name and summary, and imports one when it is called."""

from __future__ import annotations

from collections.abc import Mapping

import click
from click.shell_completion import CompletionItem

from multigan.builtin import COMMANDS
from multigan.cli.shell import current_shell
from multigan.errors import UsageError
from multigan.recipe import Command, load_object, suggest

__all__ = ["LazyGroup"]

BUILT_IN = {command.name: command for command in COMMANDS}


class LazyGroup(click.Group):
    """The core's commands and those that plugins register; a plugin's command never takes the place of the core's.

    Plugins are imported only for a name that the core does not have, and for `--help` when a plugin's source mentions
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
        return [*BUILT_IN, *sorted(self._plugin_commands(ctx))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports and returns a command; None when there is none of that name.

        Raises:
            UsageError: a plugin registered the command, and it cannot be imported.
        """
        if cmd_name in BUILT_IN:
            return load_object(BUILT_IN[cmd_name].command)
        registry = current_shell(ctx).registry if not ctx.resilient_parsing else current_shell(ctx).plugins
        if cmd_name not in registry.commands:
            return None
        where = f"command {cmd_name} of plugin {registry.owner('command', cmd_name)}"
        try:
            command = load_object(registry.commands[cmd_name].command)
        except Exception as error:
            raise UsageError(f"{where} cannot be loaded: {type(error).__name__}: {error}") from error
        if not isinstance(command, click.Command):
            raise UsageError(f"{where} is no click.Command: {registry.commands[cmd_name].command}")
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]):
        """Finds the command that the first word names, or says which one it may have been."""
        name = args[0]
        if name.startswith("-") or ctx.resilient_parsing or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        registry = current_shell(ctx).registry
        if name in registry.recipes or any(info.name == name for info in registry.plugins):
            raise UsageError(f"{name} is no command but a plugin; did you mean multigan run --plugin {name}?")
        known = dict.fromkeys([*BUILT_IN, *registry.commands])
        raise UsageError(f"there is no command {name}{suggest(name, known)} (commands: {', '.join(known)})")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the summaries that the commands were registered with, so that nothing is imported for them."""
        for title, commands in (("Commands", BUILT_IN), ("Commands of plugins", self._plugin_commands(ctx))):
            if commands:
                with formatter.section(title):
                    formatter.write_dl([(name, command.summary) for name, command in commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Returns commands with their summaries, and options."""
        commands = {**BUILT_IN, **self._plugin_commands(ctx)}
        items = [CompletionItem(n, help=c.summary) for n, c in commands.items() if n.startswith(incomplete)]
        return items + click.Command.shell_complete(self, ctx, incomplete)

    def _plugin_commands(self, ctx: click.Context) -> Mapping[str, Command]:
        from multigan.discovery import block, find_entries, mentions

        shell = current_shell(ctx)
        entries = [entry for entry in find_entries() if not block(entry.name, shell.blocked, shell.environ)]
        if not any(mentions(entry, "register_commands") for entry in entries):
            return {}
        registry = shell.plugins if ctx.resilient_parsing else shell.registry
        return {name: command for name, command in sorted(registry.commands.items()) if name not in BUILT_IN}
