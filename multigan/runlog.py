"""Reads what a run left on disk, however much of it is missing or damaged, and tells what was."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from multigan.checkpoint_files import steps_saved
from multigan.errors import UsageError
from multigan.facts import sound_facts

__all__ = ["RunLog", "logged", "number", "read_run"]

# Suffixes of files that can be looked at: a step's preview, whatever stands beside it.
LOOKED_AT = (".png", ".gif", ".webp", ".jpg", ".txt")


@dataclass(frozen=True)
class RunLog:
    """A run as its files tell it.

    Args:
        facts: run.toml without what is of another kind than it should be; empty when there is none.
        everything: all objects of log.jsonl in their order, with those that a resume abandoned.
        scores: the objects of scores.jsonl.
        samples: the files of each step's samples, by step: the preview, which can be looked at, and what stands beside
            it, such as sounds.
        checkpoints: the steps of the checkpoints.
        notices: what was missing, damaged or left out, one sentence each.
        lacks: what run.toml does not tell of what samples and a resume take, a few words each.
    """

    facts: Mapping[str, Any]
    everything: tuple[Mapping[str, Any], ...]
    scores: tuple[Mapping[str, Any], ...]
    samples: Mapping[int, tuple[Path, ...]]
    checkpoints: tuple[int, ...]
    notices: tuple[str, ...]
    lacks: tuple[str, ...] = ()

    @cached_property
    def live(self) -> list[Mapping[str, Any]]:
        """The objects of log.jsonl that no resume abandoned."""
        return [line for line in self.everything if not line.get("abandoned")]

    @cached_property
    def lines(self) -> list[Mapping[str, Any]]:
        """The log lines proper, none abandoned."""
        return self.kind("log")

    @property
    def modality(self) -> str:
        """Of the run's samples; images where run.toml does not tell."""
        return self.facts.get("modality", "images")

    def kind(self, kind: str) -> list[Mapping[str, Any]]:
        """The objects of one kind, none abandoned."""
        return [line for line in self.live if line["kind"] == kind]

    @property
    def step(self) -> int:
        """The last step that the log tells of; 0 when it tells of none."""
        return max((line["step"] for line in self.live), default=0)


def number(value: object) -> float:
    """Returns a logged value as a float; what is not a number at all is `nan`."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def read_run(directory: Path) -> RunLog:
    """Reads a run directory.

    Raises:
        UsageError: there is no such directory.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise UsageError(f"{directory}: no such run directory")
    notices: list[str] = []
    facts, wrong, lacks = sound_facts(directory / "run.toml")
    notices += [f"run.toml {told}." for told in wrong]
    everything = tuple(logged(line) for line in _read_lines(directory / "log.jsonl", notices))
    scores = tuple(line for line in _read_lines(directory / "scores.jsonl", notices) if "metric" in line)
    log = RunLog(facts, everything, scores, {}, (), (), tuple(lacks))
    abandoned = sum(line["kind"] == "log" for line in everything) - len(log.lines)
    if abandoned:
        lines = "1 log line was" if abandoned == 1 else f"{abandoned} log lines were"
        by = "a recovery" if any(line["kind"] == "recovery" for line in everything) else "a resume"
        notices.append(f"{lines} taken back by {by} from an earlier checkpoint and not drawn.")
    samples = _find_samples(directory / "samples", log, notices)
    checkpoints = tuple(steps_saved(directory / "checkpoints"))
    path = directory / "log.jsonl"
    if not path.is_file() or not path.stat().st_size:
        what = "what was logged is lost" if max(checkpoints, default=0) or samples else "nothing was logged yet"
        notices.append(f"log.jsonl is {'empty' if path.is_file() else 'missing'}: {what}.")
    return RunLog(facts, everything, scores, samples, checkpoints, tuple(notices), tuple(lacks))


def _read_lines(path: Path, notices: list[str]) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if isinstance(value, dict):
            yield value
        else:
            # Every whole line ends with a newline, so that what stands last without one was cut short.
            cut = "cut short, as by a kill" if place == len(lines) else "damaged"
            notices.append(f"{path.name}: line {place} is {cut}, and left out.")


def logged(line: dict[str, Any]) -> dict[str, Any]:
    """A line of log.jsonl with the fields that readers count on."""
    step = line.get("step")
    shaped = {"kind": "log", **line, "step": step if isinstance(step, int) else 0}
    for table in ("losses", "health"):
        shaped[table] = line[table] if isinstance(line.get(table), dict) else {}
    return shaped


def _find_samples(folder: Path, log: RunLog, notices: list[str]) -> dict[int, tuple[Path, ...]]:
    found: dict[int, tuple[Path, ...]] = {}
    for path in sorted(folder.iterdir(), key=_looks) if folder.is_dir() else ():
        if (match := re.fullmatch(r"step-(\d+)\.\w+", path.name)) and path.is_file():
            found[int(match[1])] = (*found.get(int(match[1]), ()), path)
    # A resume leaves the samples of the abandoned stretch behind until its steps are taken again.
    if any(line["kind"] in ("resume", "recovery") for line in log.live):
        for step in [step for step in found if step > log.step]:
            notices.append(f"samples/{found.pop(step)[0].name} is of a step that was taken back, and not shown.")
    return dict(sorted(found.items()))


def _looks(path: Path) -> tuple[bool, str]:
    """A key by which files that can be looked at come first."""
    return path.suffix not in LOOKED_AT, path.name
