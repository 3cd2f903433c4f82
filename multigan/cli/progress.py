"""The live display of a run on a terminal, and plain lines elsewhere; all of it on stderr."""

import time

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from multigan.training.display import Display

__all__ = ["LiveDisplay", "PlainDisplay", "make_display"]


def make_display(quiet: bool) -> Display:
    """Returns what suits stderr: nothing, a live display, or plain lines."""
    if quiet:
        return Display()
    console = Console(stderr=True, highlight=False)
    return LiveDisplay(console) if console.is_terminal else PlainDisplay(console)


class PlainDisplay(Display):
    """One line for every log line."""

    def __init__(self, console: Console):
        self.console = console

    def say(self, line):
        """Prints the line, unwrapped, so that it can be searched for."""
        self.console.print(line, markup=False, soft_wrap=True)

    def started(self, run):
        """Says what runs on what."""
        self.say(_headline(run))

    def logged(self, run, line):
        """Prints the log line."""
        parts = [
            f"step {line['step']}/{run.steps}",
            f"{line['steps_per_second']:.2f} steps/s",
            f"{line['samples_per_second']:.0f} samples/s",
        ]
        parts += [f"{name} {value:.4g}" for name, value in (line["losses"] | line["health"]).items()]
        if run.present:
            parts.append(f"findings: {', '.join(run.present)}")
        self.say("  ".join(parts))


class LiveDisplay(PlainDisplay):
    """A bar with speed and time left, and a table of loss terms and health that is redrawn in place."""

    def __init__(self, console: Console):
        super().__init__(console)
        self._live = None
        self._drawn = 0.0

    def started(self, run):
        """Says what runs on what, and starts drawing."""
        self.say(_headline(run))
        self._live = Live(console=self.console, auto_refresh=False, transient=False)
        self._live.start()

    def reading(self, done, total):
        """A line that is redrawn while the data is checked."""
        if done == total:
            self.console.print(f"data: {total} items checked".ljust(40), markup=False)  # covers the line before
        elif time.monotonic() - self._drawn > 0.25:
            self._drawn = time.monotonic()
            self.console.print(f"data: {done}/{total} items checked", end="\r", markup=False)

    def logged(self, run, line):
        """Nothing: the table shows the line."""

    def progress(self, run, shown):
        """Redraws at most four times a second."""
        if time.monotonic() - self._drawn > 0.25 or run.step == run.steps:
            self._drawn = time.monotonic()
            self._live.update(_panel(run, shown), refresh=True)

    def close(self):
        """Leaves the last picture on the screen."""
        if self._live is not None:
            self._live.stop()


def _headline(run) -> str:
    shape = "x".join(map(str, run.data.shape)) + (" tokens" if run.recipe.modality == "text" else "")
    return (
        f"{run.recipe.name}: {run.data.count} {_noun(run)} of {shape} from {run.data.name}, "
        f"on {run.backend} ({run.device}), steps {run.step} to {run.steps}, in {run.directory.path}"
    )


def _noun(run) -> str:
    return {"audio": "sounds", "text": "texts"}.get(run.recipe.modality, run.recipe.modality)


def _panel(run, shown):
    rate = shown["steps_per_second"]
    left = (run.steps - run.step) / rate if rate > 0 else 0.0
    head = Table.grid(padding=(0, 2))
    head.add_row(
        ProgressBar(total=run.steps, completed=run.step, width=30),
        f"step {run.step}/{run.steps}",
        f"{rate:.2f} steps/s",
        f"{shown['samples_per_second']:.0f} {_noun(run)}/s",
        f"{_clock(left)} left",
    )
    line = shown["line"]
    if not line:
        return Group(head, Text("the first figures come with the first log line", style="dim"))
    table = Table.grid(padding=(0, 2))
    for kind in ("losses", "health"):
        for name, value in line[kind].items():
            table.add_row(Text(kind, style="dim"), name, f"{value:.4g}")
    for finding in run.findings:
        if finding.name in run.present:
            table.add_row(Text("finding", style="bold red"), finding.name, finding.message)
    if run.best:
        table.add_row(
            Text("best", style="dim"), run.best["metric"], f"{run.best['value']:.4g} at step {run.best['step']}"
        )
    if run.recoveries:
        table.add_row(Text("recoveries", style="bold red"), str(run.recoveries), "")
    return Group(head, table)


def _clock(seconds) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
