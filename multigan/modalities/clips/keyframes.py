"""Key frames that a person gives: pictures in their order, folders of numbered frames, animations, films."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data.collection import UnreadableError
from multigan.data.fit import Target
from multigan.errors import DataError, UsageError
from multigan.field import Field, Given
from multigan.fields import Streamed
from multigan.modalities.clips.options import OPTIONS
from multigan.modalities.clips.reading.collect import collect_films
from multigan.modalities.clips.reading.film import Film
from multigan.modalities.clips.reading.stills import Still
from multigan.recipe import resolve_options

__all__ = ["Keys", "draw_keys", "parse_keys"]


@dataclass(frozen=True)
class _Entry:
    """What one clip is made of: still pictures, or a film."""

    name: str
    stills: tuple[Still, ...] = ()
    film: Film | None = None


class Keys(Streamed):
    """Key frames of clips that are to be made, read when their turn comes.

    Args:
        field: how many a clip is made of, their shape, and how pictures are fitted to it.
        entries: what each is made of.
    """

    def __init__(self, field: Field, entries: Sequence[_Entry]):
        self.field, self._entries = field, tuple(entries)
        self._target = Target.as_told(field.shape[1:], field.fitted)
        self._most = OPTIONS["max_pixels"].default

    def __len__(self) -> int:
        return len(self._entries)

    def name(self, row: int) -> str:
        """Returns what an entry is called."""
        return self._entries[row].name

    def in_time(self, row: int) -> bool:
        """Whether an entry's frames follow one another in time, as those of a film do."""
        return self._entries[row].film is not None

    def read(self, row: int) -> tuple[np.ndarray, float]:
        """Returns all key frames of an entry, float32 `(some, height, width, channels)` in [-1, 1], and how many
        there are in a second; 0 where nothing tells.

        Raises:
            UnreadableError, OSError: it cannot be read, or holds too few.
        """
        entry, rate = self._entries[row], 0.0
        if entry.film is None:
            images = [still.picture(self._most) for still in entry.stills]
        else:
            header = entry.film.look()
            rate = header.count / header.end if header.times is not None and header.end else 0.0
            images = list(entry.film.frames(range(header.count)))
        if len(images) < self.field.shape[0]:
            raise UnreadableError(f"a single frame; a clip is made between {self.field.shape[0]}")
        frames = np.stack([self._target.fit(image) for image in images])
        return np.divide(frames, np.float32(127.5), dtype=np.float32) - 1, rate

    def pairs(self, frames: np.ndarray) -> np.ndarray:
        """Returns key frames as a game is asked for them, `(count, *field.shape)`: of an animation each frame with the
        next; where a clip is made of one frame, the last.
        """
        if self.field.shape[0] == 1:
            return frames[-1:][None]
        return np.stack([frames[:-1], frames[1:]], axis=1)

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Returns the first clip's key frames of some entries; raises `DataError` for what cannot be read."""
        found = []
        for row in map(int, rows):
            try:
                found.append(self.pairs(self.read(row)[0])[0])
            except (UnreadableError, OSError) as error:
                raise DataError(f"{self.name(row)}: {error}") from None
        return np.stack(found)


def parse_keys(
    given: Sequence[str], field: Field, called: str = "--input", beside: Mapping[str, Any] | None = None
) -> Given:
    """Returns key frames, a `Keys`: pictures that are named one by one belong together, in their order, where a clip is
    made between two; else each is one. A folder of numbered frames, an animation and a film are one each.

    Args:
        given: paths.
        field: how many key frames a clip is made of.
        called: what gave them, for errors.
        beside: is not looked at.

    Raises:
        UsageError: a path that is not there, or a single picture where two are needed.
        DataError: a file that is given by its own name and cannot be read, or a folder without frames.
    """
    needed = field.shape[0]
    stills: list[tuple[str, Still]] = []
    entries: list[_Entry] = []
    options = resolve_options(OPTIONS, {}, "clip data")
    for text in given:
        path = Path(os.path.expanduser(text))
        if not path.exists():
            raise UsageError(f"{called} {text}: no such file or folder")
        found = collect_films(str(path) if path.is_absolute() else f"./{path}", options, {})
        for name, film in zip(found.collection.names, found.films, strict=True):
            stem = os.path.splitext(name)[0]
            if path.is_file():
                _check(film, f"{called} {text}")
            if isinstance(film, Still) and (needed == 1 or path.is_file()):
                stills.append((stem, film))
            else:
                entries.append(_Entry(path.resolve().name if stem == "frames" else stem, film=film))
    if needed == 1:
        entries = [*(_Entry(name, (still,)) for name, still in stills), *entries]
    elif len(stills) == 1:
        raise UsageError(
            f"{called} {stills[0][0]}: one picture, and clips are made between two; give the next one by {called}, "
            "too, or a folder of numbered frames"
        )
    elif stills:
        entries.insert(0, _Entry(stills[0][0], tuple(still for _, still in stills)))
    return Given(Keys(field, entries), _distinct([entry.name for entry in entries]))


def draw_keys(values: np.ndarray, field: Field) -> np.ndarray:
    """Returns key frames `(count, keys, height, width, channels)` side by side."""
    return np.concatenate([values[:, number] for number in range(values.shape[1])], axis=2)


def _check(film: Film, called: str) -> None:
    """Raises `DataError` where a file that was given by its own name cannot be read."""
    try:
        if isinstance(film, Still):
            film.picture(OPTIONS["max_pixels"].default)
        else:
            film.look()
    except (UnreadableError, OSError) as error:
        raise DataError(f"{called}: {error}; mend the file, or leave it out") from None


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names as files are called; equal ones get a number."""
    found: dict[str, None] = {}
    for name in names:
        plain = name.replace("/", "-")
        chosen, number = plain, 2
        while chosen in found:
            chosen, number = f"{plain}-{number}", number + 1
        found[chosen] = None
    return tuple(found)
