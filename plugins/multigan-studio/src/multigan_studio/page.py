"""The whole page, made from what the runs are asked by and what they make."""

import html
from collections.abc import Callable, Sequence

import gradio as gr

from multigan_studio.opened import Opened
from multigan_studio.samples import Samples
from multigan_studio.studio import Studio
from multigan_studio.together import Together
from multigan_studio.told import Teller
from multigan_studio.training import Training
from multigan_studio.translation import Translation
from multigan_studio.workshop import Workshop

__all__ = ["build"]

# Events that wait at most; more are told that the page is busy.
WAITING = 24
# Seconds between two looks for old files of the page's server, and how old they are then.
TIDY = (600, 3600)


def build(workshop: Workshop, runs: Sequence[Opened], say: Callable[[str], None]) -> gr.Blocks:
    """Returns the page.

    Args:
        workshop: where all that is made lies.
        runs: a tab each; where there are several, another one with them side by side.
        say: takes a line for the terminal.
    """
    studio = Studio(workshop, Teller(workshop, say))
    page = gr.Blocks(title="multigan studio", analytics_enabled=False, delete_cache=TIDY)
    with page, gr.Tabs(elem_id="runs"):
        for opened in runs:
            with gr.Tab(opened.title, id=opened.key):
                _run(studio, opened, page)
        able = [opened for opened in runs if opened.sides]
        if len(able) > 1:
            with gr.Tab("side by side", id="together"):
                Together(studio, able).build()
    # Two at a time may wait for their turn with a run; those that only look are not held up by them.
    page.queue(max_size=WAITING, default_concurrency_limit=2, api_open=False)
    return page


def _run(studio: Studio, opened: Opened, page: gr.Blocks) -> None:
    header = gr.HTML(_header(opened), elem_id=f"header-{opened.key}")
    others = []
    with gr.Tabs():
        for number, side in enumerate(opened.sides):
            names = opened.trained.game.directions
            name = names[number] if names else ("translate" if side.made_of else "make")
            with gr.Tab(name, id=f"side-{number}") as tab:
                (Translation if side.made_of else Samples)(studio, opened, number).build()
            others.append(tab)
        with gr.Tab("training", id="training") as watched:
            training = Training(studio, opened)
            training.build()
            # Nobody sees it before its tab is chosen, where there are others.
            training.begin_on(watched.select if others else page.load)
            for tab in others:
                training.end_on(tab.select)
            if opened.sides:
                newest = gr.Button("Open the newest checkpoint", size="sm", elem_id=f"renew-{opened.key}")

                def renew():
                    opened.renew()
                    return _header(opened)

                studio.on(newest.click, renew, None, [header], show_progress="hidden")


def _header(opened: Opened) -> str:
    if not opened.sides:
        return f'<p class="note">{html.escape(opened.why)}</p>'
    trained = opened.trained
    told = [trained.recipe.name, opened.modality.noun, f"on {trained.data.name}", f"checkpoint {trained.step:,}"]
    return f'<p class="status">{" · ".join(map(html.escape, told))}</p>'
