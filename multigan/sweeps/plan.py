"""What a sweep does, as its folder keeps it: values of settings and options, seeds, and how runs are scored. No
framework.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import tomli_w

from multigan.disk import write_atomically
from multigan.errors import UsageError
from multigan.recipe import as_typed
from multigan.settings import SETTINGS

__all__ = ["Job", "Plan", "grown", "read_plan", "told", "write_plan"]

FILE = "sweep.toml"
LONGEST = 40  # characters of a value in a folder's name
# What may not change between the start of a sweep and its end, and what an error calls it.
FIXED = {
    "recipe": "the recipe",
    "metrics": "--metric",
    "count": "-n",
    "draws": "--draws",
    "checkpoint": "--checkpoint",
    "against": "--against",
}


@dataclass(frozen=True)
class Job:
    """One run of a sweep.

    Args:
        name: of its folder, such as "learning_rate=0.0001,pack=2,seed=0".
        values: what it is that others are not, by setting or option.
        seed: of the run.
    """

    name: str
    values: Mapping[str, Any]
    seed: int


@dataclass(frozen=True)
class Plan:
    """All that a sweep's runs depend on.

    Args:
        recipe: what `--plugin` takes.
        over: setting or option -> its values.
        seeds: of each setting's runs.
        metrics: names; empty for the recipe's own.
        count: samples that each is computed on, real and generated.
        draws: how often samples are drawn for it; a run's value is the mean.
        checkpoint: whose weights are scored, "latest" or "best".
        against: data that they are held against; "" for what each was trained on.
        settings, options: what somebody chose for all runs.
        cpus: cores that each run has; 0 where the system cannot be told.
        version: of multigan, that began it.
    """

    recipe: str
    over: Mapping[str, tuple]
    seeds: tuple[int, ...]
    metrics: tuple[str, ...] = ()
    count: int = 1000
    draws: int = 3
    checkpoint: str = "latest"
    against: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    cpus: int = 0
    version: str = ""

    def combinations(self) -> Iterator[dict[str, Any]]:
        """Yields each choice of values, the last key's fastest."""
        for chosen in itertools.product(*self.over.values()):
            yield dict(zip(self.over, chosen, strict=True))

    def jobs(self) -> list[Job]:
        """Returns all runs: each choice's first seed before anybody's second, so that all soon have a value."""
        return [Job(_name(values, seed), values, seed) for seed in self.seeds for values in self.combinations()]

    def job(self, name: str) -> Job:
        """Returns a run by its name; raises KeyError where there is none."""
        return {job.name: job for job in self.jobs()}[name]

    def flags(self, values: Mapping[str, Any], seed: int | None = None) -> dict[str, Any]:
        """Returns a run's settings, as `multigan.api.configuring.configure` takes them."""
        own = {key: value for key, value in values.items() if key in SETTINGS}
        return {**self.settings, **own, **({} if seed is None else {"seed": seed})}

    def chosen(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Returns a run's options."""
        return {**self.options, **{key: value for key, value in values.items() if key not in SETTINGS}}


def told(values: Mapping[str, Any]) -> str:
    """Returns a choice in words: "learning_rate=0.0001 pack=2"."""
    return " ".join(f"{key}={as_typed(value)}" for key, value in values.items())


def write_plan(folder: Path, plan: Plan) -> None:
    """Writes `sweep.toml`."""
    table = asdict(plan)
    table["over"] = {key: list(values) for key, values in plan.over.items()}
    for key in ("seeds", "metrics"):
        table[key] = list(table[key])
    write_atomically(folder / FILE, tomli_w.dumps(table).encode())


def read_plan(folder: Path) -> Plan:
    """Reads what a sweep does.

    Raises:
        UsageError: no sweep is there, or its file is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        raise UsageError(f"{folder}: no sweep (it has no {FILE})")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        over = {str(key): tuple(values) for key, values in table["over"].items()}
        lists = {"seeds": tuple(map(int, table["seeds"])), "metrics": tuple(map(str, table["metrics"]))}
        plan = Plan(**{**table, **lists, "over": over})
        whole = plan.over and all(plan.over.values()) and plan.seeds and plan.recipe
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise UsageError(f"{path}: damaged; put a copy of it back, or start a new sweep in another folder")
    return plan


def grown(folder: Path, old: Plan, new: Plan) -> Plan:
    """Returns the plan to go on with: what a sweep was begun with, and values and seeds that are new.

    Raises:
        UsageError: something else is not as it was, which would make it another sweep; says what.
    """
    other = "choose another --out"
    for key, called in FIXED.items():
        if getattr(old, key) != getattr(new, key):
            before, now = (_listed(getattr(plan, key)) for plan in (old, new))
            raise UsageError(f"{folder}: a sweep with {called} {before}, not {now}; {other}")
    if list(old.over) != list(new.over):
        raise UsageError(f"{folder}: a sweep over {', '.join(old.over)}, not {', '.join(new.over)}; {other}")
    for table in ("settings", "options"):
        before, now = getattr(old, table), getattr(new, table)
        for key in {**before, **now}:
            if before.get(key) != now.get(key):
                was, is_now = (as_typed(values[key]) if key in values else "not set" for values in (before, now))
                raise UsageError(f"{folder}: a sweep with {key} {was}, now {is_now}; {other}")
    for key, values in [*old.over.items(), ("seed", old.seeds)]:
        now = new.seeds if key == "seed" else new.over[key]
        if lost := [value for value in values if value not in now]:
            raise UsageError(
                f"{folder}: a sweep with {key}={_listed(lost)}, which is left out now; values can be added to a sweep "
                f"and not taken away; {other}"
            )
    return replace(new, cpus=old.cpus, version=old.version)


def _listed(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(map(as_typed, value)) or "of the recipe's own"
    return as_typed(value) if value != "" else "not set"


def _name(values: Mapping[str, Any], seed: int) -> str:
    return ",".join([*(f"{key}={_short(as_typed(value))}" for key, value in values.items()), f"seed={seed}"])


def _short(text: str) -> str:
    """A value as a part of a folder's name; of one that is not such a part itself, with a mark that tells it apart."""
    short = re.sub(r"[^A-Za-z0-9.+-]", "-", text)[-LONGEST:]
    return short if short == text else f"{short}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"
