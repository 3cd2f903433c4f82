"""The part of the page that walks from sample to sample."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from multigan_studio.making import MOST, make
from multigan_studio.stage import PICTURES, look, shown, stage

__all__ = ["Walk"]

# Milliseconds of each picture.
PACE = 120


class Walk:
    """A walk through the latents of a seed.

    Args:
        samples: the part of the page that it belongs to, a `multigan_studio.samples.Samples`.
    """

    def __init__(self, samples: Any):
        self.samples = samples

    def build(self, inputs: Sequence[Any], key: str) -> None:
        """Puts it on the page. Args: `inputs`, of the page, that say what samples are wanted; `key` of the side."""
        with gr.Accordion("Walk", open=False, elem_id=f"walk-{key}"):
            with gr.Row():
                stops = gr.Slider(2, 8, value=4, step=1, label="through so many samples of the seed")
                frames = gr.Slider(8, MOST, value=32, step=1, label="in so many steps")
            go = gr.Button("Walk", elem_id=f"walk-go-{key}")
            shelf = stage(elem_id=f"walk-stage-{key}")
            save = gr.DownloadButton("Save the walk", visible=False, size="sm")
        self.samples.studio.on(go.click, self.walk, [stops, frames, *inputs], [shelf, save], trigger_mode="once")

    def walk(self, stops, frames, seed, count, truncation, temperature, prefix, *values):
        """Samples on the path through the first ones of a seed, none of them truncated."""
        wish, folder = self.samples.wish(seed, 1, math.inf, temperature, prefix, values)
        typed = {name: texts[:1] for name, texts in wish.typed.items()}
        wish = replace(wish, count=max(int(frames), int(stops)), keys=int(stops), typed=typed, way={"way": "walk"})
        making = make(self.samples.studio.workshop, self.samples.opened, self.samples.side, wish, folder)
        paths = making.drawn.files
        if paths[0].suffix in PICTURES and not making.drawn.sequence:
            told = look(_film(paths, making.folder / "walk.webp"))
        else:
            told = look(making.drawn.sequence) if making.drawn.sequence else shown(making)
        return f'<div class="whole">{told}</div>', gr.DownloadButton(value=str(making.archive), visible=True)


def _film(paths: Sequence[Path], target: Path) -> Path:
    """Writes pictures one after another, there and back again, as one that moves."""
    frames = [Image.open(path).convert("RGBA") for path in paths]
    frames += frames[-2:0:-1]
    frames[0].save(target, save_all=True, append_images=frames[1:], duration=PACE, loop=0, lossless=True)
    return target
