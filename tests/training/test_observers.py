"""Plugins that watch a run: whoever fails is named, with its line, and costs the run and the others nothing."""

import inspect
import os
import signal

import pytest

from multigan import hookimpl
from multigan.errors import RunFailedError
from multigan.plugins import Registry
from multigan.training.interrupts import Interrupts
from multigan.training.observers import Observers


class Watcher:
    """Notes its calls, and raises in the hooks that it is told to."""

    def __init__(self, **raises):
        self.calls, self.raises = [], raises

    def called(self, hook):
        self.calls.append(hook)
        if hook in self.raises:
            raise self.raises[hook]

    @hookimpl
    def run_started(self):
        self.called("run_started")

    @hookimpl
    def step_finished(self, step):
        self.called("step_finished")

    @hookimpl
    def run_finished(self, error):
        self.called("run_finished")


def watch(*watchers, strict=False):
    """Observers of these plugins, called one, two, ...; and the lines that are said."""
    registry, lines = Registry(), []
    for name, watcher in zip(("one", "two", "three"), watchers, strict=False):
        registry.register(name, watcher)
    return Observers(registry.manager, lines.append, strict), lines


def go(observers, steps=2):
    """Calls the hooks as a run does."""
    error = None
    try:
        observers.notify("run_started", run=None)
        for step in range(steps):
            observers.notify("step_finished", run=None, step=step, logs={})
    except BaseException as caught:
        error = caught
        raise
    finally:
        observers.notify("run_finished", run=None, error=error)


def place():
    path = "/".join(__file__.split(os.sep)[-2:])
    lines, start = inspect.getsourcelines(Watcher.called)
    return f"{path}:{start + next(n for n, line in enumerate(lines) if 'raise' in line and 'self.raises[' in line)}"


def test_who_fails_is_named_with_its_line_and_is_called_no_more_but_at_the_end():
    failing, other = Watcher(step_finished=ValueError("no room")), Watcher()
    observers, lines = watch(failing, other)
    go(observers, steps=3)
    assert failing.calls == ["run_started", "step_finished", "run_finished"]
    assert other.calls == ["run_started", *["step_finished"] * 3, "run_finished"]
    assert lines == [f"warning: plugin one failed in step_finished and is detached: ValueError: no room ({place()})"]
    assert observers.failed


@pytest.mark.parametrize("error", [SystemExit(0), GeneratorExit("g"), KeyboardInterrupt("k"), MemoryError("m")])
def test_nothing_that_an_observer_raises_ends_the_training(error):
    failing = Watcher(step_finished=error)
    observers, lines = watch(failing)
    with Interrupts():
        go(observers)
    assert failing.calls == ["run_started", "step_finished", "run_finished"]
    (line,) = lines
    assert line.startswith(f"warning: plugin one failed in step_finished and is detached: {type(error).__name__}")


def test_ctrl_c_outside_of_training_is_the_users():
    observers, lines = watch(Watcher(step_finished=KeyboardInterrupt()))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        observers.notify("step_finished", run=None, step=1, logs={})
    assert lines == []


def test_who_fails_at_the_start_is_told_of_the_end_and_who_fails_there_is_told_of():
    failing = Watcher(run_started=ValueError("a"), run_finished=OSError("b"))
    last = Watcher(run_finished=KeyError("c"))
    observers, lines = watch(failing, last)
    go(observers)
    assert failing.calls == ["run_started", "run_finished"]
    assert [line.partition(" (")[0] for line in sorted(lines)] == [
        "warning: plugin one failed in run_finished: OSError: b",
        "warning: plugin one failed in run_started and is detached: ValueError: a",
        "warning: plugin two failed in run_finished: KeyError: 'c'",
    ]
    assert observers.failed


@pytest.mark.parametrize("hook", ["run_started", "step_finished", "run_finished"])
def test_strict_ends_the_run_with_the_plugins_name_and_all_hear_of_the_end_once(hook):
    watchers = [Watcher(), Watcher(**{hook: RuntimeError("tired")}), Watcher()]
    observers, lines = watch(*watchers, strict=True)
    with pytest.raises(RunFailedError) as caught:
        go(observers)
    told = f"plugin two failed in {hook}: RuntimeError: tired ({place()}); mend it, or go on without --strict"
    assert str(caught.value) == told
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert [watcher.calls.count("run_started") for watcher in watchers] == [1, 1, 1]
    assert [watcher.calls.count("run_finished") for watcher in watchers] == [1, 1, 1]
    assert lines == []


def test_strict_tells_of_a_second_failure_and_never_hides_what_ended_the_run():
    one = Watcher(step_finished=ValueError("a"), run_finished=ValueError("b"))
    observers, lines = watch(one, Watcher(step_finished=OSError("c")), strict=True)
    with pytest.raises(RunFailedError, match="failed in step_finished"):
        go(observers)
    told = [line.partition(" (")[0] for line in lines]
    assert len(told) == 2
    assert told[1] == "warning: plugin one failed in run_finished: ValueError: b"


def test_what_an_observer_does_to_the_process_is_undone_and_told_once(tmp_path, monkeypatch, capsys):
    class Mover:
        @hookimpl
        def step_finished(self, step):
            os.chdir(tmp_path)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print("on", step)

    folder, handler = os.getcwd(), signal.getsignal(signal.SIGTERM)
    observers, lines = watch(Mover())
    go(observers)
    assert (os.getcwd(), signal.getsignal(signal.SIGTERM)) == (folder, handler)
    assert lines == [
        f"warning: plugin one changes {what} in step_finished; that is undone"
        for what in ("the current folder", "what SIGTERM does")
    ]
    assert not observers.failed
    assert capsys.readouterr() == ("", "on 0\non 1\n")
