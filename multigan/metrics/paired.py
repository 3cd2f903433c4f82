"""What is measured of samples one by one, as they come: each beside what it was asked for, and beside the right answer.

Nothing but sums, and at most 1,000 feature vectors, is kept; memory does not grow with the count of samples.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy

from multigan.errors import UsageError
from multigan.metrics.streams import Gathered

__all__ = [
    "Block",
    "FeatureDistance",
    "Handing",
    "Mean",
    "Retrieval",
    "Stream",
    "answered",
    "mean_of",
    "refuse_unanswered",
]

AMONG = 1000  # right answers that each sample's own is looked for among
PART = 64  # samples that are held against all answers at a time
FEW = 16  # samples of a part of a block


@dataclass(frozen=True)
class Block:
    """Some samples, and what belongs to them.

    Args:
        start: the number of the first of them in the stream.
        total: how many the stream has.
        asked: what they were asked for, by field, `(count, *shape)` each.
        wanted: the right answers `(count, *shape)`; None where they are not known.
        made: the samples `(count, *shape)`.
        features: of `wanted` and `made`, `(count, width)` each, where the metric has an extractor; else those
            themselves.
    """

    start: int
    total: int
    asked: Mapping[str, numpy.ndarray]
    wanted: numpy.ndarray | None
    made: numpy.ndarray
    features: tuple[numpy.ndarray, numpy.ndarray] | None = None

    def parts(self) -> Iterator["Block"]:
        """Yields the block a few samples at a time, so that what is computed of them stays small; without features."""
        for start in range(0, len(self.made), FEW):
            part = slice(start, start + FEW)
            asked = {name: values[part] for name, values in self.asked.items()}
            wanted = None if self.wanted is None else self.wanted[part]
            yield Block(self.start + start, self.total, asked, wanted, self.made[part])


class Stream(Protocol):
    """A metric in the making."""

    def add(self, block: Block) -> None:
        """Takes the next samples."""

    def result(self) -> Mapping[str, Any]:
        """Returns `"value"`, and what else the metric tells."""


class Handing:
    """Hands samples to metrics as they come.

    Args:
        streams: metric -> its stream.
        asked: what all samples are asked for, by field, read by parts.
        answers: the right answers to it, read by parts; None where they are not known.
        features: `features(extractor, part, answers)` returns those of some answers.
        total: how many samples will come.
    """

    def __init__(self, streams, asked, answers, features, total: int):
        self._streams, self._asked, self._answers = streams, asked, answers
        self._features, self._total = features, total

    def __call__(self, start: int, samples: numpy.ndarray, features: Mapping[str, numpy.ndarray]) -> None:
        """Hands on samples `(count, *shape)`, the first of which is number `start`, and their features by extractor."""
        part, wanted, theirs = slice(start, start + len(samples)), None, {}
        asked = {name: rows[part] for name, rows in self._asked.items()}
        if self._answers is not None:
            wanted = self._answers[part]
            names = {metric.extractor for metric in self._streams}
            theirs = {name: self._features(name, part, wanted) if name else wanted for name in names}
        for metric, stream in self._streams.items():
            both = (theirs[metric.extractor], features[metric.extractor]) if theirs else None
            stream.add(Block(start, self._total, asked, wanted, samples, both))


class Mean:
    """The mean of a figure over samples.

    Args:
        figure: maps `(wanted, made)`, `(count, *shape)` each, to a number for each sample, `(count,)`.
    """

    def __init__(self, figure):
        self._figure, self._sum, self._count = figure, 0.0, 0

    def add(self, block: Block) -> None:
        """Takes the next samples."""
        for part in block.parts():
            self._sum += float(numpy.sum(self._figure(part.wanted, part.made), dtype=numpy.float64))
        self._count += len(block.made)

    def result(self) -> dict[str, float]:
        """Returns the mean as `"value"`."""
        return {"value": self._sum / self._count}


def mean_of(figure):
    """Returns what a metric of the mean of a figure names as its `compute`; see `Mean`."""
    return lambda answers=None, **given: Mean(figure)


class FeatureDistance:
    """Mean Euclidean distance between the features of a sample and of the right answer.

    `"unrelated"` is the same between right answers and other ones, the next in the stream: what a sample is apart from
    its answer that has nothing to do with what it was asked for.
    """

    def __init__(self, answers=None):
        self._apart, self._unrelated, self._count, self._others, self._last = 0.0, 0.0, 0, 0, None

    def add(self, block: Block) -> None:
        """Takes the next samples."""
        wanted, made = (numpy.asarray(side, numpy.float64) for side in block.features)
        self._apart += float(numpy.linalg.norm(made - wanted, axis=1).sum())
        row = wanted if self._last is None else numpy.concatenate([self._last, wanted])
        self._unrelated += float(numpy.linalg.norm(row[1:] - row[:-1], axis=1).sum())
        self._count, self._others, self._last = self._count + len(made), self._others + len(row) - 1, wanted[-1:]

    def result(self) -> dict[str, float]:
        """Returns `"value"` and, of two samples or more, `"unrelated"`."""
        more = {"unrelated": self._unrelated / self._others} if self._others else {}
        return {"value": self._apart / self._count, **more}


class Retrieval:
    """The share of samples whose nearest right answer, among many, is their own, by Euclidean distance of features.

    Of answers that are equally near, as copies are, each is the nearest in an equal share.
    """

    def __init__(self, answers=None):
        self._sides: tuple[Gathered, Gathered] | None = None

    def add(self, block: Block) -> None:
        """Takes the next samples."""
        if self._sides is None:
            # Both choose the same places by lot.
            self._sides = Gathered(block.total, kept=AMONG), Gathered(block.total, kept=AMONG)
        for side, features in zip(self._sides, block.features, strict=True):
            side.add(block.start, features)

    def result(self) -> dict[str, float]:
        """Returns `"value"`, `"among"`, how many answers there were, and `"chance"`, one of them."""
        wanted, made = (side.rows.astype(numpy.float64) for side in self._sides)
        count = min(len(wanted), len(made))
        wanted, made, hits = wanted[:count], made[:count], 0.0
        for start in range(0, count, PART):
            rows = made[start : start + PART]
            # Differences one by one: products of matrices would leave rounding noise where pictures are equal.
            table = numpy.stack([numpy.linalg.norm(wanted - row, axis=1) for row in rows])
            own = table[numpy.arange(len(rows)), start + numpy.arange(len(rows))]
            nearest = table.min(axis=1)
            ties = (table == nearest[:, None]).sum(axis=1)
            hits += float(((own == nearest) / ties).sum())
        return {"value": hits / count, "among": count, "chance": 1 / count}


def answered(source, game) -> bool:
    """Whether the data's samples are the right answers to what a game is asked for."""
    beside = {field.name: field for field in getattr(source, "beside", ())}
    return any(name in beside and beside[name].aligned for name in game.asks)


def refuse_unanswered(source, name: str) -> None:
    """Raises the UsageError of a metric that needs right answers which nobody knows."""
    raise UsageError(
        f"{name}: needs data whose right answers are known, and {source.name} has none to what this game is asked for; "
        "give pairs, such as --data INPUTS -o to=PICTURES -o pairs=names"
    )
