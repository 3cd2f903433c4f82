"""The run directory: its layout, reading and writing. Imports no framework."""

import json
import math
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import tomli_w

from multigan.errors import UsageError
from multigan.recipe import DataInfo

__all__ = ["RunDirectory", "Setting", "new_directory", "write_atomically"]


@dataclass(frozen=True)
class Setting:
    """A resolved value and where it came from: flag, environment, config, run, recipe or default."""

    value: Any
    origin: str


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file so that a reader, or a crash, sees the old content or the new one and nothing between."""
    aside = path.with_name(f".{path.name}.tmp")
    with open(aside, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)


def new_directory(name: str, parent: Path | None = None) -> Path:
    """Creates and returns `runs/NAME-K` in the current folder, K the first free number."""
    parent = parent or Path("runs")
    parent.mkdir(parents=True, exist_ok=True)
    taken = [int(tail) for path in parent.glob(f"{name}-*") if (tail := path.name[len(name) + 1 :]).isdigit()]
    number = max(taken, default=0) + 1
    while True:
        try:
            (parent / f"{name}-{number}").mkdir()
            return parent / f"{name}-{number}"
        except FileExistsError:  # another run took the number in between
            number += 1


class RunDirectory:
    """One run's folder.

    Args:
        path: of the folder; it need not exist yet.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.log = self.path / "log.jsonl"
        self.scores = self.path / "scores.jsonl"
        self.samples = self.path / "samples"
        self.checkpoints = self.path / "checkpoints"
        self.reference = self.path / "reference.npz"
        self.tokenizer = self.path / "tokenizer.model"

    @classmethod
    def open(cls, path: str | Path) -> "RunDirectory":
        """Opens an existing run.

        Raises:
            UsageError: no such folder, or not a run's.
        """
        directory = cls(path)
        if not directory.path.is_dir():
            raise UsageError(f"{path}: no such run directory")
        if not (directory.path / "run.toml").is_file():
            raise UsageError(f"{path}: not a run directory (it has no run.toml)")
        return directory

    def lock(self, advice: str = "wait until it has ended, or stop it") -> filelock.BaseFileLock:
        """Takes the run for this process; the system gives it back when the process ends, however it ends.

        Args:
            advice: what else than failing one can do where another process holds it.

        Raises:
            UsageError: another process holds it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.path / ".lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise UsageError(f"{self.path}: in use by another process; {advice}") from None
        return lock

    def write_facts(self, facts: Mapping[str, Any]) -> None:
        """Writes run.toml."""
        write_atomically(self.path / "run.toml", tomli_w.dumps(facts).encode())

    def facts(self) -> dict[str, Any]:
        """Reads run.toml.

        Raises:
            UsageError: it cannot be parsed.
        """
        try:
            return tomllib.loads((self.path / "run.toml").read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{self.path / 'run.toml'}: cannot be read: {error}") from None

    def data_info(self) -> DataInfo:
        """What the run's game was told of its data."""
        data = self.facts()["data"]
        return DataInfo(
            name=data["name"],
            shape=tuple(data["shape"]),
            count=data["count"],
            classes=tuple(data["classes"]),
            fingerprint=data["fingerprint"],
            mean=tuple(data.get("mean", ())),
            scale=tuple(data.get("scale", ())),
            condition=data.get("condition", 0),
            sample_rate=data.get("sample_rate", 0),
            vocabulary=data.get("vocabulary", 0),
            end=data.get("end", -1),
            oracle=data.get("oracle", ""),
        )

    def append(self, line: Mapping[str, Any], path: Path | None = None) -> None:
        """Appends one object to log.jsonl (or another file of lines)."""
        with open(path or self.log, "a", encoding="utf-8") as file:
            file.write(json.dumps(_speakable(line), allow_nan=False) + "\n")

    def lines(self, path: Path | None = None) -> Iterator[dict[str, Any]]:
        """Reads log.jsonl (or another file of lines), without a last line that a kill cut short."""
        path = path or self.log
        if path.is_file():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    continue

    def abandon_after(self, step: int) -> None:
        """Marks what the log and the scores hold beyond a restored step, so that it never mixes with the new lines."""
        for path in (self.log, self.scores):
            lines = [line | {"abandoned": True} if line.get("step", 0) > step else line for line in self.lines(path)]
            if any(line.get("abandoned") for line in lines) or (path == self.log and path.is_file()):
                write_atomically(path, "".join(json.dumps(line) + "\n" for line in lines).encode())

    def sample_path(self, step: int, suffix: str) -> Path:
        """Where the samples of a step go."""
        self.samples.mkdir(exist_ok=True)
        return self.samples / f"step-{step:08d}{suffix}"


def _speakable(value):
    """JSON has no nan and no infinity: they are written as the words, never dropped."""
    if isinstance(value, Mapping):
        return {key: _speakable(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
