"""The part of the page that shows several runs side by side: the same latents, or the same picture, in each of them."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from multigan_studio.latents import same_form
from multigan_studio.making import SEEDS, Making, Wish, make
from multigan_studio.opened import Opened
from multigan_studio.stage import shown
from multigan_studio.studio import Studio
from multigan_studio.uploads import kept_picture
from multigan_studio.widgets import drop_zone

__all__ = ["Together"]

MOST = 16


class Together:
    """Several runs side by side.

    Args:
        studio: what the page shares.
        runs: that are open and have a checkpoint.
    """

    def __init__(self, studio: Studio, runs: Sequence[Opened]):
        self.studio, self.runs = studio, runs

    def build(self) -> None:
        """Puts it on the page."""
        pictures = [each for each in self.runs if each.sides[0].by("picture")]
        with gr.Row():
            seed = gr.Number(0, label="seed", precision=0, minimum=0, maximum=SEEDS - 1, elem_id="together-seed")
            another = gr.Button("another", min_width=80)
            count = gr.Slider(1, MOST, value=4, step=1, label="count")
        drop = drop_zone(
            "a picture for the runs that make something of one (none: their own)",
            160,
            visible=bool(pictures),
            elem_id="together-picture",
        )
        go = gr.Button("Make", variant="primary", elem_id="together-make")
        told = gr.HTML(elem_id="together-note")
        stages = []
        for each in self.runs:
            gr.Markdown(f"**{each.title}** · {each.trained.recipe.name}")
            stages.append(gr.HTML(elem_id=f"together-{each.key}", elem_classes="stage"))
        inputs, outputs = [seed, count, drop], [told, *stages]
        self.studio.on(go.click, self.make, inputs, outputs, trigger_mode="always_last")
        again = another.click(
            lambda: secrets.randbelow(1_000_000), None, [seed], show_progress="hidden", api_visibility="private"
        )
        self.studio.on(again.then, self.make, inputs, outputs)

    def make(self, seed, count, dropped):
        """The same in each of the runs."""
        made, odd = [], []
        first: dict[str, Any] = {}
        for opened in self.runs:
            made.append(shown(self._made(opened, int(seed or 0), min(max(int(count), 1), MOST), dropped, first, odd)))
        told = ""
        if odd:
            names = ", ".join(odd)
            told = f"<p class='note'>{names}: latents of another form than the first run's; the same seed instead.</p>"
        return told, *made

    def _made(self, opened, seed, count, dropped, first, odd) -> Making:
        side, folder = opened.sides[0], self.studio.workshop.new()
        typed, latents = {}, None
        if dropped and (fields := side.by("picture")):
            typed[fields[0].name] = [str(kept_picture(Path(dropped), folder / "given", fields[0].name))]
        if side.drawn:
            latents = side.trained.game.latents(count, seed)
            if "latents" not in first:
                first["latents"] = latents
            elif same_form(first["latents"], latents):
                latents = first["latents"]
            else:
                odd.append(opened.title)
        count = count if side.drawn or not typed else 1
        wish = Wish(count=count, seed=seed, typed=typed, latents=latents, way={"way": "seed", "together": True})
        return make(self.studio.workshop, opened, side, wish, folder)
