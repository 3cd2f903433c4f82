"""The steps of a run: each draws its batches and takes its turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from multigan.data import batches
from multigan.engine.turns import phase_at, updates_at

__all__ = ["Playing"]


class Playing:
    """Takes a game's steps, from wherever a run stands.

    Args:
        game: compiled.
        source: the data.
        settings: of the run: `batch_size` and `seed` count.
        drawn: how many batches were drawn so far.
        share: which of how many parts of each batch are this process's.

    Attributes:
        drawn: as above, by now.
    """

    def __init__(
        self, game: Any, source: Any, settings: Mapping[str, Any], drawn: int = 0, share: tuple[int, int] = (0, 1)
    ):
        self._game, self._source, self._settings, self._share = game, source, settings, share
        self.go_on_from(drawn)

    def go_on_from(self, drawn: int) -> None:
        """Goes to another place of the data; nothing is read before the next step."""
        self.drawn, self._stream, self._batch = drawn, None, None

    def step(self, number: int) -> list:
        """Runs every turn of one step and returns the updates' records, not yet computed perhaps."""
        if self._stream is None:
            self._open()
        records = []
        for turns in updates_at(phase_at(self._game.phases(), number).turns, number):
            if turns[0].fresh or self._batch is None:
                self._batch = next(self._stream)
                self.drawn += 1
            records += self._game.run_turns(turns, self._batch)
        return records

    def _open(self) -> None:
        # One batch back: a turn that is not fresh may need the batch before the checkpoint.
        size, seed = self._settings["batch_size"], self._settings["seed"]
        self._stream = batches(self._source, size, seed, start=max(self.drawn - 1, 0), share=self._share)
        if self.drawn:
            self._batch = next(self._stream)
