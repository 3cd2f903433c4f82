"""The live display: findings that hold, the best checkpoint and recoveries are on the screen."""

import io
from types import SimpleNamespace

from rich.console import Console

from multigan.health import Finding, illnesses_of
from multigan.terminal.display import LiveDisplay, PlainDisplay


def a_run(**changes):
    facts = {"step": 500, "steps": 1000, "findings": [], "present": (), "best": None, "recoveries": 0}
    facts |= {
        "recipe": SimpleNamespace(name="dcgan", modality="images"),
        "data": SimpleNamespace(shape=(8, 8), count=9, name="d"),
    }
    facts |= {
        "backend": "jax",
        "device": "cpu",
        "settings": {"workers": 1},
        "directory": SimpleNamespace(path="runs/one"),
    }
    return SimpleNamespace(**facts | changes)


LINE = {
    "step": 500,
    "losses": {"a/loss": 0.5},
    "health": {"recall": 0.25},
    "steps_per_second": 9.0,
    "samples_per_second": 90.0,
}


def shown(run):
    stream = io.StringIO()
    display = LiveDisplay(Console(file=stream, force_terminal=True, width=120, color_system=None))
    display.started(run)
    display.progress(run, {"steps_per_second": 9.0, "samples_per_second": 90.0, "line": LINE})
    display.close()
    return stream.getvalue()


def test_the_live_display_shows_what_is_wrong_now_and_not_what_was():
    known = illnesses_of("images")
    found = [Finding(name, f"{name} was seen", known[name].advice) for name in ("collapse", "oscillation")]
    screen = shown(a_run(findings=found, present=("collapse",)))
    assert "collapse was seen" in screen
    assert "oscillation was seen" not in screen
    assert "recall" in screen


def test_the_live_display_shows_the_best_checkpoint_and_recoveries():
    screen = shown(a_run(best={"metric": "recall(pixels)", "step": 250, "value": 0.5}, recoveries=2))
    assert "recall(pixels)" in screen
    assert "0.5 at step 250" in screen
    assert "recoveries" in screen
    assert "recoveries" not in shown(a_run())


def test_plain_lines_name_the_findings():
    stream = io.StringIO()
    PlainDisplay(Console(file=stream, width=40)).logged(a_run(present=("collapse", "oscillation")), LINE)
    assert stream.getvalue().rstrip().endswith("recall 0.25  findings: collapse, oscillation")
