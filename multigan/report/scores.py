"""What a report says of scores: a table, the protocols, the best checkpoint, and its metric's curve."""

from typing import Any

from multigan.metrics.ranking import MADE_BY, best_of
from multigan.modality import modalities
from multigan.report.charts import Series, draw_chart
from multigan.report.curves import tell
from multigan.runlog import RunLog, number

__all__ = ["best_sentence", "score_curves", "score_tables"]

DIRECTIONS = {"higher": "higher is better", "lower": "lower is better", "one": "best at 1"}
LISTED = 24  # rows of one metric; what a curve shows need not be listed as well


def score_tables(log: RunLog) -> dict[str, Any]:
    """The newest score of each metric, checkpoint and way of measuring, and the metrics' protocols."""
    newest, drawn = {}, _drawn_by(log.modality)
    for score in _live(log):
        ways = ("metric", "step", "real", "generated", "seeds", "fingerprint", "direction", *drawn)
        how = [str(score.get(key)) for key in ways]
        newest[tuple(how)] = score
    rows, left = [], {}
    for score in sorted(newest.values(), key=lambda score: (str(score["metric"]), -number(score.get("step", 0)))):
        name = str(score["metric"])
        left[name] = left.get(name, 0) + 1
        if left[name] <= LISTED:
            rows.append(_row(score, drawn))
    rows.sort(key=lambda row: (row["metric"], row["order"]))
    notes = [
        f"{name}: {count - LISTED} earlier scores are not listed." for name, count in left.items() if count > LISTED
    ]
    protocols = {str(score["metric"]): str(score.get("protocol", "")) for score in newest.values()}
    return {"rows": rows, "notes": notes, "protocols": {name: text for name, text in sorted(protocols.items()) if text}}


def _drawn_by(modality: str) -> tuple[str, ...]:
    """What the scores of a curve tell of how their samples were drawn, such as "temperature"."""
    room = modalities().get(modality)
    return tuple(room.load("curve")[0].facts) if room and room.curve else ()


def _row(score, drawn) -> dict[str, Any]:
    seeds, way = score.get("seeds"), score.get("direction")
    ways = ", ".join(f"{name} {_said(score[name])}" for name in drawn if name in score)
    return {
        "metric": str(score["metric"]) + (f", {way}" if way else "") + (f" at {ways}" if ways else ""),
        "better": DIRECTIONS.get(score.get("better"), ""),
        "order": number(score.get("step", 0)),
        "step": tell(score.get("step", 0)),
        "value": _decimals(score.get("value")),
        "beside": ", ".join(
            f"{name} {_decimals(found.get('value'))}" for name, found in score.get("controls", {}).items()
        ),
        "deviation": "" if score.get("deviation") is None else _decimals(score["deviation"]),
        "real": tell(score.get("real")),
        "generated": tell(score.get("generated")),
        "seeds": len(seeds) if isinstance(seeds, list) else seeds,
        "data": " ".join(str(score[key]) for key in ("data", "split") if key in score),
    }


def best_sentence(log: RunLog) -> str:
    """Which checkpoint is the best by the metric that the run kept its best by; "" without one."""
    own = {score["step"]: score for score in _own(log)}
    best = best_of(own.values())
    if best is None:
        return ""
    here = "" if best["step"] in log.checkpoints else " (its checkpoint is gone)"
    count = "1 checkpoint" if len(own) == 1 else f"{len(own):,} checkpoints"
    return f"Best {best['metric']} of {count}: {_decimals(best['value'])} at step {tell(best['step'])}{here}."


def score_curves(log: RunLog) -> list[dict[str, Any]]:
    """A chart of the metric that the run scored its checkpoints by, with a mark at the best one."""
    own = dict(sorted({score["step"]: score for score in _own(log)}.items()))
    if not own:
        return []
    last = list(own.values())[-1]
    name, values = str(last["metric"]), [number(score["value"]) for score in own.values()]
    best = best_of(own.values())
    svg, note = draw_chart([Series(name, list(own), values)], label=name, key="score0", marks=[best["step"]])
    legend = [{"name": name, "last": tell(values[-1]), "index": 0}]
    text = f"Scored at every checkpoint; {DIRECTIONS.get(last.get('better'), '')}. Dotted upright line: the best."
    return [{"title": name, "text": text, "svg": svg, "legend": legend, "notes": [note] if note else []}]


def _live(log):
    return [score for score in log.scores if not score.get("abandoned")]


def _own(log):
    """The run's own scores, of the newest metric by which it kept its best."""
    own = [score for score in _live(log) if score.get("by") == MADE_BY and score.get("better") in DIRECTIONS]
    own = [score for score in own if isinstance(score.get("step"), int)]
    return [score for score in own if score["metric"] == own[-1]["metric"]]


def _said(value: object) -> str:
    return tell(value) if isinstance(value, (int, float)) else str(value)


def _decimals(value: object) -> str:
    """A score with four decimals, as its deviation beside it; the very large and the very small as `tell` has them."""
    value = number(value)
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else tell(value)
