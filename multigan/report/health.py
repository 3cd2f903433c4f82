"""What a report says of health: findings, the share of each class among the samples, and recoveries."""

from collections.abc import Sequence
from typing import Any

from multigan.health import checks_of, findings, health_of, illnesses_of
from multigan.report.curves import tell
from multigan.runlog import RunLog, number

__all__ = ["checks", "class_shares", "finding_rows", "recovery_notices"]

SHOWN = 64  # classes


def classes_of(log: RunLog) -> Sequence[str]:
    """The names of the data's labels."""
    return log.facts.get("data", {}).get("classes", ())


def finding_rows(log: RunLog) -> list[dict[str, Any]]:
    """What health found: as it was logged, and as the whole log shows it now; the gravest first."""
    illnesses = illnesses_of(log.modality)
    now = {finding.name: finding for finding in findings(log.live, log.modality, classes_of(log))}
    found = {}
    for name, finding in now.items():
        found[name] = {"name": name, "since": None, "now": True, "message": finding.message}
        found[name]["advice"] = _sentence(finding.advice)
    for line in log.kind("finding"):
        name = str(line.get("name", "finding"))
        usual = illnesses[name].advice if name in illnesses else ""
        message, advice = str(line.get("message", "")), _sentence(str(line.get("advice", usual)))
        entry = found.setdefault(name, {"name": name, "since": None, "now": False, "message": message})
        entry.setdefault("advice", advice)
        entry["since"] = line["step"] if entry["since"] is None else entry["since"]
        if not entry["now"]:
            entry |= {"message": message, "advice": advice}
    return list(found.values())


def checks(log: RunLog) -> str:
    """What is looked for, in a sentence."""
    return ", ".join(checks_of(log.modality).values())


def class_shares(log: RunLog) -> dict[str, Any] | None:
    """The newest share of each class among the samples, as widths of bars; None where none was measured."""
    measured = [line for line in log.lines if isinstance(line.get("shares"), list) and line["shares"]]
    if not measured:
        return None
    line, names = measured[-1], classes_of(log)
    missing = set(line.get("missing", ()))
    shares = [number(share) for share in line["shares"]]
    widest = max(*shares, 1e-9)
    rows = [
        {
            "name": str(names[index]) if index < len(names) else str(index),
            "share": f"{share:.1%}",
            "width": round(100 * share / widest, 1),
            "missing": index in missing,
        }
        for index, share in enumerate(shares)
    ]
    health, more = health_of(log.modality), len(rows) - SHOWN
    return {
        "title": health.classes.capitalize(),
        "text": f"Of the samples of step {tell(line['step'])}, the share {health.belongs}",
        "rows": rows[:SHOWN],
        "more": f"{more:,} more are not shown." if more > 0 else "",
    }


def recovery_notices(log: RunLog) -> list[str]:
    """A sentence for each time that the run went back to a checkpoint."""
    lines = [line for line in log.everything if line["kind"] == "recovery"]
    return [
        f"Recovery {line.get('number', '')}: {line.get('message', '')}; the run went back to step "
        f"{tell(line['step'])}, with learning rates times {tell(line.get('rates'))}."
        for line in lines
    ]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("." if text and text[-1] not in ".!?" else "")
