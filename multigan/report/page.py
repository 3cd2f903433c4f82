"""A run's report: one HTML file that opens from disk with no network, made from nothing but the run directory."""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from multigan.command_line import command_line
from multigan.disk import write_atomically
from multigan.facts import asked_by
from multigan.fields import first_samples
from multigan.health import health_of
from multigan.lost import lost_checkpoints
from multigan.recipe import as_typed
from multigan.report.curves import health_curves, loss_curves, marks, speed_curves, tell
from multigan.report.gallery import gallery
from multigan.report.health import checks, class_shares, finding_rows, recovery_notices
from multigan.report.scores import best_sentence, score_curves, score_tables
from multigan.runlog import RunLog, number, read_run

__all__ = ["template", "write_report"]

NAMED_CLASSES = 20


def write_report(directory: Path) -> Path:
    """Writes `report.html` into a run directory and returns its path.

    Args:
        directory: of the run. The commands in the report name it as it is given here.

    What is missing or damaged is told in the report. The same files give the same report, to the byte.

    Raises:
        UsageError: there is no such directory.
    """
    directory = Path(directory)
    page = template("page").render(_view(read_run(directory), directory))
    path = directory / "report.html"
    write_atomically(path, page.encode())
    return path


@cache
def template(name: str):
    """Returns a page's Jinja template. It is compiled once: a run writes its report again and again."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("multigan.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(tell=tell, linked=_linked)
    return environment.get_template(f"{name}.html.j2")


def _view(log: RunLog, directory: Path) -> dict[str, Any]:
    """Everything that the template prints."""
    facts, samples = log.facts, gallery(log.samples, log.facts.get("modality", ""))
    recipe, data = facts.get("recipe", "unknown recipe"), facts.get("data", {})
    return {
        "title": f"{recipe} on {data.get('name', 'unknown data')}",
        "facts": facts,
        "machine": facts.get("machine", {}),
        "started": _moment(facts.get("started")),
        "references": facts.get("references", ()),
        "status": _status(log),
        "summary": _summary(log),
        "findings": finding_rows(log),
        "checks": checks(log),
        "shares": class_shares(log),
        "judged": len(log.lines),
        "notices": [*recovery_notices(log), *log.notices, *samples["notices"]],
        "samples": samples,
        "curves": loss_curves(log) + health_curves(log),
        "speed": {"curves": speed_curves(log), "rows": _speed(log)},
        "marks": marks(log),
        "configuration": _configuration(facts),
        "scores": score_tables(log) | {"best": best_sentence(log), "curves": score_curves(log)},
        "nothing_left": _nothing_left(log),
        "commands": _commands(log, directory),
    }


def _setting(facts: Mapping, name: str) -> Any:
    entry = facts.get("settings", {}).get(name)
    return entry.get("value") if isinstance(entry, Mapping) else None


def _status(log: RunLog) -> dict[str, str]:
    """How the run stands: a word, what it means for colour, and what its last line said."""
    last = log.live[-1] if log.live else {"kind": "log"}
    for line in reversed(log.live):
        if line["kind"] != "finding":
            last = line
            break
    if last["kind"] != "end":
        if not log.live:
            return {"word": "nothing logged yet", "kind": "open", "message": ""}
        message = "No end is recorded: the run goes on, or was killed."
        return {"word": "no end recorded", "kind": "open", "message": message}
    outcome = str(last.get("outcome", "unknown"))
    kind = outcome if outcome in ("done", "failed", "interrupted") else "open"
    return {"word": outcome, "kind": kind, "message": str(last.get("message", ""))}


def _summary(log: RunLog) -> list[tuple[str, str]]:
    total, lines = _setting(log.facts, "steps"), log.lines
    rows = [("steps", f"{log.step:,} of {total:,}" if isinstance(total, int) else f"{log.step:,}")]
    if log.facts.get("data", {}).get("count") is not None:
        rows.append(("data", f"{tell(log.facts['data']['count'])} samples"))
    if lines and "seconds" in lines[-1]:
        rows.append(("time", _duration(number(lines[-1]["seconds"]))))
    rates = [number(line["steps_per_second"]) for line in lines if "steps_per_second" in line]
    if rates:
        rows.append(("speed", f"{tell(median(rates))} steps/s"))
    newest, health = {name: value for line in lines for name, value in line["health"].items()}, health_of(log.modality)
    for name in ("diversity", "recall", *health.figures):
        if name in newest:
            rows.append((name.replace("_", " "), tell(newest[name])))
    classes = log.facts.get("data", {}).get("classes", ())
    if "classes_covered" in newest:
        rows.append((health.classes, f"{tell(newest['classes_covered'])} of {len(classes)}"))
    recoveries = sum(line["kind"] == "recovery" for line in log.everything)
    if recoveries:
        rows.append(("recoveries", str(recoveries)))
    return rows


def _speed(log: RunLog) -> list[tuple[str, str]]:
    rows = []
    for key, unit in (("steps_per_second", "steps/s"), ("samples_per_second", "samples/s")):
        rates = [number(line[key]) for line in log.lines if key in line]
        if rates:
            told = f"{tell(median(rates))} (median; {tell(min(rates))} to {tell(max(rates))} between log lines)"
            rows.append((unit, told))
    seconds = [number(line["seconds"]) for line in log.lines if "seconds" in line]
    if seconds:
        rows.append(("training time", _duration(seconds[-1])))
        wall = _wall_seconds(log)
        if wall:
            rest = "starting up and reading the data"
            rest += ", and steps that a resume took back" if log.kind("resume") else ""
            share = f"{min(1.0, seconds[-1] / wall):.0%}"
            rows.append(("share of time", f"{share} of the {_duration(wall)} that the run took; the rest: {rest}"))
    return rows


def _wall_seconds(log: RunLog) -> float:
    """Seconds between each start of the run and the last sign of life before the next; 0 when times are missing."""
    total, begun, seen = 0.0, _time(log.facts.get("started")), None
    for line in log.everything:
        time = _time(line.get("time"))
        if time is None:
            continue
        if line["kind"] == "resume":
            total += (seen - begun).total_seconds() if begun and seen else 0.0
            begun, seen = time, None
        else:
            seen = time
    return total + ((seen - begun).total_seconds() if begun and seen else 0.0)


def _time(text: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo else None


def _moment(text: object) -> str:
    time = _time(text)
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if time else str(text)


def _duration(seconds: float) -> str:
    if not 0 <= seconds < 1e9:
        return f"{seconds} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, hours = round(seconds) // 60, round(seconds) // 3600
    return f"{hours} h {minutes % 60:02} min" if hours else f"{minutes} min {round(seconds) % 60:02} s"


def _configuration(facts: Mapping) -> list[dict[str, Any]]:
    """Tables of names, values and, where values were chosen, their origins."""
    tables = []
    for title, key in (("Settings", "settings"), ("Options", "options")):
        entries = facts.get(key, {})
        rows = [
            (name, _value(entry["value"]), str(entry.get("origin", "")))
            if isinstance(entry, Mapping) and "value" in entry
            else (name, _value(entry), "")
            for name, entry in entries.items()
        ]
        tables.append({"title": title, "rows": rows, "origins": True})
    for title, key in (("Data", "data"), ("Versions", "versions"), ("Machine", "machine")):
        rows = [(name, _value(value), "") for name, value in facts.get(key, {}).items()]
        tables.append({"title": title, "rows": rows, "origins": False})
    return [table for table in tables if table["rows"]]


def _value(value: Any) -> str:
    if isinstance(value, list):
        told = ", ".join(map(str, value[:NAMED_CLASSES]))
        return f"{told} and {len(value) - NAMED_CLASSES:,} more" if len(value) > NAMED_CLASSES else told
    return as_typed(value)


def _nothing_left(log: RunLog) -> str:
    """What there is to do where there is no checkpoint."""
    if log.checkpoints:
        return ""
    if lost_checkpoints(log):
        return "Its checkpoints are gone: put a copy of their folder back, or start a new run."
    return "There is no checkpoint yet: the run can only start again from its first step."


def _commands(log: RunLog, directory: Path) -> list[tuple[str, str]]:
    """How to go on, as one types it in a shell."""
    total, resume = _setting(log.facts, "steps"), ["run", "--resume", directory]
    if lost_checkpoints(log):
        return []
    if not log.checkpoints:
        return [("Start again.", command_line(*resume))]
    if isinstance(total, int) and log.step >= total:
        resume += ["--steps", 2 * total]
    best = ["--checkpoint", "best"] if best_sentence(log) else []
    flags = first_samples(asked_by(log.facts))
    what = "Draw 64 new samples." if "-n" in flags else "Make samples of files of your own."
    commands = [
        (what, ["sample", directory, *flags, *best]),
        ("Train on from the last checkpoint.", resume),
        ("Measure it.", ["evaluate", directory]),
        ("Take the generator elsewhere.", ["export", directory, "--format", "keras"]),
    ]
    if finding_rows(log):
        commands.insert(0, ("Learn what its findings mean, and what to try.", ["doctor", directory]))
    return [(what, command_line(*words)) for what, words in commands]


def _linked(text: object) -> Any:
    """Escapes a text and makes the arXiv ids and DOIs in it links."""
    from markupsafe import Markup

    safe = html.escape(str(text))
    safe = re.sub(r"(?<![\w.])(?:arXiv[: ])?(\d{4}\.\d{4,5})(?![\w.]\d)", _arxiv, safe)
    return Markup(safe)


def _arxiv(match: re.Match) -> str:
    return f'<a href="https://arxiv.org/abs/{match[1]}" rel="noreferrer">{match[0]}</a>'
