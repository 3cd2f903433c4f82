"""Calls the run hooks of plugins, on the host; an observer that raises is reported once and detached."""

from collections.abc import Callable

import pluggy

__all__ = ["Observers"]


class Observers:
    """The plugins that watch a run.

    Args:
        manager: with the plugins registered.
        talk: takes a line for the user.
        strict: let an observer's exception end the run.
    """

    def __init__(self, manager: pluggy.PluginManager, talk: Callable[[str], None], strict: bool = False):
        self._manager, self._talk, self._strict = manager, talk, strict
        self._detached = set()

    @property
    def failed(self) -> bool:
        """Whether an observer raised; the exit code is then 3."""
        return bool(self._detached)

    def notify(self, hook: str, **arguments) -> None:
        """Calls every attached implementation of a run hook with the arguments that it asks for."""
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            name = implementation.plugin_name
            if name in self._detached:
                continue
            try:
                implementation.function(*(arguments[argument] for argument in implementation.argnames))
            except (Exception, SystemExit) as error:  # sys.exit() in an observer must not end the run
                if self._strict:
                    raise
                self._detached.add(name)
                self._talk(f"warning: plugin {name} failed in {hook} and is detached: {type(error).__name__}: {error}")
