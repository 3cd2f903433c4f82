"""What a machine's runs share: its cores, and its GPUs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Slot", "cores", "default_jobs", "gpus", "slots"]

# What a process of Keras and a small model takes, roughly; runs of larger ones are to be fewer by --jobs.
BYTES = 2 << 30


@dataclass(frozen=True)
class Slot:
    """What one run at a time has.

    Args:
        cpus: the cores; empty for whatever the system gives.
        environ: variables of its process.
    """

    cpus: frozenset[int] = frozenset()
    environ: Mapping[str, str] = field(default_factory=dict)


def cores() -> list[int]:
    """Returns the cores that this process may use; empty where the system does not tell."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def gpus(device: str, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Returns the GPUs of NVIDIA's that runs may have, as CUDA_VISIBLE_DEVICES names them.

    Args:
        device: that the runs are told to use; "cpu" needs none.
        environ: the process's environment; what it makes visible is all that there is.
    """
    if device == "cpu" or environ.get("JAX_PLATFORMS") == "cpu":
        return []
    visible = environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        names = [name.strip() for name in visible.split(",")]
        # CUDA takes what stands before the first one that it does not know.
        return names[: names.index("-1")] if "-1" in names else [name for name in names if name]
    if not shutil.which("nvidia-smi"):
        return []
    try:
        asked = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    count = sum(line.startswith("GPU ") for line in asked.stdout.splitlines())
    return [str(number) for number in range(count)]


def default_jobs(runs: int, found: list[str]) -> int:
    """Returns how many runs go side by side: one on each GPU, else on each core, as many as memory holds.

    Args:
        runs: how many there are.
        found: what `gpus` returned.
    """
    most = len(found) or len(cores()) or os.cpu_count() or 1
    if not found and (memory := _memory()):
        most = min(most, max(1, memory // BYTES))
    return max(1, min(most, runs))


def slots(jobs: int, cpus: int, found: list[str]) -> list[Slot]:
    """Returns a place for each run that goes at the same time.

    Args:
        jobs: how many.
        cpus: cores of each; 0 leaves them to the system. Where there are too few, places share some.
        found: what `gpus` returned; they are dealt out in turn.
    """
    all_cores, places = cores(), []
    for number in range(jobs):
        own = {all_cores[(number * cpus + k) % len(all_cores)] for k in range(cpus)} if all_cores else ()
        environ = {"CUDA_VISIBLE_DEVICES": found[number % len(found)]} if found else {}
        if found and jobs > len(found):  # else the first would take all of a GPU's memory
            environ |= {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
        places.append(Slot(frozenset(own), environ))
    return places


def _memory() -> int:
    """Bytes that are free; 0 where the system does not tell."""
    path = Path("/proc/meminfo")
    for line in path.read_text().splitlines() if path.is_file() else ():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return 0
