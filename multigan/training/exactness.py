"""What bit-identical resuming depends on: the run's own facts, which every checkpoint holds, too, and the machine."""

import dataclasses
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multigan.environment import noted_switches
from multigan.errors import UsageError
from multigan.recipe import DataInfo, Recipe, as_typed

__all__ = ["changes", "check_identity", "identity", "machine"]

# What a machine's part of run.toml tells that the order of additions, or the kernels, depend on.
DECISIVE = {
    "backend": "backend",
    "device": "device",
    "processor": "processor",
    "model": "processor",
    "cpus": "CPUs",
    "switches": "variables",
    "workers": "workers",
}


def machine(backend: str, device: str) -> dict[str, Any]:
    """The facts of this machine for run.toml."""
    return {
        "backend": backend,
        "device": device,
        "system": platform.system(),
        "processor": platform.machine(),
        "model": _model(),
        "switches": noted_switches(os.environ),
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    }


def identity(recipe: Recipe, settings: Mapping[str, Any], options: Mapping[str, Any], data: DataInfo) -> dict[str, Any]:
    """What makes a run this one, JSON-able. A checkpoint keeps it, since run.toml has nothing that tells of damage.

    Args:
        recipe: of the run.
        settings: its values; those that its weights depend on count.
        options: the game's.
        data: what it trains on. Its name does not count: data may be moved.
    """
    facts = {"recipe": recipe.name}
    facts |= {key: settings[key] for key in ("batch_size", "seed", "precision") if key in settings}
    facts |= {f"option {key}": options[key] for key in recipe.options if key in options}
    told = dataclasses.asdict(data)
    told |= told.pop("facts")
    facts |= {f"data {key}": value for key, value in told.items() if key not in ("name", "count", "field")}
    return json.loads(json.dumps(facts))


def check_identity(path: Path, kept: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Compares what a checkpoint keeps of its run with what run.toml says, where both tell it.

    Raises:
        UsageError: they differ; names where.
    """
    for key, value in kept.items():
        if key in now and not _same(now[key], value):
            raise UsageError(
                f"{path / 'run.toml'}: damaged or changed by hand: it tells {key} {_short(now[key])}, but the "
                f"checkpoint was trained with {_short(value)}; correct it"
            )


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is not as it was, a few words each, where a run's facts and the present ones both tell it.

    The backend's own version counts only where the backend is the same.
    """
    old, new = before.get("machine", {}), now["machine"]
    old = {"workers": 1} | old if old else old  # older versions had no more
    found = [
        f"{word} {old[key]}, now {new[key]}"
        for key, word in DECISIVE.items()
        if key in old and key in new and old[key] != new[key]
    ]
    old, new = before.get("plugin_sha256"), now.get("plugin_sha256")
    if old and new and old != new:
        found.append(f"{now['plugin']} {old[:12]}, now {new[:12]}")
    old, new = before.get("versions", {}), now["versions"]
    return found + [
        f"{name} {old[name]}, now {new[name]}"
        for name in new
        if name not in ("python", "grain") and name in old and old[name] != new[name]
    ]


def _same(one: Any, other: Any) -> bool:
    """Whether two values are one; what only one of two tables tells is empty, as what a later version tells is."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return all(
            _same(one[key], other[key]) if key in one and key in other else not {**one, **other}[key]
            for key in {*one, *other}
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _short(value: Any) -> str:
    told = as_typed(value)
    return told if len(told) <= 60 else f"{told[:60]}..."


def _model() -> str:
    """The processor's name; Linux has it in a file."""
    cpuinfo = Path("/proc/cpuinfo")
    for line in cpuinfo.read_text(errors="replace").splitlines() if cpuinfo.is_file() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
