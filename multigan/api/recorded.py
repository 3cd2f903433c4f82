"""What a run's files tell of it. Imports no framework."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multigan.api.host import Host
from multigan.runs import RunDirectory

if TYPE_CHECKING:
    from multigan.recipe import DataInfo, Recipe
    from multigan.runlog import RunLog

__all__ = ["Recorded"]


class Recorded:
    """A run as its folder has it. All is read when it is asked for, so that a run that trains can be watched.

    Args:
        path: of the folder.
        host: with the plugins.

    Attributes:
        path, host: see above.
    """

    def __init__(self, path: Path, host: Host):
        self.path, self.host = Path(path), host

    def __repr__(self) -> str:
        return f"<run of {self.directory.facts()['recipe']} in {self.path}>"

    def _repr_html_(self) -> str:
        from multigan.api.notebook import shown

        return shown(self.read)

    @cached_property
    def directory(self) -> RunDirectory:
        """The folder's files; raises `UsageError` where no run is."""
        return RunDirectory.open(self.path)

    @cached_property
    def recipe(self) -> Recipe:
        """What it trains; raises `UsageError` where that is not installed."""
        return self.host.registry.recipe(self.directory.facts()["recipe"])[1]

    @property
    def read(self) -> RunLog:
        """All that can be read, however damaged."""
        from multigan.runlog import read_run

        return read_run(self.path)

    @property
    def data(self) -> DataInfo:
        """What its game was told of the data: name, shape, count, classes."""
        return self.directory.data_info()

    @property
    def options(self) -> dict[str, Any]:
        """The options of the recipe and of its data, all of them."""
        return {key: entry["value"] for key, entry in self.directory.facts()["options"].items()}

    @property
    def settings(self) -> dict[str, Any]:
        """Steps, batch size, seed and what else every run is told."""
        return {key: entry["value"] for key, entry in self.directory.facts()["settings"].items()}

    @property
    def log(self) -> list[dict[str, Any]]:
        """The log's lines, each with `step`, `losses` and `health`; none that a resume took back."""
        return [dict(line) for line in self.read.lines]

    @property
    def scores(self) -> list[dict[str, Any]]:
        """The records that evaluations have left; none that a resume took back."""
        return [dict(record) for record in self.read.scores if not record.get("abandoned")]

    @property
    def outcome(self) -> str:
        """How it ended: "done", "interrupted" or "failed"; "" while it trains, or where a kill ended it."""
        last = self.read.live[-1:]
        return str(last[0].get("outcome", "")) if last else ""

    @property
    def preview(self) -> Path | None:
        """The newest preview of samples; None where there is none yet."""
        samples = self.read.samples
        return samples[max(samples)][0] if samples else None

    @property
    def report(self) -> Path:
        """The page that shows it all."""
        return self.path / "report.html"
