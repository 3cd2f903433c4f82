"""Pictures, masks and label maps that a person gives: files and folders, fitted as training fits its own."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data.collection import Collection, UnreadableError
from multigan.data.fit import Target
from multigan.data.folders import suffix_of
from multigan.data.naming import printable
from multigan.data.threads import in_threads
from multigan.errors import DataError, UsageError
from multigan.field import Field, Given
from multigan.modalities.images.labelmaps import Classes
from multigan.modalities.images.made import made, picture_shape
from multigan.modalities.images.options import OPTIONS
from multigan.modalities.images.reading.beside import units_of
from multigan.modalities.images.reading.check import Reader
from multigan.modalities.images.reading.collect import collect_images
from multigan.modalities.images.reading.decode import decode, suffixes
from multigan.modalities.images.reading.maps import MapReader
from multigan.recipe import resolve_options

__all__ = ["parse_maps", "parse_masks", "parse_pictures"]

# Files that a thread takes at a time.
TASK = 8
# How many bad files an error names.
NAMED = 3
# Of a mask's grey, from where on it is a hole.
HALF = 128


def parse_pictures(
    given: Sequence[str], field: Field, called: str = "--input", beside: Mapping[str, Any] | None = None
) -> Given:
    """Returns pictures, float32 `(count, *field.shape)` in [-1, 1], as training would see them.

    What training makes of its images (`field.made`) is made of these, too. A picture that has the field's own size is
    taken for one that is made already where `made` is to be smaller. Where a picture is to have a hole, what is
    transparent is the hole; of a picture without transparency it is `beside["mask"]`, or else one that its number
    tells; the holes are the `"mask"` of `Given.others`.

    Args:
        given: paths of files, folders, zip files or arrays of pictures; a folder's are read in their natural order.
        field: what is asked for.
        called: what gave them, for errors.
        beside: values of other fields that were given, by name.

    Raises:
        UsageError: a path that is not there.
        DataError: files that cannot be read as pictures; the message names them.
    """
    shape = picture_shape(field) if field.made else field.shape
    target = Target.as_told(shape, field.fitted)
    names, contents = _contents(given, called)
    if not field.made:
        pixels = _read(contents, lambda collection: Reader(collection, target, _bound()))
        return Given(units_of(pixels, field), names)
    if field.made.startswith("low"):
        return Given(_smaller(contents, field, target), names)
    if field.made != "mask":
        pixels = _read(contents, lambda collection: Reader(collection, target, _bound()))
        return Given(made(pixels, field)[field.name], names)
    mask = (beside or {}).get("mask")
    wide = replace(target, channels=target.channels + target.channels % 2)  # with alpha
    pixels = _read(contents, lambda collection: Reader(collection, wide, _bound()))
    holes = (pixels[..., -1:] < HALF).astype(np.float32)
    plain = ~holes.any(axis=(1, 2, 3))
    pixels = pixels[..., : target.channels]
    drawn = made(pixels, field)["mask"] if mask is None else np.asarray(mask)[np.arange(len(pixels)) % len(mask)]
    holes[plain] = drawn[plain]
    found = made(pixels, field, mask=holes)
    return Given(found[field.name], names, {"mask": found["mask"]})


def parse_masks(
    given: Sequence[str], field: Field, called: str = "--ask mask", beside: Mapping[str, Any] | None = None
) -> Given:
    """Returns masks, float32 `(count, height, width, 1)`, 1 where a file is transparent, or else where it is white.

    Args, Raises: as `parse_pictures`.
    """
    target = Target.as_told((*field.shape[:2], 2), " ".join(filter(None, (_cropped(field.fitted), "filter=nearest"))))
    names, contents = _contents(given, called)
    pixels = _read(contents, lambda collection: Reader(collection, target, _bound()))
    clear = pixels[..., 1] < HALF
    holes = np.where(clear.any(axis=(1, 2), keepdims=True), clear, pixels[..., 0] >= HALF)
    return Given(holes[..., None].astype(np.float32), names)


def parse_maps(
    given: Sequence[str], field: Field, called: str = "--input", beside: Mapping[str, Any] | None = None
) -> Given:
    """Returns label maps, int32 `(count, height, width)`, whose values are the field's classes, or 255 for none.

    Args, Raises: as `parse_pictures`; a value that is no class is an error as well.
    """
    crop = _cropped(field.fitted)
    target = Target.as_told((*field.shape, 1), " ".join(filter(None, (crop, "filter=nearest"))))
    classes = Classes(field.classes, field.colours)
    names, contents = _contents(given, called)
    pixels = _read(contents, lambda collection: MapReader(collection, target, _bound(), classes=classes))
    return Given(units_of(pixels, field), names)


def _bound() -> int:
    return OPTIONS["max_pixels"].default


def _cropped(fitted: str) -> str:
    return next((word for word in fitted.split() if word.startswith("crop=")), "")


def _contents(given: Sequence[str], called: str) -> tuple[tuple[str, ...], Collection]:
    """The names and the contents of all pictures at some places."""
    found: list[tuple[str, Callable[[], Any]]] = []
    for text in given:
        path = Path(os.path.expanduser(text))
        if not path.exists():
            raise UsageError(f"{called} {printable(str(text))}: no such file or folder")
        if path.is_file() and suffix_of(path.name) in suffixes():
            found.append((path.name, path.read_bytes))
            continue
        collection = collect_images(str(path) if path.is_absolute() else f"./{path}", _options(), {})
        found += [(name, _reading(collection, number)) for number, name in enumerate(collection.names)]
    names = _stems([name for name, _ in found])
    return names, Collection(called, [name for name, _ in found], lambda number: found[number][1]())


def _reading(collection: Collection, number: int) -> Callable[[], Any]:
    return lambda: collection.read(number)


def _options() -> dict[str, Any]:
    return resolve_options(OPTIONS, {}, "image data")


def _stems(names: Sequence[str]) -> tuple[str, ...]:
    """The names without suffixes; those that two files would share keep it, and then get a number."""
    stems = [os.path.splitext(name)[0] for name in names]
    counts, found = Counter(stems), {}
    for name, stem in zip(names, stems, strict=True):
        chosen, number = stem if counts[stem] == 1 else name.replace(".", "-"), 2
        while chosen in found:
            chosen, number = f"{stem}-{number}", number + 1
        found[chosen] = name
    return tuple(found)


def _read(contents: Collection, reader_of: Callable[[Collection], Reader]) -> np.ndarray:
    """Returns all pictures fitted, uint8 `(count, h, w, c)`; an error names those that cannot be read."""
    reader = reader_of(contents)
    return _all(contents, lambda number: reader.target.window(reader.pixels(number)), reader.target.shape)


def _smaller(contents: Collection, field: Field, target: Target) -> np.ndarray:
    """Pictures made smaller, but for those that have the field's size."""
    reader = Reader(contents, target, _bound())
    own = Reader(contents, replace(target, height=field.shape[0], width=field.shape[1]), _bound())

    def read(number: int) -> np.ndarray:
        content = contents.read(number)
        size = decode(content, _bound()).size if isinstance(content, bytes) else content.shape[:2]
        if size == field.shape[:2]:
            return units_of(own.target.window(own.pixels(number)), field)
        return made(target.window(reader.pixels(number))[None], field)[field.name][0]

    return _all(contents, read, field.shape, np.float32)


def _all(contents: Collection, read: Callable[[int], np.ndarray], shape: Sequence[int], kind=np.uint8) -> np.ndarray:
    def attempt(number: int) -> np.ndarray | str:
        try:
            return read(number)
        except UnreadableError as error:
            return str(error)
        except OSError as error:
            return error.strerror or str(error)

    found, bad = np.empty((len(contents), *shape), kind), []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        for number, result in enumerate(in_threads(attempt, len(contents), TASK)):
            if isinstance(result, str):
                bad.append(f"{contents.names[number]}: {result}")
            else:
                found[number] = result
    if bad:
        more = f"; and {len(bad) - NAMED:,} more" if len(bad) > NAMED else ""
        raise DataError(f"{contents.title}: {'; '.join(bad[:NAMED])}{more}; mend the files, or leave them out")
    return found
