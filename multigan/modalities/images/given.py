"""Pictures, masks and label maps that a person gives: files and folders, read when their turn comes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from multigan.data.collection import Collection, UnreadableError
from multigan.data.fit import Target
from multigan.data.folders import suffix_of
from multigan.data.levels import MEND
from multigan.data.naming import printable
from multigan.errors import DataError, UsageError
from multigan.field import Field, Given, typed_as
from multigan.modalities.images.labelmaps import Classes
from multigan.modalities.images.masks import RandomHoles
from multigan.modalities.images.options import OPTIONS
from multigan.modalities.images.reading.collect import collect_images
from multigan.modalities.images.reading.decode import peek, suffixes
from multigan.modalities.images.streams import Holes, Maps, Masks, Pictures, Stream, bound, cropped
from multigan.modalities.images.unread import naming, quiet, reason
from multigan.recipe import resolve_options

__all__ = ["RANDOM", "contents_of", "parse_maps", "parse_masks", "parse_pictures"]

# What stands for masks that are drawn; a file of this name is ./random.
RANDOM = "random"


def parse_pictures(
    given: Sequence[str], field: Field, called: str = "--input", beside: Mapping[str, Any] | None = None
) -> Given:
    """Returns pictures, float32 `(count, *field.shape)` in [-1, 1], as training would see them: a `Stream`.

    What training makes of its images (`field.made`) is made of these, too. A picture that has the field's own size is
    taken for one that is made already where `made` is to be smaller. Where a picture is to have a hole, what is
    transparent is the hole; of a picture without transparency it is `beside["mask"]`, and one that has neither cannot
    be read; the holes are the `"mask"` of `Given.others`.

    Args:
        given: paths of files, folders, zip files or arrays of pictures; a folder's are read in their natural order.
        field: what is asked for.
        called: what gave them, for errors.
        beside: values of other fields that were given, by name.

    Raises:
        UsageError: a path that is not there; or pictures are to have holes, and none is transparent or has a mask.
        DataError: a file that is given by its own name and cannot be read as a picture. Others show when they are read.
    """
    names, contents, alone = contents_of(given, called)
    masks = (beside or {}).get("mask") if field.made == "mask" else None
    if field.made == "mask" and masks is None:
        _refuse_whole(contents, called)
    pictures = _checked(Pictures(contents, field, masks), alone)
    return Given(pictures, names, {"mask": Holes(pictures)} if field.made == "mask" else {})


def parse_masks(
    given: Sequence[str], field: Field, called: str = "--ask mask", beside: Mapping[str, Any] | None = None
) -> Given:
    """Returns masks, float32 `(count, height, width, 1)`, 1 where a file is transparent, or else where it is white; of
    the word `random` holes at random.

    Args, Raises: as `parse_pictures`.
    """
    if list(given) == [RANDOM]:
        return Given(RandomHoles(field.shape))
    target = Target.as_told((*field.shape[:2], 2), " ".join(filter(None, (cropped(field.fitted), "filter=nearest"))))
    names, contents, alone = contents_of(given, called)
    return Given(_checked(Masks(contents, field, target), alone), names)


def parse_maps(
    given: Sequence[str], field: Field, called: str = "--input", beside: Mapping[str, Any] | None = None
) -> Given:
    """Returns label maps, int32 `(count, height, width)`, whose values are the field's classes, or 255 for none.

    Args, Raises: as `parse_pictures`; a value that is no class is an error as well.
    """
    target = Target.as_told((*field.shape, 1), " ".join(filter(None, (cropped(field.fitted), "filter=nearest"))))
    classes = Classes(field.classes, field.colours)
    names, contents, alone = contents_of(given, called)
    return Given(_checked(Maps(contents, field, target, classes), alone), names)


def contents_of(given: Sequence[str], called: str) -> tuple[tuple[str, ...], Collection, tuple[int, ...]]:
    """Returns all pictures at some places: what each is called, none of them decoded yet, and the numbers of those that
    are given by their own name.

    Raises:
        UsageError, DataError: a place that is not there, or holds none.
    """
    found: list[tuple[str, Callable[[], Any]]] = []
    alone = []
    for text in given:
        path = Path(os.path.expanduser(text))
        if not path.exists():
            blank = "; it begins with a blank, which is not part of the name" if text[:1].isspace() else ""
            raise UsageError(f"{typed_as(called, printable(str(text)))}: no such file or folder{blank}")
        if path.is_file() and suffix_of(path.name) in suffixes():
            alone.append(len(found))
            found.append((path.name, path.read_bytes))
            continue
        try:
            collection = collect_images(str(path) if path.is_absolute() else f"./{path}", _options(), {})
        except DataError as error:  # here nobody can set that option
            raise DataError(str(error).replace(f"; or {MEND}", "")) from None
        found += [(name, _reading(collection, number)) for number, name in enumerate(collection.names)]
    names = _stems([name for name, _ in found])
    contents = Collection(called, [name for name, _ in found], lambda number: found[number][1]())
    return names, contents, tuple(alone)


def _refuse_whole(contents: Collection, called: str) -> None:
    """Raises `UsageError` where no picture can have a hole, by the headers of all; bad files show later."""
    for number in range(len(contents)):
        try:
            content = contents.read(number)
            if peek(content, bound())[2] if isinstance(content, bytes) else content.shape[2] in (2, 4):
                return
        except (UnreadableError, OSError):
            continue
    raise UsageError(
        f"{called}: no hole to fill: nothing in these pictures is transparent; give masks, white where the hole is "
        f"(--ask mask=FILE_OR_FOLDER), or try it out on holes at random (--ask mask={RANDOM})"
    )


def _checked(stream: Stream, alone: Sequence[int]) -> Stream:
    """The stream, whose files with a name of their own can be read."""
    bad = []
    with quiet():
        for row in alone:
            try:
                stream.read(row)
            except (UnreadableError, OSError) as error:
                bad.append((stream.name(row), reason(error)))
    if bad:
        raise DataError(f"{stream.contents.title}: {naming(bad)}; mend the files, or leave them out")
    return stream


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
