"""`multigan run --coordinator HOST:PORT --process I --workers N`: one of several that something else starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import NoReturn

from multigan.cli.errors import report
from multigan.cli.shell import Shell
from multigan.errors import UsageError
from multigan.training.configuration import RunConfig, Worker
from multigan.training.crew import split_address

__all__ = ["check_worker", "end_worker", "worker_of"]


def worker_of(coordinator: str | None, process: int | None) -> Worker | None:
    """Returns which worker this process is; None where it is none that something else starts.

    Raises:
        UsageError: only one of both is given, or the address is none.
    """
    if coordinator is None and process is None:
        return None
    if coordinator is None:
        raise UsageError(f"--process {process}: give --coordinator HOST:PORT, too, where worker 0 listens")
    if process is None:
        raise UsageError(f"--coordinator {coordinator}: give --process, too, which of the workers this is")
    split_address(coordinator)
    return Worker(coordinator, process)


def check_worker(config: RunConfig) -> None:
    """Raises `UsageError` where there is no such worker."""
    process, count = config.worker.process, config["workers"]
    if config.settings["ray"].origin == "flag" and config["ray"]:
        raise UsageError(
            f"--ray {config['ray']}: Ray starts the workers by itself; leave --coordinator and --process out"
        )
    if count == 1:
        raise UsageError(f"--process {process}: give --workers N, too, how many there are")
    if process >= count:
        raise UsageError(f"--process {process}: with --workers {count} it is 0 to {count - 1}")


def end_worker(train: Callable[[], int], shell: Shell) -> NoReturn:
    """Trains, and ends the process at once: at Python's own end JAX would wait for processes that may have gone."""
    try:
        code = train()
    except BaseException as error:
        code = report(error, shell.traceback)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
