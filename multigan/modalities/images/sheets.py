"""What stands beside translated pictures: a preview of the first ones, and sheets of all with what was wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from multigan.data.collection import UnreadableError
from multigan.fields.columns import columns_of, pictures_of
from multigan.modalities.files import write_columns
from multigan.modalities.grid import to_picture, to_uint8
from multigan.modalities.images.given import contents_of
from multigan.modalities.images.reading.decode import decode, from_pixels
from multigan.modalities.images.streams import bound
from multigan.modalities.translation import SHEET, Translation, sheet_names

__all__ = ["Sheets", "went_in"]

# Of a picture on a sheet, the longer side in pixels at most; and all pixels that a preview is made of.
SIDE, PREVIEWED = 256, 1 << 20
WHITE = 255, 255, 255


class Sheets:
    """Gathers what is shown of samples, and writes it.

    Args:
        task: whose samples they are.

    Attributes:
        notes: what there is to say of what was wanted.
    """

    def __init__(self, task: Translation):
        self._task, self.notes = task, []
        self._first, self._room, self._page = [], PREVIEWED, []
        self._names = iter(sheet_names(task.names, ".png"))
        self._wanted = Wanted(task.compare) if task.compare else None
        self._sheets: list[Path] = []

    def add(self, made: Any) -> None:
        """Takes up one sample, a `multigan.modalities.images.network.Made`."""
        pixels = made.sample[0, ..., 0].size
        if not self._first or (pixels <= self._room and len(self._first) < self._task.files.shown):
            self._first.append(made)
            self._room -= pixels
        else:
            self._room = 0  # the first ones, and not some of them
        if self._task.compare is not None:
            self._page.append(self._compared(made))
            if len(self._page) == SHEET:
                self._turn()

    def write(self) -> tuple[Path, list[Path]]:
        """Writes the preview, and what is left for a sheet; returns the paths of the preview and of all sheets."""
        if self._page:
            self._turn()
        if self._wanted is not None:
            self.notes += self._wanted.notes
        columns = self._columns() or _in_cells([self._drawn(made) for made in self._first])
        preview = self._task.out / f"preview{self._task.files.suffix}"
        return write_columns(preview, columns, self._task.files), self._sheets

    def _columns(self) -> dict[str, np.ndarray]:
        """What the game shows of the first samples; nothing where one of them went through in tiles."""
        if any(made.whole is None for made in self._first):
            return {}
        sizes = {(made.whole[1].shape, made.sample.shape) for made in self._first}
        if len(sizes) > 1:
            return _in_cells(
                [{title: values[0] for title, values in self._shown([made]).items()} for made in self._first]
            )
        return self._shown(self._first)

    def _shown(self, some: list[Any]) -> dict[str, np.ndarray]:
        """The columns of samples of one size, cut as they are."""
        task = self._task
        asked = {name: np.concatenate([made.whole[0][name] for made in some]) for name in task.fields}
        samples = np.concatenate([made.whole[1] for made in some])
        columns = columns_of(task.game, task.fields, asked, samples)
        around, cut = some[0].around, some[0].sample.shape[1:3]
        if around is None:
            return columns
        found = {}
        for title, values in columns.items():
            scale = max(1, values.shape[1] // around.padded[0])
            found[title] = around.cut(values, scale)
            if scale == task.game.scale:
                found[title] = found[title][:, : cut[0], : cut[1]]
        return found

    def _drawn(self, made: Any) -> dict[str, np.ndarray]:
        """What went in and what came out, without anything that the game would have to make."""
        return {**{name: values[0] for name, values in went_in(self._task, made).items()}, "output": made.sample[0]}

    def _compared(self, made: Any) -> dict[str, np.ndarray | None]:
        row = {title: thumb(values) for title, values in self._drawn(made).items()}
        if self._wanted is not None:
            wanted = self._wanted.of(self._task.names[made.row])
            return {**row, "wanted": None if wanted is None else thumb(wanted)}
        return row if made.read.original is None else {**row, "wanted": thumb(made.read.original)}

    def _turn(self) -> None:
        """Writes a sheet."""
        path = self._task.out / next(self._names)
        self._sheets.append(write_columns(path, _in_cells(self._page), self._task.files))
        self._page = []


class Wanted:
    """Pictures that somebody else made, by name.

    Args:
        place: of them.

    Attributes:
        notes: of those that are not there or cannot be read.
    """

    def __init__(self, place: str):
        names, self._contents, _ = contents_of([place], "--compare")
        self._place, self._numbers = place, {name: number for number, name in enumerate(names)}
        self._lacking: list[str] = []
        self._bad: list[str] = []

    def of(self, name: str) -> np.ndarray | None:
        """Returns the picture of this name, uint8 `(height, width, channels)`, or None."""
        if name not in self._numbers:
            self._lacking.append(name)
            return None
        try:
            content = self._contents.read(self._numbers[name])
            image = (decode(content, bound()) if isinstance(content, bytes) else from_pixels(content)).image
        except (UnreadableError, OSError) as error:
            self._bad.append(f"{name}: {error}")
            return None
        pixels = np.asarray(image)
        return pixels if pixels.ndim == 3 else pixels[..., None]

    @property
    def notes(self) -> list[str]:
        """What there is to say of them."""
        found = []
        if self._lacking:
            found.append(
                f"--compare {self._place}: nothing in it is called like {len(self._lacking):,} of the pictures (first: "
                f"{self._lacking[0]})"
            )
        if self._bad:
            found.append(f"--compare {self._place}: {len(self._bad):,} cannot be read (first: {self._bad[0]})")
        return found


def went_in(task: Translation, made: Any) -> dict[str, np.ndarray]:
    """Returns what one sample was made of, drawn: `(1, height, width, channels)` in [-1, 1] by field.

    Args:
        task: with the fields.
        made: the sample, a `multigan.modalities.images.network.Made`.
    """
    read, one = made.read.values, slice(made.row, made.row + 1)
    return pictures_of(
        task.fields, {name: read[name][None] if name in read else task.asked[name][one] for name in task.fields}
    )


def thumb(values: np.ndarray) -> np.ndarray:
    """Returns a picture `(height, width, channels)`, bytes or in [-1, 1], in colour over white and no larger than a
    sheet needs, uint8.
    """
    image = to_picture(np.ascontiguousarray(to_uint8(values)))
    image.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    image = image.convert("RGBA")
    below = Image.new("RGB", image.size, WHITE)
    below.paste(image, mask=image.getchannel("A"))
    return np.asarray(below)


def _in_cells(rows: list[dict[str, np.ndarray | None]]) -> dict[str, np.ndarray]:
    """Columns of records whose pictures have sizes of their own, each in the middle of a cell as large as the largest,
    enlarged by a whole number where it is much smaller; float32 in [-1, 1].
    """
    titles = list(dict.fromkeys(title for row in rows for title in row))
    small = [{title: thumb(values) for title, values in row.items() if values is not None} for row in rows]
    height, width = (max(values.shape[axis] for row in small for values in row.values()) for axis in (0, 1))
    found = {title: np.ones((len(rows), height, width, 3), np.float32) for title in titles}
    for number, row in enumerate(small):
        for title, values in row.items():
            factor = min(height // values.shape[0], width // values.shape[1])
            values = values.repeat(factor, axis=0).repeat(factor, axis=1)
            top, left = (height - values.shape[0]) // 2, (width - values.shape[1]) // 2
            place = found[title][number, top : top + values.shape[0], left : left + values.shape[1]]
            place[...] = values / np.float32(127.5) - 1
    return found
