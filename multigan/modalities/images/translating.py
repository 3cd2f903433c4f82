"""Pictures that are made of pictures, one by one: read ahead, made, and written, each by its own threads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from PIL import Image

from multigan.data.collection import UnreadableError
from multigan.errors import DataError
from multigan.modalities.files import write_each
from multigan.modalities.images.network import SPATIAL, Network
from multigan.modalities.images.sheets import Sheets, went_in
from multigan.modalities.images.streams import Holes, Read, Stream
from multigan.modalities.images.unread import naming, other_size, quiet, reason
from multigan.modalities.inputs import write_inputs
from multigan.modalities.translation import Translated, Translation

__all__ = ["translate"]

# A larger picture is decoded when its turn comes, and written before the next one: so that few large arrays stand side
# by side in memory.
LARGE = 1 << 20
# Where pictures are fitted to a size, what stands in memory is small; decoding is not.
LARGE_FITTED = 1 << 24
# Pictures that are read ahead, or wait to be written, for each thread.
AHEAD = 4
# Formats that have an alpha channel.
WITH_ALPHA = ("png", "webp")


def translate(task: Translation) -> Translated:
    """Makes a sample of each picture and writes it; see `multigan.modality.Modality.translate`.

    Where the game's network takes any size, each picture goes through at its own; else it is fitted to the size of
    training. What comes out does not depend on what else is in the folder.

    Raises:
        DataError: not one picture can be read.
        RunFailedError: a sample that is not finite.
        PluginError: the game makes another size than its `scale` says.
    """
    count, names, done, files = len(task.names), task.names, 0, []
    network, beside = Network(task), Sheets(task)
    skipped, rows, fitted, notes, inputs, told = [], [], [], [], {}, Told(task)
    task.progress.part("samples", 0, count)
    threads = max(2, min(4, os.cpu_count() or 1))
    with quiet(), ThreadPoolExecutor(threads, "write") as pool:
        waiting: deque[Future] = deque()
        try:
            for row, read in _all_read(task, network.free, threads):
                done += 1
                if isinstance(read, str):
                    skipped.append((_called(task, row), read))
                else:
                    made = network(row, read)
                    if not network.free and read.size not in network.usual:
                        fitted.append(names[row])
                    sample = _with_alpha(made.sample, read, task.format)
                    waiting.append(
                        pool.submit(write_each, task.out, sample, task.files, task.format, names=[names[row]])
                    )
                    large = sample[0].size > LARGE
                    while waiting and (large or len(waiting) > AHEAD * threads):
                        files += waiting.popleft().result()
                    if task.inputs is not None:
                        for name, paths in write_inputs(task.inputs, [names[row]], went_in(task, made)).items():
                            inputs.setdefault(name, []).extend(paths)
                    rows.append(row)
                    told.add(row, read)
                    beside.add(made)
                task.progress.part("samples", done, count)
            while waiting:
                files += waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
    if not rows:
        raise DataError(f"{_title(task)}: not one picture can be read: {naming(skipped)}; mend the files")
    notes += told.notes(len(rows))
    if fitted:
        size = " x ".join(map(str, network.trained))
        found = f"{len(fitted):,} of {len(rows):,} pictures have another size than {size} pixels"
        notes.append(f"{found}, the only one that this run takes: they were fitted to it (first: {fitted[0]})")
    if task.tile and not network.free:
        notes.append(f"--tile {task.tile} changes nothing: this run takes pictures of one size, which need no tiles")
    if network.clear and task.format not in WITH_ALPHA:
        notes.append(
            f"format {task.format}: what is transparent in {len(network.clear):,} pictures was not kept (first: "
            f"{names[network.clear[0]]}); png and webp keep it"
        )
    preview, sheets = beside.write()
    return Translated(files, rows, preview, tuple(skipped), (*notes, *beside.notes), tuple(sheets), inputs)


class Told:
    """Counts what is worth a note of pictures that go in.

    Args:
        task: whose pictures they are.
    """

    def __init__(self, task: Translation):
        self._names = task.names
        self._masks = [name for name, field in task.fields.items() if field.kind == "mask"]
        self._found: dict[str, list[int]] = {}

    def add(self, row: int, read: Read) -> None:
        """Counts one picture."""
        whole = any(name in read.values and not read.values[name].any() for name in self._masks)
        for told in (*read.told, *(("without a hole, so that they come out as they went in",) if whole else ())):
            self._found.setdefault(told, []).append(row)

    def notes(self, count: int) -> list[str]:
        """Returns what there is to say of so many pictures."""
        return [
            f"{told}: {len(rows):,} of {count:,} (first: {self._names[rows[0]]})" for told, rows in self._found.items()
        ]


def _all_read(task: Translation, free: bool, threads: int) -> Iterator[tuple[int, Read | str]]:
    """Yields each row with its picture, or why that cannot be read, in order; a few are read ahead."""
    count = len(task.names)
    with ThreadPoolExecutor(threads, "read") as pool:
        rows = iter(range(count))
        waiting = deque(pool.submit(_begin, task, row, free) for row in islice(rows, AHEAD * threads))
        try:
            for row in range(count):
                found = waiting.popleft().result()
                waiting.extend(pool.submit(_begin, task, later, free) for later in islice(rows, 1))
                yield row, found if isinstance(found, (Read, str)) else found()
        finally:
            pool.shutdown(cancel_futures=True)


def _begin(task: Translation, row: int, free: bool) -> Read | str | Callable[[], Read | str]:
    """Reads a picture; of a large one no more than its file, and returns what goes on."""
    contents = {}
    try:
        for name, values in task.asked.items():
            stream, number = _stream(values, row)
            if stream is not None:
                contents[name] = stream.content(number)
                if stream.pixels(contents[name]) > (LARGE if free else LARGE_FITTED):
                    return lambda: _finish(task, row, free, contents)
                break
    except (UnreadableError, OSError) as error:
        return reason(error)
    return _finish(task, row, free, contents)


def _finish(task: Translation, row: int, free: bool, contents: Mapping[str, Any]) -> Read | str:
    """Decodes what belongs to a sample; a reason where that cannot be done."""
    found: Read | None = None
    try:
        for name, values in task.asked.items():
            stream, number = _stream(values, row)
            if stream is None or (found and name in found.values):
                continue
            try:
                read = stream.read(number, free, contents.get(name))
            except (UnreadableError, OSError) as error:
                if found is None:
                    raise
                raise UnreadableError(f"its {name} {stream.name(number)}: {reason(error)}") from None
            if stream.field.usual:
                read = replace(read, alpha=None)  # what may be left out is no part of the picture
            if free and found and read.values[name].shape[:2] != next(iter(found.values.values())).shape[:2]:
                size, theirs = found.size, read.values[name].shape
                raise UnreadableError(other_size(task.names[row], size, name, stream.name(number), theirs))
            found = read if found is None else _joined(found, read)
        if free:
            _same_size(task, row, found)
    except (UnreadableError, OSError) as error:
        return reason(error)
    return found


def _joined(one: Read, other: Read) -> Read:
    alpha = other.alpha if one.alpha is None else one.alpha
    original = other.original if one.original is None else one.original
    told = tuple(dict.fromkeys((*one.told, *other.told)))
    return Read({**one.values, **other.values}, one.size, alpha, original, one.cut or other.cut, told)


def _same_size(task: Translation, row: int, read: Read) -> None:
    """Raises `UnreadableError` where values that nobody gave are no pictures of this size."""
    size = next(iter(read.values.values())).shape[:2]
    for name, field in task.fields.items():
        if field.kind in SPATIAL and name not in read.values and tuple(field.shape[:2]) != size:
            raise UnreadableError(other_size(task.names[row], size, name, "of the run's own records", field.shape))


def _stream(values: Any, row: int) -> tuple[Stream | None, int]:
    """What is read for a row of a field, and which of it; None for what is not, or comes with another field."""
    streamed = getattr(values, "streamed", False)
    if not streamed or isinstance(values.values, Holes):
        return None, 0
    return values.values, int(values.order[row])


def _with_alpha(sample: np.ndarray, read: Read, format: str) -> np.ndarray:  # noqa: A002
    """The sample with the alpha channel of what it is made of."""
    if read.alpha is None or sample.shape[-1] not in (1, 3) or format not in WITH_ALPHA:
        return sample
    height, width = sample.shape[1:3]
    alpha = Image.fromarray(read.alpha)
    if alpha.size != (width, height):
        alpha = alpha.resize((width, height), Image.Resampling.BICUBIC)
    units = np.asarray(alpha, np.float32) / np.float32(127.5) - 1
    return np.concatenate([sample, units[None, ..., None]], axis=-1)


def _called(task: Translation, row: int) -> str:
    """The file that a sample is made of."""
    return next(s.name(number) for s, number in (_stream(each, row) for each in task.asked.values()) if s is not None)


def _title(task: Translation) -> str:
    return next(values.values.contents.title for values in task.asked.values() if _stream(values, 0)[0] is not None)
