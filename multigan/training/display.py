"""What a run tells its user; this one is silent, the command line has a live one."""

from typing import Any

from multigan.progress import Progress

__all__ = ["Display"]


class Display:
    """Receives a run's news. Override what you show.

    Attributes:
        work: is told what is being done besides steps, such as reading the data or scoring a checkpoint.
    """

    work = Progress()

    def say(self, line: str) -> None:
        """A line that matters: a warning, a finding."""

    def close(self) -> None:
        """The run has ended, in whatever way."""

    def started(self, run: Any) -> None:
        """The run is about to take its first step."""

    def progress(self, run: Any, shown: dict) -> None:
        """After every step: `steps_per_second`, `samples_per_second` and the last log `line`."""

    def logged(self, run: Any, line: dict) -> None:
        """A log line was written."""
