"""Images that nobody looked at before training: what is wrong with one is found when it is read."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from multigan.data.collection import UnreadableError
from multigan.data.source import DataReport
from multigan.data.verdict import judge
from multigan.modalities.images.reading.check import Reader

__all__ = ["Late"]

# A share of fewer images than this tells nothing.
LEAST = 1000


class Late:
    """Fitted pixels of images by their row, decoded when they are first asked for.

    Args:
        reader: of the collection.
        used: the number in the collection of each row.
        looked_at: the numbers of those that were looked at before.
        skipped: `(name, reason)` of those of them that cannot be read.
        skip_bad: the option of this name.
        keep: whether all of them find room in memory.
    """

    def __init__(
        self,
        reader: Reader,
        used: np.ndarray,
        looked_at: np.ndarray,
        skipped: Sequence[tuple[str, str]],
        skip_bad: float,
        keep: bool,
    ):
        self._reader, self._used, self._skip_bad = reader, used, skip_bad
        self._kept = np.empty((len(used), *reader.target.shape), np.uint8) if keep else None
        self._filled = np.zeros(len(used) if keep else 0, bool)
        self._seen = np.zeros(len(reader.collection), bool)
        self._seen[looked_at] = True
        self._looked = len(looked_at)
        self._bad: dict[int, tuple[str, str]] = {-1 - number: each for number, each in enumerate(skipped)}
        self._new: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def read(self, row: int) -> np.ndarray | None:
        """Returns the pixels of a row, uint8 `(height, width, channels)`; None where they cannot be read.

        Raises:
            UnreadableDataError: more than the share `skip_bad` of what was read until now cannot be.
        """
        if self._kept is not None and self._filled[row]:
            return self._kept[row]
        number = int(self._used[row])
        if number in self._bad:
            return None
        try:
            pixels, reason = self._reader.pixels(number), ""
        except UnreadableError as error:
            pixels, reason = None, str(error)
        except OSError as error:
            pixels, reason = None, error.strerror or str(error)
        with self._lock:
            self._looked += not self._seen[number]
            self._seen[number] = True
            if pixels is None:
                self._complain(number, reason)
        if pixels is not None and self._kept is not None:
            self._kept[row] = pixels
            self._filled[row] = True
        return pixels

    def unreadable(self) -> list[tuple[str, str]]:
        """Returns `(name, reason)` of what was found to be unreadable since this was asked last."""
        with self._lock:
            found, self._new = self._new, []
        return found

    def judge(self) -> None:
        """Raises `UnreadableDataError` where no further image is to be tried."""
        judge(self._report(), self._skip_bad, self._title, "images that were looked at", "be read")

    def _complain(self, number: int, reason: str) -> None:
        if number in self._bad:
            return  # another thread was faster
        self._bad[number] = self._reader.collection.names[number], reason
        self._new.append(self._bad[number])
        if len(self._bad) > self._skip_bad * max(self._looked, min(LEAST, len(self._reader.collection))):
            self.judge()

    def _report(self) -> DataReport:
        return DataReport(self._looked, self._looked - len(self._bad), tuple(self._bad.values()))

    @property
    def _title(self) -> str:
        return self._reader.collection.title
