"""Trains recipes by the real command line, for the benchmarks that compare them; what is done is not done again."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from provenance import provenance

__all__ = ["Contender", "add_to_record", "single_threaded", "train"]


@dataclass(frozen=True)
class Contender:
    """One row of a table: a recipe with options, on some of the data."""

    what: str
    recipe: str
    steps: int
    batch_size: int
    options: dict = field(default_factory=dict)
    data: tuple[str, ...] = ()


def single_threaded() -> dict[str, str]:
    """The environment of a process that uses one thread, so that several may run side by side."""
    return {**os.environ, "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}


def train(
    contender: Contender, source: str, seed: int, steps: int, path: Path, env: dict | None = None, flags: tuple = ()
) -> dict:
    """Trains one run, goes on with it, or leaves it where it is done; returns its facts for a record.

    Args:
        contender: what to train.
        source: its data, as `--data` takes it.
        seed: of the run.
        steps: in all; an option `decay_steps` of the contender becomes the same.
        path: of the run directory.
        env: of the process.
        flags: more of the command line, which stand above what is said here.
    """
    options = contender.options | ({"decay_steps": steps} if "decay_steps" in contender.options else {})
    command = [sys.executable, "-m", "multigan", "run", "--backend", "tensorflow", "--device", "cpu", "--quiet"]
    if path.is_dir():
        command += ["--resume", str(path)]
    else:
        command += ["--plugin", contender.recipe, "--data", source, "--run-dir", str(path), "--steps", str(steps)]
        command += ["--batch-size", str(contender.batch_size), "--seed", str(seed), "--log-every", "100"]
        command += ["--sample-every", str(max(1, steps // 12)), "--checkpoint-every", str(max(1, steps // 10))]
        command += [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
        command += flags
    if not (path / "checkpoints" / f"step-{steps:08d}").is_dir():
        subprocess.run(command, check=True, env=env)
    lines = [json.loads(line) for line in (path / "log.jsonl").read_text().splitlines()]
    logged = [line for line in lines if line["kind"] == "log"]
    return {
        **{key: value for key, value in provenance().items() if key != "machine"},
        "what": contender.what, "recipe": contender.recipe, "seed": seed, "steps": steps,
        "batch_size": contender.batch_size, "options": options, "backend": "tensorflow",
        "seconds": logged[-1]["seconds"],
        "findings": sorted({line["name"] for line in lines if line["kind"] == "finding"}),
    }  # fmt: skip


def add_to_record(out: Path, benchmark: str, protocol: str, entry: dict) -> None:
    """Puts an entry into a record, in place of an older one of the same contender, data and seed."""
    record = json.loads(out.read_text()) if out.is_file() else {"runs": []}
    key = ("contender", "data", "seed")
    record["runs"] = [run for run in record["runs"] if any(run[k] != entry[k] for k in key)] + [entry]
    record["runs"].sort(key=lambda run: tuple(run[k] for k in key))
    record |= {"benchmark": benchmark, "protocol": protocol, "date": max(run["date"] for run in record["runs"])}
    record["machine"] = provenance()["machine"]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")
