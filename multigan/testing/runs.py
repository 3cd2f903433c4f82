"""Whether two runs are the same run."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from multigan.runs import RunDirectory

__all__ = ["differences"]

# What a clock wrote.
CLOCK = ("time", "seconds", "steps_per_second", "samples_per_second")


def differences(one: str | Path, other: str | Path) -> list[str]:
    """Names what is not the same, to the bit, in two run directories, apart from times; nothing is: they are one run.

    Compared are the newest checkpoint's step, arrays and host state, the log and the scores without what a resume
    abandoned, and the previews. Two runs of one configuration are the same whatever interrupted them.
    """
    first, second = _facts(RunDirectory(one)), _facts(RunDirectory(other))
    return [name for name in {**first, **second} if first.get(name) != second.get(name)]


def _facts(run: RunDirectory) -> dict[str, Any]:
    newest = max(run.checkpoints.glob("step-*"), key=lambda path: path.name, default=None)
    facts = {"newest checkpoint": newest and newest.name}
    if newest:
        with np.load(newest / "variables.npz", allow_pickle=False) as arrays:
            facts |= {f"variable {name}": (arrays[name].dtype, arrays[name].tobytes()) for name in arrays.files}
        manifest = json.loads((newest / "manifest.json").read_text(encoding="utf-8"))
        facts |= {f"host {key}": _timeless(value) for key, value in _timeless(manifest["host"]).items()}
    for name, path in (("log", run.log), ("scores", run.scores)):
        lines = [line for line in run.lines(path) if not line.get("abandoned") and not _interruption(line)]
        facts[name] = [_timeless(line) for line in lines]
    previews = run.samples.iterdir() if run.samples.is_dir() else ()
    return facts | {f"sample {path.name}": path.read_bytes() for path in previews if path.is_file()}


def _interruption(line: Mapping[str, Any]) -> bool:
    ended = line.get("kind") == "end" and line.get("outcome") in ("interrupted", "failed")
    return line.get("kind") == "resume" or ended


def _timeless(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _timeless(item) for key, item in value.items() if key not in CLOCK}
    return [_timeless(item) for item in value] if isinstance(value, list) else value
