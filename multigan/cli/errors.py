"""Turns every exception into one sentence on stderr and an exit code."""

from __future__ import annotations

import os
import traceback as tracebacks

import click

from multigan.disk import refusal
from multigan.errors import MultiganError

__all__ = ["report"]

INTERRUPTED = 130  # what a shell reports for a process that SIGINT ended


def report(error: BaseException, traceback: bool) -> int:
    """Tells the user what went wrong; returns the exit code."""
    if traceback and not isinstance(error, click.exceptions.NoArgsIsHelpError):
        tracebacks.print_exception(error)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return error.exit_code
    sentence, code = _sentence(error)
    click.echo(f"multigan: error: {sentence}", err=True)
    return code


def _sentence(error: BaseException) -> tuple[str, int]:
    if isinstance(error, MultiganError):
        return str(error), error.exit_code
    if isinstance(error, click.Abort) and isinstance(error.__cause__, EOFError):
        return "stdin ended where an answer was asked for", 1
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        # click makes an Abort of it; the name of a signal that ended a run before its first step stands in the cause.
        cause = error.__cause__ or error
        by = [f"by {cause}"] if str(cause) else []
        return " ".join(["interrupted", *by, *getattr(cause, "__notes__", ())]), INTERRUPTED
    if isinstance(error, click.UsageError):
        return _usage(error), error.exit_code
    if isinstance(error, click.ClickException):
        return error.format_message().rstrip("."), error.exit_code
    if told := refusal(error):
        return told, 1
    if isinstance(error, OSError) and error.filename is not None:
        return f"{os.fspath(error.filename)}: {error.strerror}", 1
    message = " ".join(str(error).split())
    what = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return f"{what}; {_blamed(error)}", 1


def _blamed(error: BaseException) -> str:
    """Whose fault an error may be: that of the plugin whose code it went through."""
    from multigan.blame import within
    from multigan.discovery import find_entries

    plugins = {entry.target.partition(":")[0].partition(".")[0].strip(): entry.name for entry in find_entries()}
    package, place = within(error, plugins)
    if not package:
        return "this is a fault in multigan or a plugin: add --traceback to see where"
    return f"this happened in plugin {plugins[package]} ({place}): add --traceback to see more"


def _usage(error: click.UsageError) -> str:
    """One sentence out of click's two or three, with the command whose help tells more."""
    context = error.ctx
    where = f" (see {context.command_path} --help)" if context is not None else ""
    if isinstance(error, click.NoSuchOption):
        from multigan.recipe import suggest

        name = error.option_name
        if context is not None and context.parent is not None:
            if name in _options(context.find_root()):
                return f"{name} goes before the command: multigan {name} ... {context.info_name} ..."
            return f"{context.command_path} has no option {name}{suggest(name, _options(context))}{where}"
        known = _options(context) if context is not None else error.possibilities or ()
        return f"there is no option {name}{suggest(name, known)}{where}"
    message = error.format_message().rstrip(".")
    return message[:1].lower() + message[1:] + where


def _options(context: click.Context) -> list[str]:
    names = [name for parameter in context.command.get_params(context) for name in parameter.opts]
    return [name for name in names if name.startswith("-")]
