"""How the page looks: fonts of the machine, no file from elsewhere."""

from pathlib import Path

import gradio as gr

__all__ = ["CSS", "theme"]

CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
FONT = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO = ("ui-monospace", "Menlo", "Consolas", "monospace")


def theme() -> gr.themes.Base:
    """Returns the theme; its fonts are those that the machine has."""
    return gr.themes.Base(
        primary_hue="violet",
        secondary_hue="slate",
        neutral_hue="slate",
        font=[gr.themes.Font(name) for name in FONT],
        font_mono=[gr.themes.Font(name) for name in MONO],
        radius_size="md",
    )
