"""What samples are asked for by, as parts of the page: a part for each field."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from multigan import UsageError, find_kind
from multigan_studio.opened import Side
from multigan_studio.widgets import WIDGETS, Part

__all__ = ["Asking"]


@dataclass
class Asking:
    """What a side of a run is asked by, on the page. Build it where its parts are to stand.

    Args:
        side: of the run.
        parts: of the page, one for each field.
    """

    side: Side
    parts: list[Part] = field(default_factory=list)

    def build(self) -> "Asking":
        """Puts the parts on the page, and returns this."""
        fields = self.side.fields.values()
        drops: dict[str, gr.Image] = {}
        for each in sorted(fields, key=lambda each: find_kind(each.kind).widget == "mask"):
            self.parts.append(WIDGETS[find_kind(each.kind).widget](self.side, each, drops))
        return self

    @property
    def inputs(self) -> list[Any]:
        """All of the page that `typed` takes values of, in order."""
        return [each for part in self.parts for each in part.inputs]

    def typed(self, values: Sequence[Any], folder: Path) -> dict[str, list[str]]:
        """Returns what somebody asks for, texts by field.

        Args:
            values: of `inputs`.
            folder: where files are kept.

        Raises:
            UsageError, DataError: what cannot be.
        """
        found, values = {}, list(values)
        for part in self.parts:
            own, values = values[: len(part.inputs)], values[len(part.inputs) :]
            if texts := part.read(own, folder / "given"):
                found[part.field.name] = texts
        self._check_masks(found)
        return found

    def _check_masks(self, found: dict[str, list[str]]) -> None:
        """A hole that was painted is one in a picture that was dropped."""
        pictures = [each.name for each in self.side.by("picture")]
        for each in self.side.by("mask"):
            if each.name in found and pictures and not any(name in found for name in pictures):
                raise UsageError("drop a picture first, and then paint the hole over it")
