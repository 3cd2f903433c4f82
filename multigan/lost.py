"""What a run's folder held and holds no longer, as far as the rest of it tells. Imports no framework."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from multigan.errors import UsageError
from multigan.metrics.ranking import MADE_BY
from multigan.runlog import RunLog, read_run
from multigan.runs import RunDirectory

__all__ = ["lost_between", "lost_checkpoints", "lost_end", "lost_lines", "refuse_lost_checkpoints"]


def lost_checkpoints(log: RunLog) -> int:
    """Returns the last step of which is told what only a run with a checkpoint can tell; 0 of a run that has one, or
    that a kill may have ended before its first one.
    """
    if log.checkpoints:
        return 0
    every = _setting(log, "checkpoint_every", math.inf)
    told = [line["step"] for line in log.live if line["step"] > every or _after_checkpoint(line)]
    told += [line["step"] for line in log.scores if type(line.get("step")) is int and not line.get("abandoned")]
    return max(told, default=0)


def refuse_lost_checkpoints(directory: RunDirectory) -> None:
    """Raises `UsageError` where a run has no checkpoint, and had one."""
    if step := lost_checkpoints(read_run(directory.path)):
        raise UsageError(
            f"{directory.checkpoints}: no checkpoint is there, though the run got to step {step}; nothing was changed: "
            "put a copy of the folder back, or start a new run"
        )


def lost_lines(directory: RunDirectory, step: int) -> Iterator[str]:
    """What the log and the scores lack of a run whose newest whole checkpoint is of this step, a sentence each.

    Args:
        directory: of the run, before anything is written there.
        step: of that checkpoint.
    """
    log = read_run(directory.path)
    if told := lost_end(directory, log, step):
        yield f"{told}, and the run goes on without it"
    metric = _setting(log, "keep_best", "")
    if metric and len(log.checkpoints) > 1 and not any(_ranks(line, metric) for line in log.scores):
        yield f"{directory.scores}: no {metric} of its checkpoints is there, so that none of them is kept as the best"


def lost_end(directory: RunDirectory, log: RunLog, step: int) -> str:
    """What the log lacks at its end of a run whose newest whole checkpoint is of this step, a sentence without its full
    stop; "" where it lacks nothing.
    """
    logged = max((line["step"] for line in log.everything), default=0)
    due = step - step % _setting(log, "log_every", step + 1)
    if step and step == _setting(log, "steps", 0):
        due = step  # the last step is logged whatever its number
    if logged >= due:
        return ""
    there = "missing" if not directory.log.is_file() else f"ends at step {logged}" if logged else "tells of no step"
    return f"{directory.log}: {there}; what was logged until step {step} is lost"


def lost_between(log: RunLog) -> list[int]:
    """Returns the steps, ascending, whose log lines have been written and are gone; those at the log's end not counted.

    Between two resumes or recoveries there is a line at each multiple of `log_every`, whoever takes it back later. Of
    the steps since the last resume run.toml tells it; of those before, what their own lines have in common.
    """
    every, lost, stretches = _setting(log, "log_every", 0), set(), _stretches(log)
    newest = max((n for n, (mark, *_) in enumerate(stretches) if mark == "resume"), default=0)
    for number, (_, start, steps, end) in enumerate(stretches):
        between = every if number >= newest else math.gcd(*steps[:-1])  # the last one may be a run's last step
        due = range(between, end + 1, between) if between else ()
        lost.update(step for step in due if step > start and step not in steps)
    return sorted(lost)


def _stretches(log: RunLog) -> list[tuple[str, int, list[int], int]]:
    """The parts of a log between resumes and recoveries: what each begins with, the step that it goes on from, the
    steps of its lines, and the step up to which they were written.
    """
    found = [("", 0, [], 0)]
    for line in log.everything:
        mark, start, steps, end = found[-1]
        if line["kind"] == "log":
            steps.append(line["step"])
            found[-1] = (mark, start, steps, max(end, line["step"]))
        elif line["kind"] == "resume":
            # A checkpoint comes after the line of its step.
            found[-1] = (mark, start, steps, max(end, line["step"]))
            found.append(("resume", line["step"], [], 0))
        elif line["kind"] == "recovery" and steps:  # else a resume has written it again
            found.append(("recovery", line["step"], [], 0))
    return found


def _after_checkpoint(line: Mapping[str, Any]) -> bool:
    """Whether a line is written only where a checkpoint has been."""
    ended = line["kind"] == "end" and line.get("outcome") in ("done", "interrupted")
    return ended or line["kind"] in ("resume", "recovery")


def _ranks(line: Mapping[str, Any], metric: str) -> bool:
    return line.get("by") == MADE_BY and line["metric"] == metric


def _setting(log: RunLog, name: str, default: Any) -> Any:
    """What run.toml says; the default where it says nothing, or something of another kind."""
    entry = log.facts.get("settings", {}).get(name)
    value = entry.get("value") if isinstance(entry, Mapping) else None
    return value if isinstance(value, str if default == "" else int) and value else default
