"""The run directory: its layout, reading and writing. Imports no framework."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import tomli_w

from multigan.command_line import command_line
from multigan.disk import append_line, remove_leftovers, sync, write_atomically
from multigan.errors import UsageError
from multigan.facts import check_resumable, data_info, read_facts
from multigan.recipe import DataInfo, suggest

__all__ = ["RunDirectory", "Setting", "new_directory"]

# What may lie in a folder where no run has begun yet.
LOCK = ".lock"
# Held for the moment in which a line is added or the lines are rewritten: others than the run may add scores to it.
LINES_LOCK = ".lines.lock"
# What may be asked of a run that trains; each is an empty file in its folder, which the run takes away.
WISHES = ("checkpoint", "stop")


@dataclass(frozen=True)
class Setting:
    """A resolved value and where it came from: flag, environment, config, run, recipe or default."""

    value: Any
    origin: str


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
        self.lock_path = self.path / LOCK
        self._lines_lock = filelock.FileLock(self.path / LINES_LOCK)
        self.log = self.path / "log.jsonl"
        self.scores = self.path / "scores.jsonl"
        self.samples = self.path / "samples"
        self.checkpoints = self.path / "checkpoints"
        self.reference = self.path / "reference.npz"

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
            if directory.lock_path.is_file() and not directory.begun():
                begin = command_line("run", "--plugin", "NAME", "--run-dir", directory.path)
                raise UsageError(f"{path}: no run has begun there; start one with: {begin}")
            raise UsageError(f"{path}: not a run directory (it has no run.toml)")
        return directory

    def begun(self) -> bool:
        """Whether anything but a lock, or what a kill left of a first file, lies in the folder."""
        if not self.path.is_dir():
            return False
        return any(path.name != LOCK and not path.name.startswith(".run.toml.") for path in self.path.iterdir())

    def lock(self, mend: str = "wait for it") -> filelock.BaseFileLock:
        """Takes the run for this process; the system gives it back when the process ends, however it ends.

        Args:
            mend: what to do where it is taken.

        Raises:
            UsageError: another process holds it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.lock_path, timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise UsageError(f"{self.path}: in use by another process; {mend}") from None
        return lock

    def busy(self) -> bool:
        """Whether a process holds the run, as while it trains."""
        if not self.lock_path.is_file():
            return False
        lock = filelock.FileLock(self.lock_path, timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            return True
        lock.release()
        return False

    def wish(self, what: str) -> None:
        """Asks the process that trains the run for a "checkpoint", or to "stop" in good order, after its current step.

        Raises:
            UsageError: nobody trains it, or there is no such wish.
        """
        if what not in WISHES:
            raise UsageError(f"{what}: no run can be asked for that{suggest(what, WISHES)}")
        if not self.busy():
            raise UsageError(f"{self.path}: it does not train now, so that there is nobody to ask")
        self._wished(what).touch()

    def wishes(self) -> list[str]:
        """Takes away what the run is asked for, and returns it."""
        found = [what for what in WISHES if self._wished(what).exists()]
        for what in found:
            self._wished(what).unlink(missing_ok=True)
        return found

    def _wished(self, what: str) -> Path:
        return self.path / f".asked-{what}"

    def write_facts(self, facts: Mapping[str, Any]) -> None:
        """Writes run.toml."""
        write_atomically(self.path / "run.toml", tomli_w.dumps(facts).encode())

    def facts(self, resume: bool = False) -> dict[str, Any]:
        """Reads run.toml, see `multigan.facts`.

        Args:
            resume: it must tell enough to go on, not for samples only.

        Raises:
            UsageError: it is damaged.
        """
        path = self.path / "run.toml"
        facts = read_facts(path)
        if resume:
            check_resumable(path, facts)
        return facts

    def data_info(self) -> DataInfo:
        """What the run's game was told of its data."""
        return data_info(self.facts())

    def append(self, line: Mapping[str, Any], path: Path | None = None) -> None:
        """Appends one object to log.jsonl (or another file of lines)."""
        with self._lines_lock:
            append_line(path or self.log, line)

    def lines(self, path: Path | None = None) -> Iterator[dict[str, Any]]:
        """Reads the objects of log.jsonl (or another file of lines) that tell a step; what is damaged is left out."""
        for _, line in _lines(path or self.log):
            if line is not None:
                yield line

    def abandon_after(self, step: int) -> None:
        """Marks what the log and the scores hold beyond a restored step, so that it never mixes with the new lines.

        What cannot be read stays as it is, for the report to tell of.
        """
        for path in (self.log, self.scores):
            with self._lines_lock:
                found = list(_lines(path))
                kept = [
                    text if line is None or line["step"] <= step else json.dumps(line | {"abandoned": True}).encode()
                    for text, line in found
                ]
                if kept != [text for text, _ in found]:
                    write_atomically(path, b"".join(text + b"\n" for text in kept))

    def ended(self, step: int, outcome: str, message: str = "") -> bool:
        """Whether the log says already that the run ended so, at that step, and nothing after it but resumes."""
        live = [line for line in self.lines() if not line.get("abandoned") and line.get("kind") != "resume"]
        last = live[-1] if live else {}
        told = (last.get("kind"), last.get("step"), last.get("outcome"), last.get("message"))
        return told == ("end", step, outcome, message)

    def sync(self) -> None:
        """Waits until the log and the scores are on the disk."""
        for path in (self.log, self.scores):
            if path.is_file():
                with open(path, "ab") as file:
                    sync(file)

    def missing(self, lines: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Returns those of some log lines that the log does not hold, or holds as abandoned only."""
        live = [(line.get("kind"), line.get("number")) for line in self.lines() if not line.get("abandoned")]
        return [line for line in lines if (line["kind"], line["number"]) not in live]

    def clean(self) -> None:
        """Removes what a kill left half written, and wishes that nobody heard; the run must be locked."""
        self.wishes()
        for folder in (self.path, self.samples, self.path / "metrics"):
            remove_leftovers(folder)

    def sample_path(self, step: int, suffix: str) -> Path:
        """Where the samples of a step go."""
        self.samples.mkdir(exist_ok=True)
        return self.samples / f"step-{step:08d}{suffix}"


def _lines(path: Path) -> Iterator[tuple[bytes, dict[str, Any] | None]]:
    """Every line of a file as it stands, and its object: None of what is no object with a step."""
    for text in path.read_bytes().split(b"\n") if path.is_file() else ():
        if not text.strip():
            continue
        try:
            line = json.loads(text)
        except ValueError:  # UnicodeDecodeError, too
            line = None
        told = isinstance(line, dict) and type(line.get("step")) is int
        yield text, line if told else None
