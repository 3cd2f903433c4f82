"""What is measured on pictures that are made of something, while a run trains: what they have to do with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from multigan.field import Field
from multigan.metrics.diversity import mean_pairwise_distance
from multigan.modalities.images.colour_statistics import as_pictures
from multigan.modalities.images.controls import enlarged

__all__ = ["Kinship"]

# Samples that are compared with one another.
PAIRS = 64
# Less than this is no difference, and no spread, of values in [-1, 1].
TINY = 1e-3
# How many quantiles of two distributions are compared, and how much nearer a negative is that has to be one.
QUANTILES, CLEARLY = 101, 0.5


class Kinship:
    """Holds pictures against what they were made of, and against the right answers where these are known.

    Args:
        data: pictures of the data `(n, height, width, channels)`, of the kind that is made.
        fields: that data have beside them.
    """

    def __init__(self, data: np.ndarray, fields: Sequence[Field]):
        self._data = data
        self._fields = {field.name: field for field in fields if field.kind in ("picture", "labelmap")}

    def measure(
        self, samples: np.ndarray, asked: Mapping[str, np.ndarray], wanted: np.ndarray | None
    ) -> dict[str, float]:
        """Returns the figures of pictures `(count, height, width, channels)`; nothing of fewer than two, or of pictures
        that were not made of pictures or label maps:

        - `moved`: mean difference between samples and what went in, over the mean difference that the right answers
          have from it; where these are not known, that of other pictures of the data;
        - `answer_correlation`: with the right answers, where they are known: the lowest of the channels and of the
          differences of colours;
        - `input_correlation`: the same with what went in, where they are not; only of what the data give no reason to
          turn over;
        - `response`: how far apart samples are from one another, over the same of what went in or of the data,
          whichever is less.

        Args:
            samples: in [-1, 1].
            asked: what they were made of, by field.
            wanted: the right answers, or None.
        """
        name = next((name for name in asked if name in self._fields), None)
        if name is None or len(samples) < 2:
            return {}
        given = self._as_samples(asked[name], self._fields[name], samples.shape)
        right = wanted if wanted is not None else self._data[np.arange(len(samples)) % len(self._data)]
        spreads = [mean_pairwise_distance(right[:PAIRS])]
        found = {}
        if given is not None:
            spreads.append(mean_pairwise_distance(given[:PAIRS]))
            # Another picture of the data, not the one of the same row: a source may be in step with them all the same.
            apart = _apart(given, right if wanted is not None else np.roll(right, 1, axis=0))
            if apart > TINY:
                found["moved"] = _apart(given, samples) / apart
        if min(spreads) > TINY:
            found["response"] = mean_pairwise_distance(samples[:PAIRS]) / min(spreads)
        if wanted is not None:
            found |= _lowest("answer_correlation", _correlations(samples, wanted))
        elif given is not None:
            pairs = zip(_correlations(samples, given), _judged(given, self._data), strict=True)
            found |= _lowest("input_correlation", (value for value, judged in pairs if judged))
        return {key: round(float(value), 4) for key, value in found.items()}

    def _as_samples(self, given: np.ndarray, field: Field, shape: tuple[int, ...]) -> np.ndarray | None:
        """What went in as pictures of the samples' shape; None where it cannot be held against them."""
        if field.kind != "picture":
            return None
        if field.made.startswith("low"):
            given = enlarged(given, shape[1:3])
        return as_pictures(given, shape[-1]) if given.shape[1:3] == shape[1:3] else None


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).mean(dtype=np.float64))


def _channels(pictures: np.ndarray) -> Iterator[np.ndarray]:
    """The channels, and of colour red against green and both against blue, which light alone does not tell."""
    colours = _colours(pictures)
    yield from np.moveaxis(colours, -1, 0)
    if colours.shape[-1] == 3:
        yield colours[..., 0] - colours[..., 1]
        yield (colours[..., 0] + colours[..., 1]) / 2 - colours[..., 2]


def _colours(pictures: np.ndarray) -> np.ndarray:
    """The channels without transparency."""
    return pictures[..., : pictures.shape[-1] - (pictures.shape[-1] in (2, 4))]


def _correlations(samples: np.ndarray, others: np.ndarray) -> Iterator[float]:
    """Of each of `_channels`, over all pixels of all pictures; nan where one of them does not vary."""
    for one, other in zip(_channels(samples), _channels(others), strict=True):
        one, other = (side.astype(np.float64) - side.mean(dtype=np.float64) for side in (one, other))
        spread = np.sqrt(np.square(one).mean() * np.square(other).mean())
        yield float((one * other).mean() / spread) if spread > TINY**2 else np.nan


def _judged(given: np.ndarray, data: np.ndarray) -> list[bool]:
    """Of each of `_channels`, whether the data give no reason to turn it over: its negative is not clearly distributed
    more like them. Where one of red, green and blue, or grey, has to be, colour is judged only where it is itself
    clearly more like them.
    """
    levels, ratios = np.linspace(0, 1, QUANTILES), []
    for one, other in zip(_channels(given), _channels(data), strict=True):
        ours, theirs = (np.quantile(side, levels) for side in (one, other))
        ratios.append(np.abs(-ours[::-1] - theirs).mean() / max(np.abs(ours - theirs).mean(), TINY**2))
    plain = _colours(given).shape[-1]
    least = CLEARLY if min(ratios[:plain]) >= CLEARLY else 1 / CLEARLY
    return [ratio >= least for ratio in ratios]


def _lowest(name: str, values) -> dict[str, float]:
    known = [value for value in values if np.isfinite(value)]
    return {name: min(known)} if known else {}
