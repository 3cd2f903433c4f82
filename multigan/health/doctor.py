"""Explains what a run suffers from, and what to try next: from what lies in its folder. No framework."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from multigan.checkpoint_files import steps_whole
from multigan.command_line import command_line
from multigan.errors import UsageError
from multigan.health import checks_of, findings, health_of, illnesses_of, pending
from multigan.health.reference import read_reference
from multigan.health.treatments import Case, Treatment
from multigan.lost import lost_between, lost_checkpoints, lost_end
from multigan.recipe import Recipe, as_typed
from multigan.runlog import RunLog, read_run
from multigan.runs import RunDirectory
from multigan.settings import SETTINGS

__all__ = ["diagnose"]


def diagnose(directory: str | Path, recipes: Mapping[str, Recipe]) -> dict[str, Any]:
    """Judges a run.

    Args:
        directory: of the run.
        recipes: those that are installed, by name; without the run's own its options' bounds are not known.

    Returns:
        JSON-able: `run`, `recipe`, `step`, `outcome`; `verdict`: "healthy", "ill", or "unknown" when samples could not
        be judged yet; `findings`, the gravest first, each with `name`, `message`, `since`, `figures`, `meaning`,
        `treatments` (`name`, `now`, `value`, `why`, `reference`, `command`) and `command`, the first of them; `past`,
        findings that are no more; `checks`, what was looked for; `pending`, what could not be judged, and why;
        `recoveries`; `notices`, what is damaged or missing, a sentence each.

    Raises:
        UsageError: there is no such run.
    """
    opened = RunDirectory.open(directory)
    path, log = opened.path, read_run(opened.path)
    facts, modality = log.facts, log.modality
    recipe = recipes.get(facts.get("recipe", ""))
    found = findings(log.live, modality, facts.get("data", {}).get("classes", ()))
    waiting = pending(log.live, modality)
    names = {finding.name for finding in found}
    past = {line["name"]: line["step"] for line in log.kind("finding") if _past(line, names)}
    return {
        "run": str(path),
        "recipe": facts.get("recipe", "unknown"),
        "data": facts.get("data", {}).get("name", "unknown"),
        "step": log.step,
        "outcome": _outcome(log),
        "verdict": "ill" if found else "unknown" if "collapse" in waiting else "healthy",
        "findings": [_explained(finding, log, recipe, recipes) for finding in found],
        "past": [{"name": name, "step": step} for name, step in past.items()],
        "figures": _figures(log),
        "checks": {name: words for name, words in checks_of(modality).items() if name not in waiting},
        "pending": waiting,
        "recoveries": sum(line["kind"] == "recovery" for line in log.everything),
        "notices": _notices(opened, log),
    }


def _past(line: Mapping[str, Any], present: set[str]) -> bool:
    return isinstance(line.get("name"), str) and line["name"] not in present


def _outcome(log: RunLog) -> str:
    ends = log.kind("end")
    return str(ends[-1].get("outcome")) if ends else "no end recorded"


def _notices(directory: RunDirectory, log: RunLog) -> list[str]:
    """What is damaged or missing."""
    found = list(log.notices)
    if log.lacks:
        found.append(f"run.toml is damaged: {', '.join(log.lacks)}.")
    whole = steps_whole(directory.checkpoints, found.append)
    found += _unlogged(directory, log, whole[-1] if whole else 0)
    if (log.step or log.checkpoints) and (told := _reference(directory.reference)):
        found.append(told)
    if step := lost_checkpoints(log):
        found.append(f"{directory.checkpoints}: no checkpoint is there, though the run got to step {step}.")
    return found


def _unlogged(directory: RunDirectory, log: RunLog, step: int) -> Iterator[str]:
    """What the log lacks of a run whose newest whole checkpoint is of this step."""
    if log.everything and (told := lost_end(directory, log, step)):
        yield f"{told}."
    if gone := lost_between(log):
        which = f"step {gone[0]}" if len(gone) == 1 else f"{len(gone):,} steps from {gone[0]} to {gone[-1]}"
        lines = "the line of {} is" if len(gone) == 1 else "the lines of {} are"
        yield f"log.jsonl: {lines.format(which)} gone, though nothing there was taken back."


def _reference(path: Path) -> str:
    """What is wrong with the data that a run kept to be held against; "" where nothing is."""
    if path.is_file() and read_reference(path) is not None:
        return ""
    state = "damaged" if path.exists() else "missing"
    return f"reference.npz is {state}: samples are drawn without the data beside them, until a resume writes it again."


def _figures(log: RunLog) -> dict[str, float]:
    """The newest value of everything that was observed."""
    newest = {}
    for line in log.lines:
        newest |= line["health"]
    return newest


def _explained(finding, log, recipe, recipes) -> dict[str, Any]:
    facts, illness = log.facts, illnesses_of(log.modality)[finding.name]
    treatments = _treatments(illness, log, recipe)
    others = [
        {
            "recipe": name,
            "why": recipes[name].summary,
            "command": _another(name, facts, recipe),
        }
        for name in illness.recipes
        if name in recipes and recipes[name].modality == facts.get("modality") and name != facts.get("recipe")
    ]
    first = treatments or others
    return {
        "name": finding.name,
        "message": finding.message,
        "since": finding.since,
        "figures": {
            name: [[step, _plain(value)] for step, value in values] for name, values in finding.figures.items()
        },
        "meaning": illness.meaning,
        "treatments": treatments,
        "recipes": others,
        "command": first[0]["command"] if first else None,
    }


def _plain(value: float) -> float | str:
    """JSON has no nan and no infinity."""
    return value if value - value == 0 else str(value)


def _treatments(illness, log, recipe) -> list[dict[str, Any]]:
    facts, health = log.facts, health_of(log.modality)
    options, settings = (_values(facts, table) for table in ("options", "settings"))
    case = Case(options, settings, facts.get("data", {}).get("count", 0), health.values, health.needs)
    found = []
    for treatment in (*illness.treatments, *health.treatments.get(illness.name, ()), *illness.last):
        if treatment.name not in (options if treatment.name not in SETTINGS else settings | SETTINGS):
            continue
        value = treatment.value(case)
        if value is None or not _allowed(treatment, value, recipe):
            continue
        found.append(
            {
                "name": treatment.name,
                "now": case.get(treatment.name),
                "value": value,
                "why": treatment.why,
                "reference": treatment.reference,
                "command": _command(facts, recipe, treatment.changes(case, value)),
            }
        )
    return found


def _allowed(treatment: Treatment, value: Any, recipe: Recipe | None) -> bool:
    option = SETTINGS.get(treatment.name) or (recipe.options.get(treatment.name) if recipe else None)
    try:
        return option is None or option.parse(treatment.name, value) == value
    except UsageError:
        return False


def _values(facts, table) -> dict[str, Any]:
    entries = facts.get(table, {})
    return {key: entry["value"] for key, entry in entries.items() if isinstance(entry, Mapping) and "value" in entry}


def _command(facts, recipe, changes) -> str:
    """The run's own command line with some values changed, as a shell takes it."""
    words = ["run", "--plugin", facts.get("recipe", "NAME")]
    settings, options = (_chosen(facts, table, recipe) for table in ("settings", "options"))
    for name, value in changes.items():
        (settings if name in SETTINGS else options)[name] = value
    return command_line(*words, *_flags(settings), *_pairs(options))


def _another(name, facts, recipe) -> str:
    """Another recipe on the run's data."""
    data = _chosen(facts, "settings", recipe)
    kept = {key: value for key, value in data.items() if key in ("data", "seed")}
    return command_line("run", "--plugin", name, *_flags(kept))


def _chosen(facts, table, recipe) -> dict[str, Any]:
    """The values that somebody chose, as far as that can be told."""
    defaults = {key: option.default for key, option in SETTINGS.items()} if table == "settings" else {}
    if recipe and table == "settings":
        defaults |= {"data": recipe.data, "steps": recipe.steps, "batch_size": recipe.batch_size}
    if recipe and table == "options":
        defaults |= {key: option.default for key, option in recipe.options.items()}
    chosen = {}
    for key, value in _values(facts, table).items():
        origin = facts[table][key].get("origin")
        if origin not in ("default", "recipe") and not (origin == "run" and defaults.get(key, value) == value):
            chosen[key] = value
    return chosen


def _flags(settings) -> list[str]:
    words = []
    for key, value in settings.items():
        if key == "jit":
            words.append({"on": "--jit", "off": "--no-jit"}.get(value, ""))
        elif value != "":
            words += [f"--{key.replace('_', '-')}", str(value)]
    return [word for word in words if word]


def _pairs(options) -> list[str]:
    pairs = [f"{key}={as_typed(value)}" for key, value in options.items()]
    return [word for pair in pairs for word in ("-o", pair)]
