"""Sounds in a report: players whose sounds the page holds itself."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multigan.errors import DataError, UsageError
from multigan.modalities.audio.files import SoundSequence, encode, read_sequence
from multigan.report.gallery import show_pictures

__all__ = ["blocks", "play_each", "play_together"]

SOUND = 3_000_000  # bytes of sound on the page


def blocks(samples: Mapping[int, tuple[Path, ...]], notices: list[str]) -> dict[str, Any]:
    """Shows the sheets, with a player for each sound of the last one and one player for all of each other.

    Args:
        samples: the files of each step, in order, the sheet first where there is one.
        notices: takes a sentence for each file that could not be shown or played.

    Returns:
        `last`, `strip` and `shortened`, see `multigan.report.gallery`: `sound` of the last one is what `play_each`, of
        the others what `play_together` returns.
    """
    sheets = {step: paths[0] for step, paths in samples.items() if paths[0].suffix != ".flac"}
    sounds = {step: path for step, paths in samples.items() for path in paths if path.suffix == ".flac"}
    found = show_pictures(sheets, notices)
    last, strip, left = found["last"], found["strip"], SOUND
    if last and last["step"] in sounds:
        last["sound"] = play_each(sounds[last["step"]], SOUND * 2 // 3, notices)
        left -= last["sound"]["size"] if last["sound"] else 0
    for picture in strip:
        if picture["step"] in sounds:
            picture["sound"] = play_together(sounds[picture["step"]], left // len(strip), notices)
    shown = [picture["sound"] for picture in (last, *strip) if picture]
    return found | {"shortened": any(sound and sound["note"] for sound in shown)}


def play_each(path: Path, limit: int, notices: list[str]) -> dict[str, Any] | None:
    """Embeds the sounds of a step for a player each.

    Args:
        path: of a file of sounds one after another, as `sound_files` writes it.
        limit: bytes on the page, at most; where not all fit, those that do are evenly chosen.
        notices: gets a sentence where it cannot be played.

    Returns:
        `players`, each with `name` and `data` (a data URI), `note`, which says how many are left out, and `size` in
        bytes; or None.
    """
    sequence = _read(path, notices)
    if sequence is None:
        return None
    data = [_uri(sound, sequence) for sound in sequence.sounds]
    chosen = _fitting(len(data), limit, lambda some: sum(len(data[index]) for index in some))
    players = [{"name": f"{index} {sequence.names[index]}".strip(), "data": data[index]} for index in chosen]
    size = sum(len(player["data"]) for player in players)
    return {"players": players, "note": _note(len(chosen), sequence), "size": size}


def play_together(path: Path, limit: int, notices: list[str]) -> dict[str, Any] | None:
    """Embeds the sounds of a step one after another for one player; see `play_each`.

    Returns:
        `data`, a data URI or `""` where not one sound fits, and `note`; or None.
    """
    sequence = _read(path, notices)
    if sequence is None:
        return None
    data = {}

    def size(some):
        data["uri"] = _uri(sequence.joined(some), sequence) if some else ""
        return len(data["uri"])

    chosen = _fitting(len(sequence.names), limit, size)
    return {"data": data["uri"], "note": _note(len(chosen), sequence)}


def _read(path: Path, notices: list[str]) -> SoundSequence | None:
    try:
        return read_sequence(path)
    except DataError:
        notices.append(f"samples/{path.name} is damaged and cannot be played.")
    except UsageError as error:  # what reads sounds is not installed here
        notices.append(f"samples/{path.name} is not played here: {error}.")
    return None


def _fitting(count: int, limit: int, size) -> Sequence[int]:
    """Indices of sounds, evenly chosen and as many as fit: `size(indices)` is at most the limit, and 0 for none."""
    fits = count
    while True:
        chosen = [round(place * (count - 1) / max(fits - 1, 1)) for place in range(fits)]
        taken = size(chosen)
        if taken <= limit:
            return chosen
        fits = min(fits - 1, int(fits * limit / taken))


def _uri(samples, sequence: SoundSequence) -> str:
    content = encode(samples, sequence.sample_rate, "flac")
    return f"data:audio/flac;base64,{base64.b64encode(content).decode()}"


def _note(shown: int, sequence: SoundSequence) -> str:
    count = len(sequence.names)
    return "" if shown == count else f"{shown} of {count} sounds"
