"""The part of the page where samples are made of something: pictures translated, holes filled, maps painted."""

import json
import secrets
from pathlib import Path

import gradio as gr
from PIL import Image

from multigan_studio.asking import Asking
from multigan_studio.making import SEEDS, Making, Wish, make
from multigan_studio.opened import Opened, Side
from multigan_studio.stage import PICTURES, address, look, shown, stage
from multigan_studio.studio import Studio

__all__ = ["Translation"]

# Of the run's own inputs, where nobody dropped anything.
OWN = 4
# Samples of one input, where they differ by their latents.
STYLES = 16
# Pixels that the longer side of a picture has on the page, or nearly.
SEEN = 384
LOUPE = (Path(__file__).parent / "loupe.js").read_text(encoding="utf-8")


class Translation:
    """What one side of a run makes of what is given.

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
        loupe = side.trained.game.scale > 1
        made = [each for each in side.made_of if each.made]
        with gr.Row():
            with gr.Column(scale=1, min_width=300):
                self.asking.build()
                told = f"nothing is made of it ({made[0].made}), as with a drawing" if made else ""
                as_is = gr.Checkbox(
                    label="as it is",
                    info=told,
                    visible=bool(made) and not loupe and not side.by("mask"),
                    elem_id=f"as-is-{key}",
                )
                with gr.Row(visible=side.drawn):
                    seed = gr.Number(0, label="seed", precision=0, minimum=0, maximum=SEEDS - 1, elem_id=f"seed-{key}")
                    another = gr.Button("another", min_width=80, elem_id=f"another-{key}")
                count = gr.Slider(
                    1, STYLES, value=1, step=1, label="so many of it", visible=side.drawn, elem_id=f"count-{key}"
                )
                go = gr.Button("Make", variant="primary", elem_id=f"make-{key}")
            with gr.Column(scale=2, min_width=300):
                slider = gr.ImageSlider(
                    label="what went in, and what came out",
                    type="filepath",
                    format="png",
                    image_mode=None,
                    buttons=["fullscreen"],
                    interactive=False,
                    max_height=520,
                    elem_id=f"slider-{key}",
                )
                glass = gr.HTML(
                    "",
                    html_template='<div class="loupe"></div>',
                    js_on_load=LOUPE,
                    apply_default_css=False,
                    visible=loupe,
                    elem_id=f"loupe-{key}",
                )
                shelf = stage(elem_id=f"stage-{key}")
                save = gr.DownloadButton("Save all of it", visible=False, size="sm", elem_id=f"save-{key}")
        inputs, outputs = [seed, count, as_is, *self.asking.inputs], [slider, glass, shelf, save]
        self.studio.on(go.click, self.make, inputs, outputs, trigger_mode="always_last")
        again = another.click(
            lambda: secrets.randbelow(1_000_000), None, [seed], show_progress="hidden", api_visibility="private"
        )
        self.studio.on(again.then, self.make, inputs, outputs)

    def make(self, seed, count, as_is, *values):
        """Makes samples of what is given, or of what the run kept of its data."""
        folder = self.studio.workshop.new()
        typed = self.asking.typed(values, folder)
        given = any(each.name in typed for each in self.side.made_of)
        wish = Wish(
            count=int(count or 1) if given else max(OWN, int(count or 1)),
            seed=int(seed or 0),
            typed=typed,
            as_is=bool(as_is) and given,
        )
        making = make(self.studio.workshop, self.opened, self.side, wish, folder)
        pair = self._pair(making)
        glass = json.dumps([address(path) for path in pair]) if pair else ""
        told = shown(making) if making.drawn.count > 1 or not pair else ""
        whole = f"<summary>all of it side by side</summary>{look(making.drawn.preview)}"
        told += f'<details class="whole" data-made="{making.folder.name}">{whole}</details>'
        return pair, glass, told, gr.DownloadButton(value=str(making.archive), visible=True)

    def _pair(self, making: Making) -> tuple[Path, Path] | None:
        """What went in and what came out, of one size; None where either is no picture."""
        names = [each.name for each in self.side.made_of if each.name in making.drawn.inputs]
        output = making.drawn.files[0]
        if not names or output.suffix not in PICTURES:
            return None
        return _alike(Path(making.drawn.inputs[names[0]][0]), output, making.folder)


def _alike(before: Path, after: Path, folder: Path) -> tuple[Path, Path]:
    """Two pictures of one size, large enough to be looked at: enlarged as they are, pixel by pixel."""
    with Image.open(before) as one, Image.open(after) as other:
        factor = max(1, SEEN // max(other.size))
        size = other.width * factor, other.height * factor
        if one.size == other.size == size:
            return before, after
        larger = [each.convert("RGBA").resize(size, Image.Resampling.NEAREST) for each in (one, other)]
    paths = folder / "page" / "before.png", folder / "page" / "after.png"
    paths[0].parent.mkdir(exist_ok=True)
    for path, picture in zip(paths, larger, strict=True):
        picture.save(path)
    return paths
