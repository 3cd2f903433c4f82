"""The GPUs and cores that processes of this machine may have. Imports no framework."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping

__all__ = ["cores", "gpus", "keep_to"]


def cores() -> list[int]:
    """Returns the cores that this process may use; empty where the system does not tell."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def keep_to(process: int, cpus: Iterable[int]) -> None:
    """Has a process, which has begun just now, use some cores alone, and so as many threads; none: as it is."""
    if (cpus := set(cpus)) and hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):  # it has ended already
            os.sched_setaffinity(process, cpus)


def gpus(device: str, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Returns the GPUs of NVIDIA's that processes may have, as CUDA_VISIBLE_DEVICES names them.

    Args:
        device: that they are told to use; "cpu" needs none.
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
