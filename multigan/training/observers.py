"""Calls the run hooks of plugins, on the host; an observer that raises is reported and detached."""

import signal
from collections.abc import Callable

import pluggy

from multigan import blame
from multigan.errors import RunFailedError
from multigan.guard import guarded

__all__ = ["Observers"]


class Observers:
    """The plugins that watch a run.

    Args:
        manager: with the plugins registered.
        talk: takes a line for the user.
        strict: let an observer's exception end the run.

    Attributes:
        failed: whether an observer raised; the exit code is then 3.
    """

    def __init__(self, manager: pluggy.PluginManager, talk: Callable[[str], None], strict: bool = False):
        self._manager, self._talk, self._strict = manager, talk, strict
        self._detached, self._undone = set(), set()
        self.failed = False

    def notify(self, hook: str, **arguments) -> None:
        """Calls every attached implementation of a run hook with the arguments that it asks for.

        `run_finished` also goes to those that were detached: what they opened is theirs to close.

        Raises:
            RunFailedError: an observer raised, and `strict` is set; all the others were called, too. An error that
                ended the run, which `run_finished` is told of, is never replaced by one of an observer.
        """
        strict, failure = self._strict and arguments.get("error") is None, None
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            name = implementation.plugin_name
            if name in self._detached and hook != "run_finished":
                continue
            try:
                with guarded() as changed:
                    implementation.function(*(arguments[argument] for argument in implementation.argnames))
            except BaseException as error:  # SystemExit, too: sys.exit() in an observer must not end the run
                if _is_ctrl_c(error):
                    raise
                self.failed = True
                told = blame.told(error, blame.package_of(implementation.plugin))
                if strict and failure is None:
                    failure = RunFailedError(
                        f"plugin {name} failed in {hook}: {told}; mend it, or go on without --strict"
                    )
                    failure.__cause__ = error
                else:
                    detached = "" if hook == "run_finished" else " and is detached"
                    self._talk(f"warning: plugin {name} failed in {hook}{detached}: {told}")
                self._detached.add(name)
            self._tell_undone(name, hook, changed)
        if failure is not None:
            raise failure

    def _tell_undone(self, name, hook, changed):
        for what in changed:
            if (name, what) not in self._undone:
                self._undone.add((name, what))
                self._talk(f"warning: plugin {name} changes {what} in {hook}; that is undone")


def _is_ctrl_c(error: BaseException) -> bool:
    """Whether the user wants the process to end; in training, Ctrl-C raises nothing, but asks for a stop."""
    return isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) is signal.default_int_handler
