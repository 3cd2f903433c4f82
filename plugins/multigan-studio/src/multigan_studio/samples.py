"""The part of the page that makes samples from noise: by seed, mixed, and more like one of them."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from multigan import UsageError, ask, find_kind
from multigan_studio.asking import Asking
from multigan_studio.latents import around, at, mixed, truncated
from multigan_studio.making import MOST, SEEDS, Making, Wish, make
from multigan_studio.opened import Opened, Side
from multigan_studio.stage import shown, stage, tiles
from multigan_studio.studio import Studio
from multigan_studio.walks import Walk

__all__ = ["Samples"]

# From this many deviations on nothing is truncated.
WHOLE = 3.0
BUTTONS = (("like", "more like this"), ("mix", "mix"))
# Samples that are mixed at most.
CORNERS = 4
# Letters of a prefix.
LONGEST = 1000
HINT = "<p class='note'>Choose “mix” under two or four samples.</p>"


class Samples:
    """Samples of one side of a run.

    Args:
        studio: what the page shares.
        opened: the run.
        number: of the side.
    """

    def __init__(self, studio: Studio, opened: Opened, number: int = 0):
        self.studio, self.opened, self.number = studio, opened, number
        self.asking = Asking(self.side)

    @property
    def side(self) -> Side:
        """The side, as the run was opened last."""
        return self.opened.sides[self.number]

    def build(self) -> None:
        """Puts it on the page."""
        side, key = self.side, self.side.key
        steered = bool(self.opened.modality.steer)
        self.made, self.corners = gr.State(), gr.State([])
        with gr.Row():
            with gr.Column(scale=1, min_width=260):
                self.asking.build()
                with gr.Row():
                    seed = gr.Number(0, label="seed", precision=0, minimum=0, maximum=SEEDS - 1, elem_id=f"seed-{key}")
                    another = gr.Button("another", min_width=80, elem_id=f"another-{key}")
                most = min(MOST, 16 if side.paths else MOST)
                count = gr.Slider(1, most, value=min(8, most), step=1, label="count", elem_id=f"count-{key}")
                truncation = gr.Slider(
                    0.2,
                    WHOLE,
                    value=WHOLE,
                    step=0.1,
                    label="truncation",
                    info=f"lower: more usual and more alike; {WHOLE:g}: none",
                    visible=side.normal,
                )
                temperature = gr.Slider(
                    0,
                    2,
                    value=1,
                    step=0.05,
                    label="temperature",
                    info="below 1 likelier and more alike, above 1 more varied",
                    visible=steered,
                    elem_id=f"temperature-{key}",
                )
                prefix = gr.Textbox(
                    label="prefix", info="how all of them begin", visible=steered, elem_id=f"prefix-{key}"
                )
                go = gr.Button("Make", variant="primary", elem_id=f"make-{key}")
            with gr.Column(scale=3, min_width=300):
                shelf = stage(elem_id=f"stage-{key}")
                save = gr.DownloadButton("Save all of it", visible=False, size="sm", elem_id=f"save-{key}")
        inputs = [seed, count, truncation, temperature, prefix, *self.asking.inputs]
        outputs = [shelf, save, self.made]
        self.studio.on(go.click, self.make, inputs, outputs, trigger_mode="always_last")
        again = another.click(
            lambda: secrets.randbelow(1_000_000), None, [seed], show_progress="hidden", api_visibility="private"
        )
        self.studio.on(again.then, self.make, inputs, outputs)
        if side.paths and not self._together():
            self._build_like(shelf, outputs, key)
            Walk(self).build(inputs, key)

    def make(self, seed, count, truncation, temperature, prefix, *values):
        """Makes samples of a seed."""
        wish, folder = self.wish(seed, count, truncation, temperature, prefix, values)
        return self._shown(make(self.studio.workshop, self.opened, self.side, wish, folder))

    def wish(self, seed, count, truncation, temperature, prefix, values) -> tuple[Wish, Path]:
        """Returns what somebody wants, by the values of the page's parts, and the folder where files of it are kept."""
        folder = self.studio.workshop.new()
        if len(prefix or "") > LONGEST:
            raise UsageError(f"a prefix of {len(prefix):,} letters is too long; the page takes {LONGEST:,}")
        wish = Wish(
            count=int(count or 1),
            seed=int(seed or 0),
            typed=self.asking.typed(values, folder),
            temperature=float(temperature),
            prefix=prefix or "",
        )
        if self.side.normal and truncation < WHOLE and 1 <= wish.count <= MOST:
            drawn = self.side.trained.game.latents(wish.count, wish.seed)
            way = {"way": "seed", "truncation": float(truncation)}
            wish = replace(wish, latents=truncated(drawn, float(truncation)), way=way)
        return wish, folder

    def _shown(self, making: Making):
        buttons = BUTTONS if self.side.paths and not self._together() else ()
        return shown(making, buttons), gr.DownloadButton(value=str(making.archive), visible=True), making

    def _together(self) -> bool:
        """Whether samples stand together in one file, so that none of them is looked at alone."""
        return self.opened.together

    # More like one of them, and mixtures.

    def _build_like(self, shelf: gr.HTML, outputs: Sequence[Any], key: str) -> None:
        with gr.Accordion("More like one, and mixtures", open=True, elem_id=f"mixer-{key}"):
            share = gr.Slider(0.05, 1, value=0.3, step=0.05, label="how far from the one", info="for “more like this”")
            with gr.Row():
                with gr.Column(min_width=200):
                    chosen = gr.HTML(HINT, elem_id=f"corners-{key}", elem_classes=["stage", "corners"])
                with gr.Column(min_width=200):
                    mixture = stage(elem_id=f"mixture-{key}")
            with gr.Row():
                across = gr.Slider(0, 1, value=0.5, step=0.01, label="left to right", elem_id=f"across-{key}")
                down = gr.Slider(0, 1, value=0.5, step=0.01, label="up to down", info="of four", elem_id=f"down-{key}")
            with gr.Row():
                forget = gr.Button("Choose others", size="sm")
                save = gr.DownloadButton("Save the mixture", visible=False, size="sm")
        places = [self.corners, across, down]
        mixes = [chosen, mixture, save]
        self.studio.on(shelf.pick, self.pick, [self.made, self.corners, share], [*outputs, self.corners]).then(
            self.studio.tell(self.mix), places, mixes, api_visibility="private", show_progress="hidden"
        )
        for slider in (across, down):
            self.studio.on(slider.release, self.mix, places, mixes, trigger_mode="always_last", show_progress="hidden")
        forget.click(list, None, [self.corners], api_visibility="private").then(
            self.studio.tell(self.mix), places, mixes, api_visibility="private", show_progress="hidden"
        )

    def pick(self, making, corners, share, event: gr.EventData):
        """A sample was chosen: neighbours of it, or as a corner of a mixture."""
        row, what = int(event.row), event.pick
        if making is None or not 0 <= row < making.drawn.count:
            raise UsageError("make some samples first")
        if what == "mix":
            one = {"latents": at(making.latents, row), "from": self._origin(making, row)}
            one |= {"path": making.drawn.files[row], "typed": self._asked(making, row)}
            return gr.skip(), gr.skip(), gr.skip(), [*(corners if len(corners) < CORNERS else []), one]
        near, game = at(making.latents, row), self.side.trained.game
        count = making.drawn.count if making.drawn.count > 1 else 8
        fresh = secrets.randbelow(1_000_000)
        wish = replace(
            making.wish,
            count=count,
            typed=self._asked(making, row),
            latents=around(game, near, game.latents(count, fresh), count, float(share)),
            way={"way": "like", "of": self._origin(making, row), "share": float(share), "others": fresh},
        )
        return *self._shown(make(self.studio.workshop, self.opened, self.side, wish)), gr.skip()

    def mix(self, corners, across, down):
        """The mixture of what was chosen, where that is two or four samples."""
        if not corners:
            return HINT, "", gr.DownloadButton(visible=False)
        names = ["left", "right"] if len(corners) < 3 else ["above left", "above right", "below left", "below right"]
        chosen = tiles([one["path"] for one in corners], names[: len(corners)])
        if len(corners) not in (2, CORNERS):
            return chosen, HINT, gr.DownloadButton(visible=False)
        latents = mixed(self.side.trained.game, [one["latents"] for one in corners], float(across), float(down))
        way = {"way": "mix", "of": [one["from"] for one in corners], "across": float(across)}
        way |= {"down": float(down)} if len(corners) == CORNERS else {}
        wish = Wish(count=1, seed=corners[0]["from"]["seed"], typed=corners[0]["typed"], latents=latents, way=way)
        making = make(self.studio.workshop, self.opened, self.side, wish)
        return chosen, shown(making), gr.DownloadButton(value=str(making.archive), visible=True)

    def _origin(self, making: Making, row: int) -> dict[str, Any]:
        """Where a sample comes from, for the record."""
        return {"seed": making.wish.seed, "number": row, **making.wish.way}

    def _asked(self, making: Making, row: int) -> dict[str, list[str]]:
        """What one of several samples was asked for by, as texts: classes and numbers that nobody chose, too."""
        typed, side = dict(making.wish.typed), self.side
        if not side.fields:
            return typed
        asked = ask(side.trained, making.drawn.count, typed)
        for name, each in side.fields.items():
            widget, value = find_kind(each.kind).widget, asked.values[name][row : row + 1]
            if widget == "choice":
                typed[name] = [each.classes[int(value[0])]]
            elif widget == "numbers":
                typed[name] = [",".join(f"{number:.9g}" for number in np.ravel(value))]
        return typed
