"""Runs that are open: their games, what can be done with them, and one thing at a time."""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from multigan import Field, RunDirectory, Trained, UsageError, asked_fields, files_for, find_kind, find_modality
from multigan_studio.latents import are_normal

__all__ = ["WORKING", "Opened", "Side", "open_runs"]

# A backend computes for one at a time: two at once would each take longer than both in turn.
WORKING = threading.Lock()


class Side:
    """A run's game as one of its directions has it.

    Args:
        trained: the run, seen from there.
        key: tells it from all others on the page.

    Attributes:
        fields: that samples are asked for by, by name.
        direction: its name, "" of the usual one.
    """

    def __init__(self, trained: Trained, key: str):
        self.trained, self.direction, self.key = trained, trained.direction, key
        self.fields: Mapping[str, Field] = asked_fields(trained.game, trained.data)

    @cached_property
    def drawn(self) -> bool:
        """Whether samples come from latents."""
        latents = self.trained.game.latents(1, 0)
        return not isinstance(latents, Mapping) or bool(latents)

    @cached_property
    def paths(self) -> bool:
        """Whether there are paths between latents."""
        try:
            return self.drawn and len(self.trained.game.interpolate(self.trained.game.latents(2, 0), 3)) > 0
        except (UsageError, NotImplementedError, TypeError, ValueError):
            return False

    @cached_property
    def normal(self) -> bool:
        """Whether latents are normal, so that they can be truncated."""
        return self.drawn and are_normal(self.trained.game)

    def by(self, *widgets: str) -> list[Field]:
        """The fields that a page asks for by one of these widgets."""
        return [field for field in self.fields.values() if find_kind(field.kind).widget in widgets]

    @property
    def made_of(self) -> list[Field]:
        """The fields that samples are made of: pictures, maps, files."""
        return self.by("picture", "labelmap", "")


class Opened:
    """A run on the page.

    Args:
        path: of the run.
        title: what the page calls it.
        key: tells it from all others on the page.
        open_it: opens it, `open_it(path)`; asked again when the run has gone on.

    Attributes:
        directory: of the run.
        sides: of its game, the usual one first; empty while it has no checkpoint.
        why: what stood in the way of opening it; "" where nothing did.
    """

    def __init__(self, path: Path, title: str, key: str, open_it: Callable[[Path], Trained]):
        self.directory, self.title, self.key, self._open = RunDirectory.open(path), title, key, open_it
        self.sides: list[Side] = []
        self.why = ""
        self.renew()

    def renew(self) -> None:
        """Opens the run again, at the checkpoint that it has by now."""
        with WORKING:
            try:
                trained = self._open(self.directory.path)
            except UsageError as error:
                # A run that has just begun has no checkpoint: what can be seen of it is shown.
                self.why = str(error)
                return
        found = [trained, *(trained.facing(direction) for direction in trained.game.directions[1:])]
        self.why, self.sides = "", [Side(each, f"{self.key}-{number}") for number, each in enumerate(found)]

    @property
    def trained(self) -> Trained:
        """The run from its usual side."""
        return self.sides[0].trained

    @cached_property
    def together(self) -> bool:
        """Whether samples stand together in one file."""
        return files_for(self.modality.name).together

    @property
    def modality(self) -> Any:
        """What its samples are."""
        return find_modality(self.trained.recipe.modality)


def open_runs(
    paths: Sequence[Path],
    registry: Any,
    warn: Callable[[str], None],
    checkpoint: str = "latest",
    backend: str | None = None,
    device: str | None = None,
) -> list[Opened]:
    """Opens runs, all on one backend: the first one's, where none is named; checkpoints load on every backend.

    Raises:
        UsageError: one of them is no run, or one is named twice; or the first cannot be opened.
    """
    chosen = {"backend": backend}

    def open_it(path):
        trained = Trained(path, registry, checkpoint=checkpoint, backend=chosen["backend"], device=device, warn=warn)
        chosen["backend"] = trained.backend
        return trained

    resolved = [path.resolve() for path in paths]
    for number, path in enumerate(resolved):
        if path in resolved[:number]:
            raise UsageError(f"{paths[number]}: this run is named twice; name it once")
    titles = _titles(resolved)
    return [Opened(path, titles[number], str(number), open_it) for number, path in enumerate(paths)]


def _titles(paths: Sequence[Path]) -> list[str]:
    """The folders' names; with the folder above where two are called alike."""
    names = [path.name for path in paths]
    return [
        name if names.count(name) == 1 else f"{path.parent.name}/{name}"
        for path, name in zip(paths, names, strict=True)
    ]
