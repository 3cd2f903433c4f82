"""What a machine's runs share: its cores, and its GPUs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from multigan.devices import cores

__all__ = ["Slot", "default_jobs", "slots"]

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


def default_jobs(runs: int, found: list[str]) -> int:
    """Returns how many runs go side by side: one on each GPU, else on each core, as many as memory holds.

    Args:
        runs: how many there are.
        found: what `multigan.devices.gpus` returned.
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
        found: what `multigan.devices.gpus` returned; they are dealt out in turn.
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
