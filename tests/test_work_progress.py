"""What a command says of its progress: what is being done, how far it is, and how long the rest will take."""

import io
import sys
from itertools import pairwise

import pytest
from rich.console import Console

from multigan.backend import quiet_libraries
from multigan.terminal.progress import FIRST, LONGEST, BarProgress, Pace, PlainProgress, show_progress


class Clock:
    """Seconds, as a test says."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def at(clock, seconds):
    clock.now = seconds


def test_a_part_takes_as_long_as_its_speed_tells(clock):
    pace = Pace(clock)
    pace.part("samples", 0, 1000)
    assert pace.time == "0:00 so far"
    at(clock, 10)
    pace.part("samples", 250, 1000)
    assert (pace.told, pace.time) == ("samples: 250 of 1,000", "about 0:30 left")
    at(clock, 15)
    assert pace.time == "about 0:25 left", "time goes on between two calls"
    pace.part("writing", 0, 0)
    assert (pace.told, pace.time) == ("writing", "0:00 so far")


def test_what_was_done_before_does_not_count_as_speed(clock):
    pace = Pace(clock)
    pace.part("step", 900, 1000)
    at(clock, 10)
    pace.part("step", 910, 1000)
    assert pace.time == "about 1:30 left"


def test_after_a_round_the_estimate_is_of_all_rounds(clock):
    pace = Pace(clock)
    pace.part("reading", 0, 0)
    at(clock, 100)
    pace.expect(4)
    pace.round("seed 0")
    pace.part("generated samples", 0, 10)
    at(clock, 110)
    pace.part("generated samples", 5, 10)
    assert pace.told == "seed 0 (1 of 4), generated samples: 5 of 10"
    assert pace.time == "about 0:10 left of this"
    at(clock, 160)
    pace.round("seed 1")
    pace.part("generated samples", 0, 10)
    assert pace.time == "about 3:00 left", "three rounds of a minute"
    at(clock, 180)
    assert pace.time == "about 2:40 left"
    at(clock, 300)
    assert pace.time == "about 2:00 left", "this round takes longer than the first; two are still to come"


def test_rounds_that_nobody_expected_are_none(clock):
    pace = Pace(clock)
    pace.round("seed 0")
    pace.part("generated samples", 1, 2)
    assert pace.told == "generated samples: 1 of 2"


def test_plain_lines_come_late_and_then_more_and_more_rarely(clock):
    stream = io.StringIO()
    progress = PlainProgress(stream, clock)
    progress.part("reading the data", 0, 3600)
    told = []
    for second in range(600):
        at(clock, second)
        progress.part("reading the data", second, 3600)
        before = stream.getvalue()
        progress.tick()
        told += [second] if stream.getvalue() != before else []
    assert told[0] == FIRST
    assert [b - a for a, b in pairwise(told)][:5] == [10, 20, 40, LONGEST, LONGEST]
    assert stream.getvalue().splitlines()[0] == "reading the data: 5 of 3,600, about 59:55 left"


def test_what_is_soon_done_is_done_without_a_word(clock):
    stream = io.StringIO()
    progress = PlainProgress(stream, clock)
    at(clock, FIRST - 1)
    progress.part("samples", 64, 64)
    progress.tick()
    assert stream.getvalue() == ""


def test_a_line_waits_while_others_tell_how_far_the_work_is(clock):
    stream = io.StringIO()
    progress = PlainProgress(stream, clock)
    progress.part("step", 1, 10)
    for second in range(0, 300, 20):
        at(clock, second)
        progress.hold()
        progress.tick()
    assert stream.getvalue() == ""
    at(clock, 280 + LONGEST)
    progress.tick()
    assert stream.getvalue().startswith("step: 1 of 10")


def test_a_bar_is_drawn_on_a_terminal_and_gone_at_the_end_and_stdout_is_left_alone(monkeypatch):
    stream, out = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    with BarProgress(Console(file=stream, force_terminal=True, width=100, color_system=None)) as progress:
        progress.part("generated samples", 5, 10)
        progress._bars.refresh()
        print("data")
    drawn = stream.getvalue()
    assert "generated samples: 5 of 10" in drawn
    assert "data" not in drawn
    assert out.getvalue() == "data\n"
    assert drawn.endswith("\x1b[2K"), "the line is taken away"


def test_a_bar_keeps_to_one_line_of_a_narrow_terminal():
    stream = io.StringIO()
    with BarProgress(Console(file=stream, force_terminal=True, width=70, color_system=None)) as progress:
        progress.expect(12)
        progress.round("noise in place of samples")
        progress.part("memorisation(efficientnet-lite0) (metric 11 of 12)", 5, 10)
        progress._bars.refresh()
    assert stream.getvalue().count("\x1b[1A") == 1, "the one line, at the end"
    assert " so far" in stream.getvalue()


def test_quiet_says_nothing_and_a_pipe_gets_plain_lines(capfd):
    with show_progress(quiet=True) as progress:
        progress.part("samples", 1, 2)
        assert not isinstance(progress, Pace)
    with show_progress(quiet=False) as progress:
        assert isinstance(progress, PlainProgress)
        progress.part("samples", 1, 2)
    assert capfd.readouterr() == ("", "")


def test_lines_are_written_while_libraries_are_held_back(capfd, monkeypatch):
    with show_progress(quiet=False) as progress:
        progress.part("starting tensorflow")
        progress._due = 0.0
        with quiet_libraries():
            progress.tick()
    assert "starting tensorflow" in capfd.readouterr().err
