"""Shows what a command is doing and how long it will take: a bar on a terminal, plain lines elsewhere, on stderr."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from multigan.progress import Progress
from multigan.terminal.streams import Guarded

__all__ = ["BarProgress", "Pace", "PlainProgress", "clock_time", "show_progress", "work_stream"]

# Seconds until a plain line tells what is being done; the wait doubles with each, up to the longest.
FIRST, LONGEST = 5.0, 60.0


@contextmanager
def show_progress(quiet: bool) -> Iterator[Progress]:
    """Yields what suits stderr: a bar that is gone at the end, plain lines, or what tells nobody."""
    if quiet:
        yield Progress()
        return
    with work_stream() as stream:
        console = Console(file=stream, highlight=False)
        with BarProgress(console) if console.is_terminal else PlainProgress(stream) as progress:
            yield progress


@contextmanager
def work_stream() -> Iterator[TextIO]:
    """Yields stderr, also while it is held back from libraries: what is being done is shown even then."""
    try:
        if Console(file=sys.stderr).is_jupyter:
            raise ValueError("its file is that of the server, which nobody reads")
        descriptor = os.dup(sys.stderr.fileno())
    except (OSError, ValueError):  # no file of the system's, as in tests
        yield sys.stderr
        return
    with open(descriptor, "w", encoding=sys.stderr.encoding, errors="backslashreplace", buffering=1) as stream:
        yield Guarded(stream, talk=True)


class Pace(Progress):
    """Keeps what is being done, and estimates how long the rest will take.

    After a whole round the others are taken to last as long as those so far did on average. Before that, and where
    there are no rounds, the estimate is for the current part alone: what is left of it at the speed that it has had.

    Args:
        clock: returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._what, self._done, self._total, self._from = "", 0, 0, 0
        self._since = self._seen = clock()
        self._rounds, self._round, self._of_round = 0, 0, ""
        self._first = self._begun = 0.0  # when the first round began, and when this one did

    def part(self, what, done=0, total=0):
        """Takes up a part, or goes on with it."""
        now = self._clock()
        if what != self._what or done < self._done:
            self._what, self._from, self._since = what, done, now
        self._done, self._total, self._seen = done, total, now

    def expect(self, rounds):
        """Takes up how many rounds are to come."""
        self._rounds, self._round = rounds, 0

    def round(self, what):
        """Begins the next round; where none are expected, there are none."""
        if self._rounds:
            self._begun = self._clock()
            self._first = self._begun if not self._round else self._first
            self._round, self._of_round = self._round + 1, what

    @property
    def told(self) -> str:
        """What is being done, with counts: `step 20, seed 1 (2 of 6), generated samples: 256 of 1,000`."""
        counts = f": {self._done:,} of {self._total:,}" if self._total else ""
        rounds = f"{self._of_round} ({self._round:,} of {max(self._rounds, self._round):,}), " if self._round else ""
        return f"{rounds}{self._what}{counts}" if self._what else ""

    @property
    def time(self) -> str:
        """How long it will take, or, while nothing tells that, how long the current part has taken."""
        left, whole = self._left()
        if left is None:
            return f"{clock_time(self._clock() - self._since)} so far"
        return f"about {clock_time(left)} left" + ("" if whole or not self._round else " of this")

    def _left(self) -> tuple[float | None, bool]:
        """Seconds, and whether they are those of everything or of the current part alone."""
        now, part = self._clock(), None
        if self._total and self._done > self._from:
            speed = (self._done - self._from) / max(self._seen - self._since, 1e-9)
            part = max(0.0, (self._total - self._done) / speed - (now - self._seen))
        finished = self._round - 1
        if finished < 1:
            return part, False
        each = (self._begun - self._first) / finished
        current = max(each - (now - self._begun), part or 0.0)
        return current + each * max(0, self._rounds - self._round), True


class PlainProgress(Pace):
    """Writes a line from time to time: the first after some seconds, so that what is soon done is done without a word.

    Args:
        stream: that lines are written to.
        clock: returns seconds.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic):
        super().__init__(clock)
        self._stream, self._wait, self._over = stream, FIRST, threading.Event()
        self._due = clock() + FIRST

    def tick(self) -> None:
        """Writes a line if it is time for one."""
        if self._clock() >= self._due and self.told:
            self._wait = min(2 * self._wait, LONGEST)
            self._due = self._clock() + self._wait
            self._stream.write(f"{self.told}, {self.time}\n")
            self._stream.flush()

    def hold(self) -> None:
        """Puts off the next line, as another one has just told how far the work is."""
        self._wait = LONGEST
        self._due = self._clock() + self._wait

    def __enter__(self) -> PlainProgress:
        """Looks every second whether a line is due, whatever the work is busy with."""
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *error) -> None:
        """Ends that."""
        self._over.set()

    def _watch(self):
        while not self._over.wait(1.0):
            self.tick()


class BarProgress(Pace):
    """Draws a line with a bar, over and over, that is taken away at the end.

    Args:
        console: a terminal.
    """

    def __init__(self, console: Console):
        super().__init__()
        time_column = _Column(lambda: self.time, Column(no_wrap=True, min_width=23))
        columns = (_Column(lambda: self.told, Column(no_wrap=True)), BarColumn(bar_width=12), time_column)
        # What others write to stderr goes above the bar; stdout is for data, and left alone.
        self._bars = Bars(*columns, console=console, transient=True, redirect_stdout=False, refresh_per_second=4)
        self._task = self._bars.add_task("", total=None, visible=False)

    def part(self, what, done=0, total=0):
        """Moves the bar."""
        super().part(what, done, total)
        self._bars.update(self._task, completed=done, total=total or None, visible=True)

    def __enter__(self) -> BarProgress:
        """Starts drawing."""
        self._bars.start()
        return self

    def __exit__(self, *error) -> None:
        """Takes the bar away."""
        self._bars.stop()


class _Column(ProgressColumn):
    """A text that is asked for whenever the line is drawn."""

    def __init__(self, text: Callable[[], str], column: Column):
        super().__init__(column)
        self._text = text

    def render(self, task) -> Text:
        return Text(self._text(), no_wrap=True, overflow="ellipsis")


def clock_time(seconds: float) -> str:
    """Returns seconds as people read them, `1:05` or `2:00:05`."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
