"""Which curves a report shows: losses, health and speed, grouped so that each chart can be read."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from multigan.health import health_of
from multigan.report.charts import MAXIMUM, Series, draw_chart
from multigan.runlog import RunLog, number

__all__ = ["health_curves", "loss_curves", "marks", "speed_curves", "tell"]

TOGETHER = 6  # loss terms up to which all players share a chart

# What the known observations say, and how they are drawn. A room adds its own (`multigan.health.illness.Health`); all
# others are drawn plainly.
_GAUGES: dict[str, dict[str, Any]] = {
    "accuracy": {
        "title": "Accuracy",
        "label": "share told right",
        "text": "Share of the real and of the generated samples that a player tells right. 0.5: it cannot tell them "
        "apart. 1 on both for long: the other player learns little from it.",
        "limits": (-0.02, 1.04),
        "reference": 0.5,
    },
    "gradient_norm": {
        "title": "Gradient norms",
        "label": "norm",
        "text": "Length of each player's gradient. A player whose gradient vanishes has stopped learning.",
        "logarithmic": True,
    },
    "diversity": {
        "title": "Diversity of the samples",
        "label": "ratio to the data's",
        "text": "Mean distance between two samples, against the same in the data. 1: as diverse as the data. "
        "0: one picture.",
        "limits": (0, None),
        "reference": 1.0,
    },
    "coverage": {
        "title": "Coverage of the data",
        "label": "share",
        "text": "recall: share of the data that lies among the samples (arXiv 1904.06991). high_quality: share of the "
        "samples within three standard deviations of a mode (arXiv 1712.04086).",
        "limits": (-0.02, 1.04),
    },
    "nearest_distance": {
        "title": "Nearest distance",
        "label": "ratio to the data's",
        "text": "Median distance of a sample to the sample that is most like it, against the same in the data. Near 0: "
        "the samples are few, over and over.",
        "limits": (0, None),
        "reference": 1.0,
    },
    "classes_covered": {
        "title": "Classes covered",
        "label": "classes",
        "text": "How many of the data's classes, or modes, are among the samples.",
        "limits": (0, None),
    },
}
# Observations that share a chart.
_TOGETHER = {
    "accuracy_real": "accuracy",
    "accuracy_generated": "accuracy",
    "recall": "coverage",
}


def loss_curves(log: RunLog) -> list[dict[str, Any]]:
    """Charts of all loss terms: one for a few of them, else one for each player."""
    series = _collect(log, "losses")
    text = "The terms that each player minimises, as means between log lines."
    if len(series) <= TOGETHER:
        return _charts(log, {"Losses": series}, {"Losses": {"label": "loss", "text": text}}, "loss")
    groups: dict[str, list[Series]] = {}
    for line in series:
        groups.setdefault(f"Losses of {line.name.partition('/')[0]}", []).append(line)
    # The explanation is not repeated under each chart.
    texts = dict(zip(groups, [text], strict=False))
    return _charts(log, groups, {title: {"label": "loss", "text": texts.get(title, "")} for title in groups}, "loss")


def health_curves(log: RunLog) -> list[dict[str, Any]]:
    """Charts of what was observed: one for each kind of observation, with all players in it."""
    health, groups = health_of(log.modality), {}
    together = {**_TOGETHER, **health.together}
    for line in _collect(log, "health"):
        observation = line.name.rpartition("/")[2]
        groups.setdefault(together.get(observation, observation), []).append(line)
    return _charts(log, groups, {**_GAUGES, **health.curves}, "health")


def speed_curves(log: RunLog) -> list[dict[str, Any]]:
    """A chart of the steps per second."""
    lines = [line for line in log.lines if "steps_per_second" in line]
    series = Series("steps/s", [line["step"] for line in lines], [number(line["steps_per_second"]) for line in lines])
    text = "Between log lines, with the time for samples, checkpoints and reports in it."
    options = {"Steps per second": {"label": "steps/s", "text": text, "limits": (0, None)}}
    return _charts(log, {"Steps per second": [series] if lines else []}, options, "speed")


def marks(log: RunLog) -> dict[str, list[int]]:
    """Steps that charts mark: where the run was resumed, where it recovered, and where its phases began."""
    resumed, recovered = (sorted({line["step"] for line in log.kind(kind)}) for kind in ("resume", "recovery"))
    changed = [a["step"] for a, b in itertools.pairwise(log.lines) if a.get("phase") != b.get("phase")]
    return {"resumed": resumed, "recovered": recovered, "phases": changed}


def tell(value: object) -> str:
    """A figure for people: four significant digits, and `nan` or `inf` as what they are."""
    value = number(value)
    if not math.isfinite(value):
        return str(value)
    if value != 0 and not 1e-4 <= abs(value) < 1e9:
        return f"{value:.3e}"
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{3 - math.floor(math.log10(abs(value)))}f}".rstrip("0").rstrip(".")


def _collect(log: RunLog, table: str) -> list[Series]:
    found: dict[str, Series] = {}
    for line in log.lines:
        for name, value in line[table].items():
            series = found.setdefault(name, Series(name, [], []))
            series.steps.append(line["step"])
            series.values.append(number(value))
    return list(found.values())


def _charts(log: RunLog, groups: Mapping[str, Sequence[Series]], options: Mapping, key: str) -> list[dict[str, Any]]:
    charts = []
    vertical = [step for steps in marks(log).values() for step in steps if step > 0]
    for name, series in groups.items():
        for start in range(0, len(series), MAXIMUM):
            drawn = series[start : start + MAXIMUM]
            settings = {"title": name.replace("_", " "), "label": "value", "text": "", **options.get(name, {})}
            title, text = settings.pop("title"), settings.pop("text")
            svg, note = draw_chart(drawn, key=f"{key}{len(charts)}", marks=vertical, **settings)
            legend = [{"name": line.name, "last": tell(line.values[-1]), "index": i} for i, line in enumerate(drawn)]
            notes = [note] if note else []
            notes += filter(None, map(_not_finite, drawn))
            charts.append({"title": title, "text": text, "svg": svg, "legend": legend, "notes": notes})
    return charts


def _not_finite(series: Series) -> str:
    """Tells where a series was not finite, and how."""
    bad = [(step, value) for step, value in zip(series.steps, series.values, strict=True) if not math.isfinite(value)]
    if not bad:
        return ""
    told = ", ".join(f"{value} at step {step:,}" for step, value in bad[:4])
    more = f" and {len(bad) - 4:,} more" if len(bad) > 4 else ""
    return f"{series.name} was not finite in {len(bad):,} of {len(series.values):,} log lines (marked x): {told}{more}."
