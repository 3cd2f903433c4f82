"""From a place to the list of its films, whatever they are stored in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from multigan.data.annotations import given_files
from multigan.data.arrays import read_npy, read_npz
from multigan.data.collection import Collection, NumberedNames, UnreadableError
from multigan.data.folders import folder_collection, suffix_of
from multigan.data.labels import check_conditions, check_labels, condition_notes
from multigan.data.naming import classes_from_folders, natural_key
from multigan.data.places import HUBS, find_place
from multigan.data.zips import zip_collection
from multigan.errors import DataError
from multigan.modalities.clips.library import library
from multigan.modalities.clips.reading.animations import Animation
from multigan.modalities.clips.reading.arrays import CLIP_KEYS, Rows, check_clips
from multigan.modalities.clips.reading.film import Film
from multigan.modalities.clips.reading.kinds import ADVICE, FILMS, HEAD, STILLS, SUFFIXES, moves
from multigan.modalities.clips.reading.stills import Frames, Sheet, Still, parse_grid
from multigan.modalities.clips.reading.video import Video
from multigan.recipe import DataSource, load_object

__all__ = ["Films", "collect_films"]

# Of one file that is held in memory: a picture, or a film in a zip file.
MOST_BYTES = 1 << 30
_NUMBERED = re.compile(r"(.*?)(\d+)", re.DOTALL)


@dataclass(frozen=True)
class Films:
    """The films at a place.

    Args:
        collection: their names, labels and conditions.
        films: each.
    """

    collection: Collection
    films: Sequence[Film]


def collect_films(spec: str, options: Mapping[str, Any], datasets: Mapping[str, DataSource]) -> Films:
    """Returns the films at a place, none of them decoded yet.

    Args:
        spec: a registered data set's name, or a path.
        options: of the data.
        datasets: the registered data sets by name.

    Raises:
        DataError: nothing there, or nothing that holds clips.
        UsageError: the data set holds something else, an option cannot be read, or a library is not installed.
    """
    if spec.startswith(HUBS):
        raise DataError(f"{spec}: clips are not read from there; download the files and give their folder")
    grid = parse_grid(options["grid"])
    place = find_place(spec, "clips", datasets)
    own = options["levels"] == "data"
    if isinstance(place, DataSource):
        clips, labels, classes, rate = load_object(place.load)()
        return _array(place.name, clips, labels, tuple(classes), None, own, rate)
    try:
        if place.is_dir():
            found = folder_collection(
                place, SUFFIXES, "clips", MOST_BYTES, ADVICE, tuple(given_files(options).values())
            )
            return _grouped(found, grid, options)
        return _file(place, grid, options, own)
    except PermissionError as error:
        raise DataError(f"{error.filename or place}: may not be read; give yourself the right to read it") from None


def _file(path: Path, grid: tuple[int, int] | None, options: Mapping[str, Any], own: bool) -> Films:
    with open(path, "rb") as file:
        start = file.read(HEAD)
    if not start:
        raise DataError(f"{path}: 0 bytes; get it anew")
    suffix = suffix_of(path.name)
    if suffix in ADVICE:
        raise DataError(f"{path}: {ADVICE[suffix]}")
    if suffix in SUFFIXES:
        return _grouped(
            Collection(str(path), [path.name], lambda index: path.read_bytes(), paths=[str(path)]), grid, options
        )
    if start.startswith(b"PK"):
        if suffix == ".npz":
            arrays = read_npz(path, CLIP_KEYS)
            return _array(str(path), arrays["samples"], arrays.get("labels"), (), arrays.get("conditions"), own)
        return _grouped(zip_collection(path, SUFFIXES, "clips", MOST_BYTES, ADVICE), grid, options)
    if start.startswith(b"\x93NUMPY"):
        return _array(str(path), read_npy(path), None, (), None, own)
    raise DataError(
        f"{path}: not a kind of file that clips are read from; give a folder, a film, an animation, or a zip, .npz or "
        ".npy file"
    )


def _array(title, clips, labels, classes, conditions, own, rate=0.0) -> Films:
    clips, levels, notes = check_clips(clips, title, own)
    labels, classes = check_labels(labels, len(clips), classes, title)
    checked = check_conditions(conditions, len(clips), title)
    films = [Rows(clips, index, levels, rate) for index in range(len(clips))]
    notes += condition_notes(conditions)
    names = NumberedNames("clips", len(clips))
    return Films(Collection(title, names, films.__getitem__, labels, classes, tuple(notes), checked), films)


def _grouped(found: Collection, grid: tuple[int, int] | None, options: Mapping[str, Any]) -> Films:
    """The films that the files of a collection are: one each, or numbered pictures together."""
    films: dict[str, Film] = {}
    frames: dict[tuple[str, str], list[tuple[int, int]]] = {}
    most = options["max_pixels"]
    for index, name in enumerate(found.names):
        read, suffix = partial(found.read, index), suffix_of(name)
        if suffix in FILMS:
            library("reading films")  # without it nothing of them can be told
            films[name] = Video(found.paths[index] if found.paths else read, most)
        elif suffix not in STILLS or (suffix in (".png", ".webp") and moves(suffix, _head(found, index))):
            films[name] = Animation(read, most)
        elif grid:
            films[name] = Sheet(read, grid, options["sheet"] == "whole", most)
        elif match := _NUMBERED.fullmatch(name.rpartition("/")[2].rpartition(".")[0]):
            frames.setdefault((name.rpartition("/")[0], match[1]), []).append((int(match[2]), index))
        else:
            films[name] = Still(read)
    folders = [folder for folder, _ in frames]
    for (folder, before), members in frames.items():
        members.sort()
        names = [found.names[index] for _, index in members]
        if len(members) == 1:
            films[names[0]] = Still(partial(found.read, members[0][1]))
            continue
        # A folder's only frames are called like it.
        before = before.rstrip("-_. ") or "frames"
        name = folder if folder and folders.count(folder) == 1 else "/".join(filter(None, (folder, before)))
        while name in films:
            name += "'"
        reads = [partial(found.read, index) for _, index in members]
        films[name] = Frames(reads, names, [number for number, _ in members], most)
    return _collected(found, dict(sorted(films.items(), key=lambda item: natural_key(item[0]))))


def _collected(found: Collection, films: Mapping[str, Film]) -> Films:
    names = list(films)
    # What was said of the folders was said of single frames.
    said = classes_from_folders(found.names)[2]
    labels, classes, notes = classes_from_folders(names)
    notes = (*notes, *(note for note in found.notes if note not in said))
    every = list(films.values())
    collection = replace(
        found, names=names, read=every.__getitem__, labels=labels, classes=classes, notes=notes, paths=()
    )
    return Films(collection, every)


def _head(found: Collection, index: int) -> bytes:
    if found.paths:
        try:
            with open(found.paths[index], "rb") as file:
                return file.read(HEAD)
        except OSError:
            return b""  # whoever reads it says why it cannot be opened
    return _bytes(found.read, index)[:HEAD]


def _bytes(read: Callable[[int], bytes], index: int) -> bytes:
    try:
        return read(index)
    except (UnreadableError, OSError):
        return b""
