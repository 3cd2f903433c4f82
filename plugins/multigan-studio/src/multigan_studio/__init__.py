"""The studio: a page on this machine for trained runs. Import-light: what makes it is imported when it is opened."""

from multigan import Command, hookimpl

__all__ = ["register_commands"]


@hookimpl
def register_commands():
    """One command."""
    yield Command(
        name="studio",
        summary="Open a page on this machine to play with runs: paint, mix, mask, listen.",
        command="multigan_studio.command:studio",
    )
