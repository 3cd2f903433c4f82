"""What there is to say of a run that has ended in good order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["ended_lines", "findings_of"]


def ended_lines(finished: Any) -> Iterator[str]:
    """Yields lines for the user: how it ended, where its report is, and what health has found.

    Args:
        finished: a `multigan.training.session.Finished`.
    """
    run, result = finished.run, finished.result
    present, past = findings_of(run)
    yield f"{_ended(result)}; report: {run.directory.path / 'report.html'}"
    if run.recoveries:
        times = "once" if run.recoveries == 1 else f"{run.recoveries} times"
        yield f"went back to a checkpoint {times}, after values that were not finite"
    for finding in present:
        yield f"health: {finding.message} ({finding.advice})"
    for finding in past:
        yield f"health: {finding.name} was found earlier and is no more"


def findings_of(run: Any) -> tuple[list[Any], list[Any]]:
    """Returns what health finds in a run now, and what it found earlier and finds no more."""
    present = [finding for finding in run.findings if finding.name in run.present]
    return present, [finding for finding in run.findings if finding.name not in run.present]


def _ended(result) -> str:
    if result.outcome == "interrupted":
        return f"stopped by {result.reason} after step {result.step}"
    if result.reason:
        return f"stopped: {result.reason}; {result.step} steps"
    return f"done: {result.step} steps"
