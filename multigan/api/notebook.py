"""A run as a notebook shows it: what it is, how far it is, and its newest preview."""

from __future__ import annotations

import base64
import html
import mimetypes
from pathlib import Path
from typing import Any

from multigan.runlog import RunLog

__all__ = ["shown"]

# Of a preview that is lines of text, how many.
LINES = 20
# A larger file is named and not put into the notebook, which would hold it for good.
LARGEST = 8 << 20


def shown(run: RunLog) -> str:
    """Returns HTML without scripts that holds all that it shows.

    Args:
        run: as its files tell it.
    """
    parts = [f"<p>{html.escape(_headline(run))}</p>"]
    files = run.samples[max(run.samples)] if run.samples else ()
    parts += [_shown(path) for path in files]
    if not files:
        parts.append("<p>No samples yet.</p>")
    return "\n".join(parts)


def _headline(run: RunLog) -> str:
    facts = run.facts
    steps = facts.get("settings", {}).get("steps", {}).get("value")
    far = f"step {run.step:,}" + (f" of {steps:,}" if isinstance(steps, int) else "")
    told = [str(facts.get("recipe", "a run")), far]
    if name := facts.get("data", {}).get("name"):
        told.append(f"on {Path(str(name)).name}")
    ended = run.live[-1].get("outcome") if run.live else ""
    return ", ".join([*told, *([str(ended)] if ended else [])])


def _shown(path: Path) -> str:
    kind = mimetypes.guess_type(path.name)[0] or ""
    name = html.escape(f"samples/{path.name}")
    try:
        if path.suffix == ".txt":
            with path.open(encoding="utf-8", errors="replace") as file:
                lines = [line for _, line in zip(range(LINES), file, strict=False)]
            return f"<pre>{html.escape(''.join(lines))}</pre>"
        if path.stat().st_size > LARGEST or kind.partition("/")[0] not in ("image", "audio", "video"):
            return f"<p>{name}</p>"
        return _embedded(kind, base64.b64encode(path.read_bytes()).decode(), name)
    except OSError as error:
        return f"<p>{name}: {html.escape(error.strerror or str(error))}</p>"


def _embedded(kind: str, content: str, name: Any) -> str:
    data = f"data:{kind};base64,{content}"
    if kind.startswith("image/"):
        return f'<img src="{data}" alt="{name}" style="max-width:100%">'
    element = kind.partition("/")[0]
    return f'<{element} controls src="{data}" title="{name}"></{element}>'
