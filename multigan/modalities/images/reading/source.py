"""Images as training reads them: from memory when they fit, else decoded when asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from multigan.data.annotations import annotate
from multigan.data.collection import UnreadableError
from multigan.data.fit import Target
from multigan.data.labels import occurring
from multigan.data.source import DataReport
from multigan.errors import DataError
from multigan.modalities.images.options import OPTIONS
from multigan.modalities.images.reading.check import Reader, look_at_all, range_of_all
from multigan.modalities.images.reading.collect import collect_images
from multigan.modalities.images.reading.plan import plan_target
from multigan.modalities.images.reading.summary import Summary
from multigan.recipe import DataSource, resolve_options

__all__ = ["ImageSource", "open_images"]

# Fitted images that fit in this much memory stay there, so that training decodes nothing.
KEEP_BYTES = 512 << 20


def open_images(
    spec: str,
    options: Mapping[str, Any],
    datasets: Mapping[str, DataSource],
    progress: Callable[[int, int], None] | None = None,
) -> ImageSource:
    """Opens images as `multigan.data.open_source` describes it."""
    options = resolve_options(OPTIONS, options, "image data")
    collection = collect_images(spec, options, datasets)
    collection = annotate(collection, options["labels"], options["conditions"])
    # Pillow warns, on the terminal and from every thread, of oddities that it can read.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        target, notes = plan_target(collection, options)
        levels = range_of_all(collection, options["max_pixels"]) if options["levels"] == "data" else None
        reader = Reader(collection, target, options["max_pixels"], levels)
        summary = Summary(collection, target, levels)
        kept = _look(reader, summary, progress)
    if kept is None:
        megabytes = len(summary.used) * np.prod(target.shape) >> 20
        notes.append(f"{megabytes:,} MiB when decoded: too much to keep, images are decoded while training")
    if options["levels"] == "data" and levels is None and summary.of_files:
        why = "CMYK is not scaled" if summary.deep else "no image has more than 8 bits"
        notes.append(f"levels=data changes nothing: {why}")
    report = summary.report(*notes)
    summary.judge(options["skip_bad"], report)
    used = np.array(summary.used)
    labels = None if collection.labels is None else collection.labels[used]
    labels, classes = occurring(labels, collection.classes)

    def decode_again(index: int) -> np.ndarray:
        number = int(used[index])
        try:
            return reader.pixels(number)
        except (UnreadableError, OSError) as error:
            name = f"{collection.title}: {collection.names[number]}"
            raise DataError(f"{name}: {error}; it could be read when the data was checked") from None

    return ImageSource(
        name=spec,
        target=target,
        flip=options["flip"],
        report=report,
        classes=classes,
        labels=labels,
        conditions=None if collection.conditions is None else collection.conditions[used],
        fingerprint=summary.fingerprint(options["flip"]),
        pixels=decode_again if kept is None else kept,
        count=len(used),
    )


def _look(
    reader: Reader, summary: Summary, progress: Callable[[int, int], None] | None
) -> np.ndarray | list[np.ndarray] | None:
    """Looks at every image, and returns the fitted pixels of the readable ones unless they are too many to keep."""
    count, target = len(reader.collection), reader.target
    room = KEEP_BYTES
    keep = count * np.prod(target.shape) <= room
    # With random crops each image keeps its own longer side, and only decoding tells how much that is.
    ragged = target.crop == "random"
    kept = [] if ragged or not keep else np.empty((count, *target.shape), np.uint8)
    for done, look in enumerate(look_at_all(reader), 1):
        summary.add(look)
        if look.pixels is not None and keep:
            if ragged:
                kept.append(look.pixels)
                room -= look.pixels.nbytes
                if room < 0:
                    keep = kept = False
            else:
                kept[len(summary.used) - 1] = look.pixels
        if progress:
            progress(done, count)
    return kept if keep else None


class ImageSource:
    """Images of one shape with random access; see `multigan.data.open_source`.

    Args:
        name, report, classes, fingerprint: as in `multigan.data.source.Source`.
        target: the shape, and how images were fitted to it.
        flip: whether batches mirror some images.
        labels: int32 `(count,)`, or None.
        conditions: float32 `(count, length)`, or None.
        pixels: fitted images, uint8: an array `(count, h, w, c)` or a list; or a function of the index.
        count: of the images.
    """

    field = "image"

    def __init__(
        self,
        *,
        name: str,
        target: Target,
        flip: bool,
        report: DataReport,
        classes: tuple[str, ...],
        labels: np.ndarray | None,
        conditions: np.ndarray | None,
        fingerprint: str,
        pixels: np.ndarray | list[np.ndarray] | Callable[[int], np.ndarray],
        count: int,
    ):
        self.name = name
        self.shape = target.shape
        self.classes = classes
        self.labels = labels
        self.conditions = conditions
        self.condition = 0 if conditions is None else conditions.shape[1]
        self.fingerprint = fingerprint
        self.report = report
        self.facts = {}
        self.in_memory = not callable(pixels)
        self._target = target
        self._flip = flip
        self._pixels = pixels
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        """Returns `{"image": float32 (h, w, c) in [-1, 1], "label": int32 (), "condition": float32 (k,)}`.

        The label is there when the data has classes, the condition when it has conditions.

        Raises:
            IndexError: no such image.
        """
        batch = self.batch(np.array([range(self._count)[index]]))
        return {key: value[0] for key, value in batch.items()}

    def batch(self, indices: np.ndarray, rng: np.random.Generator | None = None) -> dict[str, np.ndarray]:
        """Returns `{"image": float32 (b, h, w, c) in [-1, 1], ...}` of the images with these indices.

        `"label"`, int32 `(b,)`, and `"condition"`, float32 `(b, k)`, are there where the data has them. With `rng`
        windows and mirroring are drawn, where the options `crop` and `flip` ask for them.
        """
        if isinstance(self._pixels, np.ndarray):
            images = self._pixels[indices]
        else:
            read = self._pixels if callable(self._pixels) else self._pixels.__getitem__
            images = np.stack([self._target.window(read(int(index)), rng) for index in indices])
        if self._flip and rng:
            mirrored = rng.integers(2, size=len(images)) == 1
            images[mirrored] = images[mirrored, :, ::-1]
        # Converted as a whole and last: while they are uint8, images are a quarter as large.
        batch = {"image": np.divide(images, np.float32(127.5), dtype=np.float32)}
        batch["image"] -= 1
        if self.labels is not None:
            batch["label"] = self.labels[indices]
        if self.conditions is not None:
            batch["condition"] = self.conditions[indices]
        return batch
