"""A sweep's page: one HTML file that opens from disk with no network, made from what its runs left."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from multigan.command_line import command_line
from multigan.disk import write_atomically
from multigan.recipe import as_typed
from multigan.report.curves import tell
from multigan.report.gallery import thumbnail
from multigan.report.page import template
from multigan.report.scores import DIRECTIONS
from multigan.runlog import read_run

__all__ = ["write_sweep"]

SHOWN = 24  # choices of values whose samples are shown


def write_sweep(folder: Path, page: Path, sweep: Any) -> Path:
    """Writes the page of a sweep and returns its path.

    Args:
        folder: of the sweep; the page names its runs by where they lie in it.
        page: where to.
        sweep: a `multigan.sweeps.call.Sweep`.
    """
    write_atomically(page, template("sweep").render(_view(folder, sweep)).encode())
    return page


def _view(folder: Path, sweep: Any) -> dict[str, Any]:
    """Everything that the template prints."""
    plan, table = sweep.plan, sweep.table
    metrics = list(table.better)
    failed = sum(len(row.failed) for row in table.rows)
    first = metrics[0] if metrics else ""
    span = _span([v for row in table.rows if first in row.scores for v in row.scores[first].values.values()])
    return {
        "title": f"{Path(plan.recipe).stem} over {', '.join(plan.over)}",
        "status": _status(table, failed, sweep.interrupted),
        "summary": [
            ("runs", f"{table.done} of {table.runs}"),
            ("choices", str(len(table.rows))),
            ("seeds", ", ".join(map(str, plan.seeds))),
            *([("failed", str(failed))] if failed else []),
        ],
        "keys": list(plan.over),
        "metrics": [{"name": name, "better": DIRECTIONS.get(table.better[name], "")} for name in metrics],
        "rows": [_row(folder, row, metrics, span) for row in table.rows],
        "span": [tell(end) for end in span] if span else [],
        "protocols": dict(table.protocols),
        "controls": {name: _listed(found) for name, found in table.controls.items() if found},
        "failures": [
            (row.runs[seed], reason, _talk(row.runs[seed])) for row in table.rows for seed, reason in row.failed.items()
        ],
        "samples": _samples(folder, table),
        "configuration": _configuration(plan),
        "commands": _commands(folder, sweep),
        "version": plan.version,
    }


def _status(table, failed: int, interrupted: str) -> dict[str, str]:
    if table.done == table.runs:
        return {"word": "done", "kind": "done", "message": ""}
    if interrupted:
        message = f"Stopped by {interrupted}; {table.runs - table.done - failed} runs are left."
        return {"word": "interrupted", "kind": "interrupted", "message": message}
    return {"word": "done but for what failed", "kind": "failed", "message": f"{failed} of {table.runs} runs failed."}


def _row(folder, row, metrics, span) -> dict[str, Any]:
    scores = []
    for name in metrics:
        score = row.scores.get(name)
        scores.append(
            {
                "mean": _figure(score.mean) if score else "",
                "deviation": "" if score is None or score.deviation is None else _figure(score.deviation),
                "runs": [(seed, _figure(value)) for seed, value in score.values.items()] if score else [],
            }
        )
    first = row.scores.get(metrics[0]) if metrics else None
    return {
        "chosen": [as_typed(value) for value in row.values.values()],
        "scores": scores,
        "strip": _strip(first, span),
        "whole": len(row.done) == len(row.runs),
        "done": f"{len(row.done)} of {len(row.runs)}",
        "findings": ", ".join(f"{name} in {count}" for name, count in row.findings.items()),
        "runs": [(seed, _link(folder, name), seed in row.done) for seed, name in row.runs.items()],
    }


def _span(values: list[float]) -> tuple[float, float] | None:
    """The ends of the axis on which values are drawn."""
    finite = [value for value in values if math.isfinite(value)]
    return (min(finite), max(finite)) if finite else None


def _strip(score, span) -> dict[str, Any] | None:
    """Where a row's values and their mean lie, in hundredths of the axis."""
    if score is None or span is None:
        return None
    low, high = span

    def place(value: float) -> float:
        return round(3 + 94 * (value - low) / (high - low), 2) if high > low else 50.0

    values = [place(value) for value in score.values.values() if math.isfinite(value)]
    return {"places": values, "mean": place(score.mean)} if math.isfinite(score.mean) else {"places": values}


def _samples(folder: Path, table) -> list[dict[str, Any]]:
    """The newest preview of each choice's first run that is done."""
    found = []
    for row in table.rows[:SHOWN]:
        for seed in row.done[:1]:
            run = folder / "runs" / row.runs[seed]
            samples = read_run(run).samples if run.is_dir() else {}
            files = samples[max(samples)] if samples else ()
            picture = thumbnail(files[0]) if files else None
            caption = " ".join(f"{key}={as_typed(value)}" for key, value in row.values.items())
            if picture:
                found.append(
                    {"picture": picture, "caption": caption, "seed": seed, "link": _link(folder, row.runs[seed])}
                )
    return found


def _configuration(plan) -> list[tuple[str, str]]:
    rows = [("recipe", plan.recipe), *((key, ", ".join(map(as_typed, values))) for key, values in plan.over.items())]
    rows += [(key, as_typed(value)) for key, value in {**plan.settings, **plan.options}.items()]
    scored = f"the {plan.checkpoint} checkpoint, on {plan.count:,} samples, against {plan.against or 'its data'}"
    cores = [("cores of each run", str(plan.cpus))] if plan.cpus else []
    return [*rows, ("scored", scored), *cores]


def _commands(folder: Path, sweep) -> list[tuple[str, str]]:
    commands = []
    if sweep.table.done < sweep.table.runs:
        commands.append(("Go on with what is not done.", sweep.resume))
    more = len(sweep.plan.seeds) * 2
    commands.append(("Add seeds.", command_line("sweep", "--resume", folder, "--seeds", more)))
    best = next((row for row in sweep.table.rows if row.done), None)
    if best:
        run = folder / "runs" / best.runs[best.done[0]]
        commands.append(("Look at a run of the best choice.", command_line("sample", run)))
    return commands


def _link(folder: Path, name: str) -> str:
    """A run's report, as the page finds it; "" where it is gone."""
    report = Path("runs", name, "report.html")
    return quote(report.as_posix()) if (folder / report).is_file() else ""


def _talk(name: str) -> str:
    return quote(f"logs/{name}.txt")


def _listed(found: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {_figure(value)}" for name, value in found.items())


def _figure(value: float) -> str:
    """Four decimals, or as many digits as a small or large figure needs."""
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else tell(value)
