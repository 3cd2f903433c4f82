"""A sweep's folder: its plan, its runs, their results, and the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import filelock

from multigan.disk import append_line, aside
from multigan.errors import UsageError
from multigan.runs import new_directory
from multigan.sweeps.plan import FILE

__all__ = ["Folder"]


class Folder:
    """Where a sweep writes.

    Args:
        path: of the folder; it need not exist yet.
    """

    def __init__(self, path: Path):
        self.path = path
        self.page = path / "sweep.html"

    @classmethod
    def new(cls, recipe: str) -> Folder:
        """Makes `sweeps/RECIPE-K` in the current folder, K the first free number."""
        return cls(new_directory(Path(recipe).stem, Path("sweeps")))

    @property
    def begun(self) -> bool:
        """Whether it holds a sweep."""
        return (self.path / FILE).is_file()

    def lock(self) -> filelock.BaseFileLock:
        """Takes the sweep for this process; the system gives it back when the process ends, however it ends.

        Raises:
            UsageError: another process holds it, or the folder holds something else than a sweep.
        """
        held = [path.name for path in self.path.iterdir()] if self.path.is_dir() else []
        # A kill may have left a lock, or half of the plan.
        if not self.begun and any(name != ".lock" and not name.startswith(f".{FILE}.") for name in held):
            raise UsageError(f"{self.path}: not empty, and what it holds is no sweep; choose a new name for --out")
        self.path.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.path / ".lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise UsageError(f"{self.path}: in use by another process; wait for it, or choose another --out") from None
        return lock

    def run(self, name: str) -> Path:
        """Where a run lies."""
        return self.path / "runs" / name

    def talk(self, name: str) -> Path:
        """The file of what a run says."""
        return self.path / "logs" / f"{name}.txt"

    def result(self, name: str) -> dict[str, Any] | None:
        """What a run that is done was scored with; None of one that is not."""
        path = self._result(name)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return found if isinstance(found["records"], list) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write_result(self, name: str, result: Mapping[str, Any]) -> None:
        """Writes that a run is done, wholly or not at all."""
        self._result(name).parent.mkdir(parents=True, exist_ok=True)
        with aside(self._result(name)) as temporary:
            temporary.unlink(missing_ok=True)
            append_line(temporary, result)

    def _result(self, name: str) -> Path:
        return self.path / "results" / f"{name}.json"
