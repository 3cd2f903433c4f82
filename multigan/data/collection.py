"""What a place was found to hold, before anything in it is decoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Collection", "NumberedNames", "UnreadableError"]


class UnreadableError(Exception):
    """One sample cannot be read; the message is the reason, without the sample's name.

    Args:
        message: the reason.
        elsewhere: the same where the data's options cannot be set, such as of a picture that a sample is made of;
            "": the message names none.

    Attributes:
        elsewhere: see above; the message where it is the same.
    """

    def __init__(self, message: str, elsewhere: str = ""):
        super().__init__(message)
        self.elsewhere = elsewhere or message


@dataclass(frozen=True)
class Collection:
    """A list of samples that are read one by one.

    Args:
        title: how messages call the place.
        names: of the samples, relative to the place, with `/` on every machine.
        read: returns a sample by its index, as a file's bytes or as an array; raises `UnreadableError` or `OSError`.
            Called from several threads at once.
        labels: int32 `(count,)`, indices into `classes`.
        classes: the names of the classes; empty when there are no labels.
        notes: for the report.
        conditions: float32 `(count, length)`, a vector that belongs to each sample.
        paths: of the files, where samples are files of their own, for those who read parts of them.
    """

    title: str
    names: Sequence[str]
    read: Callable[[int], bytes | np.ndarray]
    labels: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    conditions: np.ndarray | None = None
    paths: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.names)


class NumberedNames(Sequence):
    """The names `part[0]`, `part[1]`, ... of the rows of an array, made when asked for."""

    def __init__(self, part: str, count: int):
        self._part = part
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> str:
        return f"{self._part}[{range(self._count)[index]}]"
