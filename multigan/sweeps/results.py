"""What a sweep has found: for each choice of values the mean and the deviation over seeds, the best first."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from multigan.metrics.ranking import regret
from multigan.recipe import as_typed
from multigan.runlog import number
from multigan.sweeps.folder import Folder
from multigan.sweeps.plan import Plan

__all__ = ["Row", "Score", "Table", "table_of"]


@dataclass(frozen=True)
class Score:
    """One metric over the seeds of one choice.

    Args:
        values: seed -> the value of its run, itself the mean over draws of samples.
        better: "higher", "lower", or "one".
    """

    values: Mapping[int, float]
    better: str

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return statistics.fmean(self.values.values())

    @property
    def deviation(self) -> float | None:
        """The sample standard deviation over the seeds; None of one seed, or where a value is not finite."""
        values = list(self.values.values())
        return statistics.stdev(values) if len(values) > 1 and all(map(math.isfinite, values)) else None


@dataclass(frozen=True)
class Row:
    """One choice of values.

    Args:
        values: by setting or option.
        scores: by metric, those of its runs that are done.
        runs: seed -> the name of its run.
        done: the seeds whose runs are done.
        failed: seed -> why its run failed, as far as it is known.
        findings: what health still finds in a run -> in how many of them.
    """

    values: Mapping[str, Any]
    scores: Mapping[str, Score]
    runs: Mapping[int, str]
    done: tuple[int, ...]
    failed: Mapping[int, str] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """All of a sweep.

    Args:
        rows: the best first by the first metric; those after all others whose runs are not all done.
        protocols: metric -> how it was measured, in words.
        better: metric -> "higher", "lower" or "one".
        controls: metric -> what stands beside it, such as other real samples -> its mean value.
    """

    rows: tuple[Row, ...]
    protocols: Mapping[str, str]
    better: Mapping[str, str]
    controls: Mapping[str, Mapping[str, float]]

    @property
    def done(self) -> int:
        """How many runs are done."""
        return sum(len(row.done) for row in self.rows)

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return sum(len(row.runs) for row in self.rows)

    def as_json(self) -> list[dict[str, Any]]:
        """The rows as JSON has them."""
        return [
            {
                "values": dict(row.values),
                "scores": {
                    name: {
                        "mean": _finite(score.mean),
                        "deviation": score.deviation,
                        "values": {str(seed): _finite(value) for seed, value in score.values.items()},
                    }
                    for name, score in row.scores.items()
                },
                "runs": {str(seed): name for seed, name in row.runs.items()},
                "done": list(row.done),
                "failed": {str(seed): reason for seed, reason in row.failed.items()},
                "findings": dict(row.findings),
            }
            for row in self.rows
        ]


def table_of(folder: Folder, plan: Plan, failed: Mapping[str, str]) -> Table:
    """Reads the results of a sweep's runs.

    Args:
        folder: of the sweep.
        plan: what it does.
        failed: run -> why it failed.
    """
    jobs = plan.jobs()
    results = {job.name: folder.result(job.name) for job in jobs}
    records = [(job, record) for job in jobs for record in (results[job.name] or {}).get("records", ())]
    names = list(dict.fromkeys(_label(record) for _, record in records))
    rows = []
    for values in plan.combinations():
        own = [job for job in jobs if job.values == values]
        scores = {}
        for name in names:
            found = {job.seed: r for job, r in records if job.values == values and _label(r) == name}
            if found:
                better = next(iter(found.values()))["better"]
                scores[name] = Score({seed: number(record["value"]) for seed, record in found.items()}, better)
        findings = [name for job in own for name in (results[job.name] or {}).get("findings", ())]
        rows.append(
            Row(
                values=values,
                scores=scores,
                runs={job.seed: job.name for job in own},
                done=tuple(job.seed for job in own if results[job.name] is not None),
                failed={job.seed: failed[job.name] for job in own if job.name in failed},
                findings={name: findings.count(name) for name in dict.fromkeys(findings)},
            )
        )
    return Table(
        rows=tuple(sorted(rows, key=_rank(names))),
        protocols={name: _protocol([r for _, r in records if _label(r) == name]) for name in names},
        better={name: next(r["better"] for _, r in records if _label(r) == name) for name in names},
        controls={name: _controls([r for _, r in records if _label(r) == name]) for name in names},
    )


def _rank(names):
    """The order of rows: a mean over some of the seeds cannot be held against one over all."""

    def key(row: Row) -> tuple[int, float]:
        score = row.scores.get(names[0]) if names else None
        if score is None:
            return 2, 0.0
        return int(len(score.values) < len(row.runs)), regret(score.better, score.mean)

    return key


def _label(record: Mapping[str, Any]) -> str:
    way = record.get("direction")
    return f"{record['metric']}, {way}" if way else str(record["metric"])


def _protocol(records: list[Mapping[str, Any]]) -> str:
    """How values were measured; where runs differ in it, each way."""
    parts = []
    for record in records:
        kinds = f"{record['generated']:,} generated and {record['real']:,} real samples"
        data = " ".join(str(record[key]) for key in ("data", "split") if key in record)
        draws = len(record["seeds"])
        drawn = "1 draw" if draws == 1 else f"mean of {draws} draws"
        parts.append(f"{record['protocol']}; {kinds} of {data}, {drawn} a run")
    return " / ".join(dict.fromkeys(parts))


def _controls(records: list[Mapping[str, Any]]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for record in records:
        for name, control in record.get("controls", {}).items():
            found.setdefault(name, []).append(number(control["value"]))
    return {name: statistics.fmean(values) for name, values in found.items()}


def _finite(value: float) -> float | str:
    return value if math.isfinite(value) else as_typed(value)
