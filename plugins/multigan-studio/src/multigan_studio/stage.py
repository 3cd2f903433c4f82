"""What was made, as the page shows it: pictures, films, players, lines of text, files."""

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from multigan_studio.making import Making

__all__ = ["address", "lines", "look", "shown", "stage", "tiles"]

PICTURES = (".png", ".jpg", ".webp", ".gif", ".apng")
SOUNDS = (".wav", ".flac", ".ogg", ".mp3")
FILMS = (".mp4", ".webm")
# Pixels below which a picture is enlarged without smoothing.
SMALL = 128

# A click on a sample's button is an event with the sample's number.
SCRIPT = """
element.addEventListener('click', (event) => {
    const button = event.target.closest('[data-pick]');
    if (button) trigger('pick', {pick: button.dataset.pick, row: Number(button.dataset.row)});
});
"""


def stage(**settings: Any) -> gr.HTML:
    """Returns a place for samples; its event `pick` tells which one was chosen, and what for."""
    return gr.HTML("", js_on_load=SCRIPT, apply_default_css=False, elem_classes="stage", **settings)


def address(path: Path) -> str:
    """Returns where the page finds a file of the studio's folder."""
    return f"gradio_api/file={quote(str(path))}"


def look(path: Path, title: str = "") -> str:
    """Returns HTML that shows a file of the studio's folder as what it is."""
    name, at = html.escape(title or path.name), address(path)
    if path.suffix in PICTURES:
        return f'<img src="{at}" alt="{name}" class="{_grain(path)}">'
    if path.suffix in SOUNDS:
        return f'<audio controls preload="metadata" src="{at}" aria-label="{name}"></audio>'
    if path.suffix in FILMS:
        return f'<video controls loop muted playsinline src="{at}" aria-label="{name}"></video>'
    if path.suffix == ".txt":
        return lines(path.read_text(encoding="utf-8", errors="replace").splitlines()[:200])
    return f'<a href="{at}" download>{html.escape(path.name)}</a>'


def lines(texts: Sequence[str]) -> str:
    """Returns texts as a list."""
    return f'<ol class="texts">{"".join(f"<li>{html.escape(text)}</li>" for text in texts)}</ol>'


def shown(making: Making, buttons: Sequence[tuple[str, str]] = ()) -> str:
    """Returns what was made as HTML.

    Args:
        making: it.
        buttons: of each sample, (what a pick is for, what the button says).
    """
    return f'<div data-made="{making.folder.name}">{_samples(making, buttons)}</div>'


def _samples(making: Making, buttons: Sequence[tuple[str, str]]) -> str:
    drawn = making.drawn
    notes = "".join(f'<p class="note">{html.escape(note)}</p>' for note in drawn.notes)
    if drawn.texts:
        return lines(drawn.texts) + notes
    # Samples that stand together in one file are looked at in the preview.
    if drawn.count != len(drawn.files):
        return f'<div class="whole">{look(drawn.preview)}</div>{notes}'
    return tiles(drawn.files, _titles(drawn), buttons) + notes


def tiles(paths: Sequence[Path], titles: Sequence[str], buttons: Sequence[tuple[str, str]] = ()) -> str:
    """Returns samples side by side, each with its title and its buttons."""
    found = []
    for row, (path, title) in enumerate(zip(paths, titles, strict=True)):
        picks = "".join(
            f'<button type="button" data-pick="{what}" data-row="{row}">{html.escape(says)}</button>'
            for what, says in buttons
        )
        under = f'<figcaption><span>{html.escape(title)}</span><span class="picks">{picks}</span></figcaption>'
        found.append(f"<figure>{look(path, title)}{under}</figure>")
    kind = "sounds" if paths and paths[0].suffix in SOUNDS else "pictures"
    return f'<div class="tiles {kind} n{min(len(paths), 5)}">{"".join(found)}</div>'


def _titles(drawn) -> list[str]:
    if drawn.labels is None or not drawn.classes:
        return [str(row) for row in range(len(drawn.files))]
    return [f"{row} {drawn.classes[label]}" for row, label in enumerate(drawn.labels)]


def _grain(path: Path) -> str:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return "small" if max(image.size) <= SMALL else "smooth"
    except (OSError, ValueError):
        return "smooth"
