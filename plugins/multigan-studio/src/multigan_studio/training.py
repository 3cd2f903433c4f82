"""The part of the page that watches a run: curves, findings, previews; and asks it for a checkpoint or to stop."""

import html
import re
import shutil
from pathlib import Path
from typing import Any

import gradio as gr

from multigan import finding_rows, health_curves, loss_curves, read_run
from multigan_studio.opened import Opened
from multigan_studio.stage import look
from multigan_studio.studio import Studio

__all__ = ["Training"]

IDS = re.compile(r'(id="|href="#|url\(#)')
# Seconds between two looks at the run.
PACE = 3.0


class Training:
    """How a run goes, or went.

    Args:
        studio: what the page shares.
        opened: the run.
    """

    def __init__(self, studio: Studio, opened: Opened):
        self.studio, self.opened = studio, opened

    def build(self) -> None:
        """Puts it on the page."""
        key = self.opened.key
        mark = gr.State(("", 0))
        timer = gr.Timer(PACE, active=False)
        status = gr.HTML(elem_id=f"status-{key}")
        with gr.Row(visible=False) as asks:
            checkpoint = gr.Button("Ask for a checkpoint", size="sm", elem_id=f"wish-checkpoint-{key}")
            stop = gr.Button("Ask it to stop", size="sm", elem_id=f"wish-stop-{key}")
        with gr.Row():
            with gr.Column(scale=1, min_width=300):
                steps = gr.Slider(0, 1, value=0, step=1, label="preview", elem_id=f"previews-{key}", visible=False)
                preview = gr.HTML(elem_classes="stage", elem_id=f"preview-{key}")
                findings = gr.HTML(elem_id=f"findings-{key}")
            curves = gr.HTML(elem_classes="curves", elem_id=f"curves-{key}")
        outputs = [mark, status, asks, steps, preview, findings, curves]
        self.studio.on(timer.tick, self.look, [mark, steps], outputs, show_progress="hidden", concurrency_limit=4)
        self.studio.on(
            steps.input, self.preview, [steps], [preview], show_progress="hidden", trigger_mode="always_last"
        )
        for button, wish in ((checkpoint, "checkpoint"), (stop, "stop")):
            self.studio.on(button.click, self.asked(wish), None, None, show_progress="hidden")
        self._timer, self._outputs = (timer, mark, steps), outputs

    def begin_on(self, event: Any) -> None:
        """Looks at the run from an event on, such as the choice of its tab."""
        timer, mark, steps = self._timer
        self.studio.on(event, lambda: gr.Timer(active=True), None, [timer], show_progress="hidden")
        self.studio.on(event, self.look, [mark, steps], self._outputs, show_progress="hidden")

    def end_on(self, event: Any) -> None:
        """Looks at it no more from an event on."""
        timer, _, _ = self._timer
        self.studio.on(event, lambda: gr.Timer(active=False), None, [timer], show_progress="hidden")

    def look(self, mark: tuple[str, int], place: float):
        """What there is to see by now; nothing is changed where the run did not go on.

        Args:
            mark: what the run was like at the last look, and how many previews it had.
            place: of the preview that is looked at.
        """
        directory = self.opened.directory
        busy = directory.busy()
        now = f"{_mark(directory)} {busy}"
        if now == mark[0]:
            return (gr.skip(),) * 7
        log = read_run(directory.path)
        newest = max(len(log.samples) - 1, 0)
        # Who looks at the newest one goes on to the next newest one.
        place = min(int(place), newest) if place < mark[1] - 1 else newest
        return (
            (now, len(log.samples)),
            _status(log, busy),
            gr.Row(visible=busy),
            gr.Slider(0, max(newest, 1), value=place, visible=newest > 0),
            self._look_at(log, int(place)),
            _findings(log),
            _curves(log, self.opened.key),
        )

    def preview(self, place: float) -> str:
        """One of the run's previews."""
        return self._look_at(read_run(self.opened.directory.path), int(place))

    def asked(self, wish: str) -> Any:
        """Returns what asks the run for something."""

        def ask():
            self.opened.directory.wish(wish)
            told = "It finishes its step and stops." if wish == "stop" else "It writes one after its current step."
            gr.Info(told, duration=4)

        return ask

    def _look_at(self, log, place: int) -> str:
        """A preview of the run, by its place in their order, copied to where the page may read."""
        if not log.samples:
            return "<p class='note'>There is no preview yet.</p>"
        steps = list(log.samples)
        step = steps[min(max(place, 0), len(steps) - 1)]
        folder, told = self.studio.workshop.new(), []
        for path in log.samples[step]:
            copy = Path(shutil.copyfile(path, folder / path.name))
            told.append(look(copy, f"step {step}"))
        return f'<div class="whole"><p>step {step:,}</p>{"".join(told)}</div>'


def _mark(directory) -> str:
    """What changes when the run goes on: the number of its previews, and its log's length."""
    names = sorted(path.name for path in directory.samples.glob("step-*.*")) if directory.samples.is_dir() else []
    size = directory.log.stat().st_size if directory.log.is_file() else 0
    return f"{','.join(names)},{size}"


def _status(log, busy: bool) -> str:
    settings = log.facts.get("settings", {}).get("steps", {})
    total = settings.get("value") if isinstance(settings, dict) else None
    step = f"step {log.step:,}" + (f" of {total:,}" if isinstance(total, int) else "")
    last = next((line for line in reversed(log.live) if line["kind"] != "finding"), {})
    if busy:
        told = "it trains"
    elif last.get("kind") == "end":
        outcome, message = str(last.get("outcome", "ended")), str(last.get("message", ""))
        by = "stopped by" if outcome == "interrupted" else f"{outcome}{':' * bool(message)}"
        told = html.escape(f"{by} {message}".strip())
    else:
        told = "no end is recorded: it was killed, or has not begun"
    count = len(log.checkpoints)
    share = min(1.0, log.step / total) if isinstance(total, int) and total else 0.0
    return (
        f'<p class="status"><b>{step}</b> · {told} · {count} checkpoint{"s" * (count != 1)}</p>'
        f'<progress max="1" value="{share:.4f}"></progress>'
    )


def _findings(log) -> str:
    rows = []
    for finding in finding_rows(log):
        when = "now" if finding["now"] else "earlier"
        rows.append(
            f"<li class='{when}'><b>{html.escape(finding['name'])}</b> ({when}): {html.escape(finding['message'])}"
            f"<br><span>{html.escape(finding.get('advice', ''))}</span></li>"
        )
    told = f"<ul class='findings'>{''.join(rows)}</ul>" if rows else "<p class='note'>Health found nothing.</p>"
    return told + "".join(f"<p class='note'>{html.escape(note)}</p>" for note in log.notices)


def _curves(log, key: str) -> str:
    """The curves of the report, whose ids are this run's own on a page of several runs."""
    found = []
    for curve in [*loss_curves(log), *health_curves(log)]:
        names = "".join(
            f'<li class="s{line["index"] % 6 + 1}">{html.escape(line["name"])} <b>{line["last"]}</b></li>'
            for line in curve["legend"]
        )
        svg = IDS.sub(rf"\1run{key}-", curve["svg"])
        found.append(f"<figure><figcaption>{html.escape(curve['title'])}</figcaption>{svg}<ul>{names}</ul></figure>")
    return f'<div class="charts">{"".join(found)}</div>' if found else "<p class='note'>Nothing is logged yet.</p>"
