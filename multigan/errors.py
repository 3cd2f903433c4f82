"""Errors that a user can mend: one sentence with the thing, the place and the mend."""

__all__ = ["DataError", "MultiganError", "PluginError", "RunFailedError", "UsageError", "WorkerLostError"]


class MultiganError(Exception):
    """Base of all errors that the command line prints as one sentence, without a traceback."""

    exit_code = 1


class UsageError(MultiganError):
    """The request itself is wrong: an unknown plugin, an option out of range, a refused resume. Exit code 2."""

    exit_code = 2


class DataError(UsageError):
    """The data cannot be trained on: missing, empty, damaged or of the wrong shape. Exit code 2."""


class RunFailedError(MultiganError):
    """A run that had started could not go on: a loss that is not finite, a full disk. Exit code 1."""


class WorkerLostError(RunFailedError):
    """One of the processes that train a run together has gone, or a machine with it: the run can go on elsewhere."""


class PluginError(MultiganError):
    """A plugin does not keep what it promised, such as a game without a method that every game has. Exit code 1."""
