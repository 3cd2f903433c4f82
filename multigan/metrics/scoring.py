"""Scores a game's samples against data, block by block, with several metrics at once.

Samples pass each extractor in blocks; what is kept of them is bounded, so memory does not grow with the count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy

from multigan.errors import UsageError
from multigan.metrics.checks import check_finite
from multigan.metrics.extractors import Material, load_extractor
from multigan.metrics.knowledge import Knowledge
from multigan.metrics.memorisation import Training
from multigan.metrics.streams import KEPT, KEPT_BYTES, Gathered
from multigan.progress import Progress
from multigan.recipe import Metric, load_object

__all__ = ["BLOCK", "Evaluation"]

BLOCK = 256  # samples that pass the extractors at a time


class Evaluation:
    """Metrics of one data set, whose real side is computed once.

    Args:
        metrics: what to compute.
        material: the data, and where costly things are kept.
        count: of samples, real and generated; fewer when the data has fewer, but of generated texts.
        progress: is told what is being done: a round for each set of samples that is scored, in parts.
        kept: feature vectors of each set that are kept for metrics that compare them with one another.
        controls: of `multigan.metrics.controls.CONTROLS`, what is scored beside the samples. With real ones among them
            the count is at most half of the data, so that as many are left that are not compared with themselves.
            Real texts are few; each is compared with all the others.

    Attributes:
        metrics: what is computed.
        count: of generated samples.
        real_count: of real ones.
        control_rounds: how many rounds the controls take, see `multigan.progress.Progress`.
        progress: what was given, or what tells nobody.
        facts: extractor's name -> what a record tells of it.
        pairs: metric's name -> (seed, positions of samples, positions `(samples, k)` of the training samples nearest to
            each), as the newest call of `score` found them.

    Raises:
        UsageError: an extractor that cannot be had, data that are not finite or all alike, or without what a metric
            needs.
    """

    def __init__(
        self,
        metrics: Sequence[Metric],
        material: Material,
        *,
        count: int = 1000,
        progress: Progress | None = None,
        kept: int = KEPT,
        controls: Sequence[str] = (),
    ):
        self.metrics = tuple(metrics)
        self._controls = tuple(controls)
        self._of_texts = any(metric.modality == "text" for metric in self.metrics)
        parts = 2 if "real" in controls and not self._of_texts else 1
        self.control_rounds = sum(not self._told_by_metrics(name) for name in self._controls)
        self.real_count = min(count, len(material.reference) // parts)
        self.count = count if self._of_texts else self.real_count
        self._material, self._kept = material, kept
        self.progress = progress or Progress()
        self._computes = {metric.name: load_object(metric.compute) for metric in self.metrics}
        names = dict.fromkeys(metric.extractor for metric in self.metrics)
        self._extractors = {name: self._load(name) if name else _identity for name in names}
        self.facts = {name: dict(extractor.facts) for name, extractor in self._extractors.items() if name}
        self._indices, self._labels, self._conditions = self._choose()
        self._square = 0.0  # mean square of the real samples
        self._scored_controls: dict[str, dict[str, dict[str, Any]]] = {}
        self._real = self._gather("real", self._real_blocks(), self.real_count)
        self.pairs: dict[str, tuple[int, numpy.ndarray, numpy.ndarray]] = {}
        self._training: dict[str, Training] = {}
        self._known = Knowledge(material)

    def _load(self, name):
        self.progress.part(f"getting the extractor {name}")  # one that learns takes its time
        return load_extractor(name, self._material)

    def score(self, game, seed: int) -> dict[str, dict[str, Any]]:
        """Returns each metric's result: `"value"`, and what else the metric tells.

        Args:
            game: a `Game`; samples are `game.sample(size, [seed, block], condition)`.
            seed: of the samples, and of a metric's own draws.

        Raises:
            UsageError: samples that are not finite, too few, or of another shape, or a metric that needs a conditional
                game.
        """
        return self._score(game, seed, self.metrics)

    def _score(self, game, seed, metrics):
        asked = self._ask(game, seed)
        generated = self._gather("generated", self._generated_blocks(game, seed, asked), self.count)
        results = {}
        for number, metric in enumerate(metrics, 1):
            self.progress.part(f"{metric.name} (metric {number} of {len(metrics)})")
            real, made = self._real[metric.extractor], generated[metric.extractor]
            given = {need: self._given(need, metric, game, real, made, asked) for need in metric.needs}
            result = self._computes[metric.name](real.rows, made.rows, seed, **given)
            result = dict(result) if isinstance(result, dict) else {"value": result}
            result["value"] = float(result["value"])
            if "pairs" in result:
                suspects, nearest = result.pop("pairs")
                self.pairs[metric.name] = (seed, made.positions[suspects], nearest)
            bound = [side.bound for side in (real, made)]
            if any(bound) and "moments" not in metric.needs:
                result["kept"] = len(made.rows)
            results[metric.name] = result
        return results

    def controls(self, game, seed: int) -> dict[str, dict[str, dict[str, Any]]]:
        """Returns, for each control, what `score` returns of it in the game's place; computed once.

        Metrics that look for training samples are left out for other real samples that are such, and those that ask
        the game itself for what has no answer. What real texts score is told by each metric.

        Args:
            game: tells what samples are asked by.
            seed: of the controls' samples.
        """
        for name in self._controls:
            if name not in self._scored_controls:
                training = name == "real" and not self._material.held_out
                if self._told_by_metrics(name):
                    continue
                self.progress.round(f"{name} in place of samples")
                control = self._control(name, game, seed)
                lacking = {"training"} if training else set()
                lacking |= set() if hasattr(control, "log_likelihood") else {"game"}
                metrics = [m for m in self.metrics if not lacking & set(m.needs)]
                pairs = dict(self.pairs)
                self._scored_controls[name] = self._score(control, seed, metrics) if metrics else {}
                self.pairs = pairs
        if "replay" in self._scored_controls:
            own = {
                name: score.get("real", score.get("floor")) for name, score in self._scored_controls["replay"].items()
            }
            real = {name: {"value": value} for name, value in own.items() if value is not None}
            self._scored_controls = {"real": real} | self._scored_controls
        return self._scored_controls

    def _told_by_metrics(self, name) -> bool:
        return name == "real" and self._of_texts

    def _control(self, name, game, seed):
        from multigan.metrics.controls import Noise, others, replay

        source = self._material.reference
        if name == "noise":
            return Noise(source.shape, self._square**0.5, game.conditional)
        if name == "real":
            asked = self._ask(game, seed) if game.conditional == "label" else None
            return others(source, self.count, BLOCK, game.conditional, asked)
        if name == "replay":
            return replay(self._material.training(), self.count, BLOCK, game.conditional)
        from multigan.modalities.text.controls import text_control

        return text_control(name, self._known.texts, game.conditional)

    def samples(self, game, seed: int, positions: Sequence[int]) -> numpy.ndarray:
        """Returns the samples at these positions of a seed's stream, made again, `(count, *shape)`."""
        asked = self._ask(game, seed)
        return numpy.stack([self._block(game, seed, int(p) // BLOCK, asked)[int(p) % BLOCK] for p in positions])

    # The two streams.

    def _choose(self):
        """Which real samples take part: a choice without replacement, the same for every seed and every run."""
        source = self._material.reference
        if self.real_count < 1:
            raise UsageError(f"{source.name}: holds no samples")
        indices = numpy.sort(numpy.random.default_rng(0).permutation(len(source))[: self.real_count])
        first = source[int(indices[0])]
        labels = numpy.empty(self.real_count, numpy.int32) if "label" in first else None
        conditions = (
            numpy.empty((self.real_count, *first["condition"].shape), numpy.float32) if "condition" in first else None
        )
        return indices, labels, conditions

    def _real_blocks(self) -> Iterator[numpy.ndarray]:
        first, varied = None, False
        for start in range(0, self.real_count, BLOCK):
            part = slice(start, min(start + BLOCK, self.real_count))
            batch = self._material.reference.batch(self._indices[part])
            if self._labels is not None:
                self._labels[part] = batch["label"]
            if self._conditions is not None:
                self._conditions[part] = batch["condition"]
            samples = next(iter(batch.values()))
            self._square += float(numpy.square(samples, dtype=numpy.float64).mean()) * len(samples) / self.real_count
            first = samples[:1].copy() if first is None else first
            varied = varied or bool((samples != first).any())
            yield samples
        if not varied:
            raise UsageError(
                f"{self._material.reference.name}: {self.real_count} real samples that are all alike; a metric has "
                "nothing to compare with, so give it other data, or more with -n"
            )

    def _generated_blocks(self, game, seed, asked) -> Iterator[numpy.ndarray]:
        for block in range(-(-self.count // BLOCK)):
            samples = self._block(game, seed, block, asked)
            if samples.shape[1:] != tuple(self._material.reference.shape):
                told = ["x".join(map(str, shape)) for shape in (samples.shape[1:], self._material.reference.shape)]
                raise UsageError(
                    f"generated samples of shape {told[0]} cannot be compared with data of shape {told[1]}"
                )
            yield samples

    def _block(self, game, seed, block, asked):
        start = block * BLOCK
        size = min(BLOCK, self.count - start)
        if asked is None:
            return game.sample(size, [seed, block])
        return game.sample(size, [seed, block], asked[start : start + size])

    def _gather(self, what, blocks, total) -> dict[str, Gathered]:
        gathered = {name: Gathered(total, self._accumulates(name), self._kept) for name in self._extractors}
        done = 0
        self.progress.part(f"{what} samples", 0, total)
        for samples in blocks:
            check_finite(samples, what, done)
            for name, extractor in self._extractors.items():
                gathered[name].add(done, extractor(samples))
            done += len(samples)
            self.progress.part(f"{what} samples", done, total)
        return gathered

    def _accumulates(self, name):
        return any(metric.extractor == name and "moments" in metric.needs for metric in self.metrics)

    # What metrics need beside samples.

    def _ask(self, game, seed) -> numpy.ndarray | None:
        """The conditions of a conditional game's samples: as often as the data have each, in an order of the seed."""
        if not game.conditional:
            return None
        conditions = self._labels if game.conditional == "label" else self._conditions
        if conditions is None:
            raise UsageError(
                f"{self._material.reference.name}: has no {game.conditional} of its samples, which this game is asked "
                "by; give data that has"
            )
        conditions = numpy.resize(conditions, (self.count, *conditions.shape[1:]))
        return numpy.random.default_rng(seed).permutation(conditions)

    def _given(self, need, metric, game, real, made, asked):
        if need == "moments":
            return real.moments, made.moments
        if need == "classifier":
            return self._extractors[metric.extractor]
        if need == "modes":
            return self._known.modes
        if need == "training":
            return self._training_of(metric.extractor)
        if need == "game":
            return game
        if need == "texts":
            return self._known.texts
        if need == "oracle":
            return self._known.oracle(metric.name)
        if need == "labels":
            if self._labels is None:
                raise UsageError(f"{metric.name}: needs labels, and {self._material.reference.name} has none")
            return self._labels[real.positions]
        if game.conditional != "label":
            raise UsageError(f"{metric.name}: needs a game that is asked for a class, and this one is not")
        return asked[made.positions]

    def _training_of(self, name) -> Training:
        """The training data under an extractor; kept in memory where they fit, else computed at each pass."""
        if name not in self._training:
            source, extractor, kept = self._material.training(), self._extractors[name], []
            real = self._real[name]
            fits = len(source) * real.rows[0].nbytes <= KEPT_BYTES

            def blocks():
                if kept:
                    yield from kept
                    return
                self.progress.part("training samples", 0, len(source))
                for start in range(0, len(source), BLOCK):
                    batch = source.batch(numpy.arange(start, min(start + BLOCK, len(source))))
                    features = extractor(next(iter(batch.values())))
                    self.progress.part("training samples", start + len(features), len(source))
                    yield start, features

            if fits:
                kept = list(blocks())
            own = None if self._material.held_out else self._indices[real.positions]
            self._training[name] = Training(blocks, real.rows, own)
        return self._training[name]


def _identity(samples):
    return samples
