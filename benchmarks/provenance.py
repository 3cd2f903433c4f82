"""Where a record comes from: when, which code, which machine."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from multigan.version import version

__all__ = ["provenance"]

ROOT = Path(__file__).resolve().parent.parent


def provenance() -> dict:
    """Returns the date, the version and commit of multigan, and the machine, without names of hosts or folders."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "multigan": version(),
        "commit": _git("rev-parse", "HEAD"),
        # Whether the code that was measured is that commit's.
        "modified": bool(_git("status", "--porcelain", "--", "multigan", "plugins", "benchmarks/*.py")),
        "python": platform.python_version(),
        "machine": {
            "processor": _processor(),
            "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "platform": f"{platform.system()} {platform.machine()}",
            "load_before": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        },
    }


def _git(*arguments) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _processor() -> str:
    """The model, and its numbers where the name alone says little."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    facts = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        facts.setdefault(key.strip(), value.strip())
    name = facts.get("model name", platform.machine())
    numbers = ", ".join(f"{key} {facts[key]}" for key in ("cpu family", "model", "stepping") if key in facts)
    return f"{name} ({numbers})" if numbers else name
