"""The live display of a run on a terminal, and plain lines elsewhere; all of it on stderr."""

import importlib.util
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from multigan.modality import find_modality
from multigan.terminal.progress import BarProgress, Pace, PlainProgress, clock_time, work_stream
from multigan.training.display import Display

__all__ = ["LiveDisplay", "PlainDisplay", "show_run"]


@contextmanager
def show_run(quiet: bool) -> Iterator[Display]:
    """Yields what suits stderr or a notebook: nothing, a live display, or plain lines."""
    if quiet:
        yield Display()
        return
    with work_stream() as stream:
        console = Console(file=stream, highlight=False)
        display = LiveDisplay(console) if _redraws(console) else PlainDisplay(console)
        try:
            yield display
        finally:
            display.close()


def _redraws(console: Console) -> bool:
    """Whether something can be drawn over: on a terminal, or in a notebook that has widgets."""
    return console.is_terminal or (console.is_jupyter and importlib.util.find_spec("ipywidgets") is not None)


class PlainDisplay(Display):
    """One line for every log line, and some while there is none for long."""

    def __init__(self, console: Console):
        self.console = console
        self._open = ExitStack()
        self.work = self._begin()

    def _begin(self) -> Pace:
        """Shows what is being done before the first step."""
        return self._open.enter_context(PlainProgress(self.console.file))

    def say(self, line):
        """Prints the line, unwrapped, so that it can be searched for."""
        self.console.print(line, markup=False, soft_wrap=True)

    def started(self, run):
        """Says what runs on what."""
        self.say(_headline(run))
        self.work.part("step", run.step, run.steps)

    def progress(self, run, shown):
        """Notes the step, for the time between log lines."""
        self.work.part("step", run.step, run.steps)

    def close(self):
        """Ends the lines."""
        self._open.close()

    def logged(self, run, line):
        """Prints the log line."""
        self.work.hold()
        parts = [
            f"step {line['step']}/{run.steps}",
            f"{line['steps_per_second']:.2f} steps/s",
            f"{line['samples_per_second']:.0f} samples/s",
        ]
        if left := _left(run, line):
            parts.append(f"{clock_time(left)} left")
        parts += [f"{name} {value:.4g}" for name, value in (line["losses"] | line["health"]).items()]
        if run.present:
            parts.append(f"findings: {', '.join(run.present)}")
        self.say("  ".join(parts))


class LiveDisplay(PlainDisplay):
    """A bar while the run is made ready; then one of steps, with speed and time left, and a table of loss terms and
    health that is redrawn in place.
    """

    def __init__(self, console: Console):
        super().__init__(console)
        self._live = self._shown = None
        self._drawn = 0.0

    def _begin(self):
        return self._open.enter_context(_Work(self.console))

    def logged(self, run, line):
        """Nothing: the table shows the line."""

    def progress(self, run, shown):
        """Redraws at most four times a second; the first step takes the place of the bar."""
        self._shown = run, shown
        self.work.part("")
        if self._live is None:
            self._open.close()
            self._live = Live(console=self.console, auto_refresh=False, transient=False)
            self._live.start()
            self.work.draw_row = self._draw
        self._draw(run.step == run.steps)

    def _draw(self, now=False):
        if now or time.monotonic() - self._drawn > 0.25:
            self._drawn = time.monotonic()
            self._live.update(_panel(*self._shown, self.work), refresh=True)

    def close(self):
        """Leaves the last picture on the screen."""
        super().close()
        if self._live is not None:
            self._live.stop()


class _Work(BarProgress):
    """What is being done: a bar before the first step, and then a row of the picture."""

    def __init__(self, console):
        super().__init__(console)
        self.draw_row = None

    def part(self, what, done=0, total=0):
        super().part(what, done, total)
        if what and self.draw_row:
            self.draw_row()


def _headline(run) -> str:
    shape = f"{'x'.join(map(str, run.data.shape))} {find_modality(run.recipe.modality).counts}".rstrip()
    workers = f", {run.settings['workers']} workers" if run.settings.get("workers", 1) > 1 else ""
    return (
        f"{run.recipe.name}: {run.data.count} {_noun(run)} of {shape} from {run.data.name}, "
        f"on {run.backend} ({run.device}{workers}), steps {run.step} to {run.steps}, in {run.directory.path}"
    )


def _noun(run) -> str:
    return find_modality(run.recipe.modality).noun


def _left(run, shown) -> float:
    """Seconds to the last step at the newest speed."""
    rate = shown["steps_per_second"]
    return (run.steps - run.step) / rate if rate > 0 else 0.0


def _panel(run, shown, work):
    head = Table.grid(padding=(0, 2))
    head.add_row(
        ProgressBar(total=run.steps, completed=run.step, width=30),
        f"step {run.step}/{run.steps}",
        f"{shown['steps_per_second']:.2f} steps/s",
        f"{shown['samples_per_second']:.0f} {_noun(run)}/s",
        f"{clock_time(_left(run, shown))} left",
    )
    if work.told:
        head = Group(head, Text(f"{work.told}, {work.time}", style="dim"))
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
