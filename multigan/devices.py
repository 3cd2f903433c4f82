"""The GPUs that processes of this machine may have. Imports no framework."""

import os
import shutil
import subprocess
from collections.abc import Mapping

__all__ = ["gpus"]


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
