"""Scores a game's samples against data, block by block, with several metrics at once.

Samples pass each extractor in blocks; what is kept of them is bounded, so memory does not grow with the count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy

from multigan.errors import UsageError
from multigan.fields import Rows, chosen, label_of
from multigan.metrics.checks import check_finite
from multigan.metrics.chosen import Chosen
from multigan.metrics.controls import Control
from multigan.metrics.extractors import Material, load_extractor
from multigan.metrics.knowledge import knowledge_of
from multigan.metrics.memorisation import Training
from multigan.metrics.paired import Handing, answered, refuse_unanswered
from multigan.metrics.streams import KEPT, KEPT_BYTES, Gathered
from multigan.progress import Progress
from multigan.recipe import DataInfo, Metric, load_object

__all__ = ["BLOCK", "Evaluation"]

BLOCK = 256  # samples that pass the extractors at a time


class Evaluation:
    """Metrics of one data set, whose real side is computed once.

    Args:
        metrics: what to compute.
        material: the data, and where costly things are kept.
        count: of samples, real and generated; fewer when the data has fewer, but of generated ones where the room says
            that the real ones are few (`Knowledge.as_many`).
        progress: is told what is being done: a round for each set of samples that is scored, in parts.
        kept: feature vectors of each set that are kept for metrics that compare them with one another.
        controls: what is scored beside the samples. With one that takes spare samples among them the count is at most
            half of the data, so that as many are left that are not compared with themselves.

    Attributes:
        metrics: what is computed.
        material: the data.
        knowledge: what their room knows of them.
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
        controls: Sequence[Control] = (),
    ):
        self.metrics = tuple(metrics)
        self._controls = tuple(controls)
        self.material, self.knowledge, self._kept = material, knowledge_of(material), kept
        self.control_rounds = sum(control.make is not None for control in self._controls)
        parts = 2 if any(control.spare for control in self._controls) else 1
        self.real_count = min(count, len(material.reference) // parts)
        self.count = self.real_count if self.knowledge.as_many else count
        self.progress = progress or Progress()
        self._computes = {metric.name: load_object(metric.compute) for metric in self.metrics}
        names = dict.fromkeys(metric.extractor for metric in self.metrics)
        self._extractors = {name: self._load(name) if name else _identity for name in names}
        self.facts = {name: dict(extractor.facts) for name, extractor in self._extractors.items() if name}
        self._chosen = Chosen(material.reference, material.field, self.real_count)
        self._scored_controls: dict[str, dict[str, dict[str, Any]]] = {}
        # Of what streams alone look at features are kept, and no samples.
        kept = {metric.extractor for metric in self.metrics if metric.extractor or not metric.streams}
        self._real = self._gather("real", self._chosen.blocks(BLOCK), self.real_count, kept)
        self.pairs: dict[str, tuple[int, numpy.ndarray, numpy.ndarray]] = {}
        self._training: dict[str, Training] = {}

    def _load(self, name):
        self.progress.part(f"getting the extractor {name}")  # one that learns takes its time
        return load_extractor(name, self.material)

    @property
    def block(self) -> int:
        """How many samples a seed's block has."""
        return BLOCK

    @property
    def loudness(self) -> float:
        """Root mean square of the real samples' values."""
        return self._chosen.square**0.5

    def score(self, game, seed: int) -> dict[str, dict[str, Any]]:
        """Returns each metric's result: `"value"`, and what else the metric tells.

        Args:
            game: a `Game`; samples are `game.sample(size, [seed, block], {field: array})`.
            seed: of the samples, and of a metric's own draws.

        Raises:
            UsageError: samples that are not finite, too few, or of another shape, or a metric that needs a conditional
                game.
        """
        return self._score(game, seed, self.metrics)

    def _score(self, game, seed, metrics):
        asked = self.ask(game, seed)
        streams, watch = self._streams(metrics, game, asked), None
        if streams:
            answers = self._chosen.answers(self.count, seed) if self.answered(game) else None
            order = self._chosen.order(self.count, seed)
            watch = Handing(streams, asked, answers, lambda *row: self._real_features(*row, order), self.count)
        kept = {metric.extractor for metric in metrics if not metric.streams}
        blocks = self._generated_blocks(game, seed, asked)
        generated = self._gather("generated", blocks, self.count, kept, {m.extractor for m in metrics}, watch)
        results = {}
        for number, metric in enumerate(metrics, 1):
            self.progress.part(f"{metric.name} (metric {number} of {len(metrics)})")
            if metric.streams:
                results[metric.name] = dict(streams[metric].result())
                continue
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
        the game itself for what has no answer.

        Args:
            game: tells what samples are asked by.
            seed: of the controls' samples.
        """
        for control in self._controls:
            if control.make is not None and control.name not in self._scored_controls:
                self.progress.round(f"{control.name} in place of samples")
                self._scored_controls[control.name] = self._score_control(control, game, seed)
        if len(self._scored_controls) < len(self._controls):
            told = self._told_by_metrics()
            self._scored_controls = {c.name: self._scored_controls.get(c.name, told) for c in self._controls}
        return self._scored_controls

    def _score_control(self, control, game, seed):
        instead = control.make(self, game, seed)
        lacking = {"training"} if control.spare and not self.material.held_out else set()
        lacking |= set() if hasattr(instead, "log_likelihood") else {"game"}
        metrics = [m for m in self.metrics if not lacking & set(m.needs)]
        pairs = dict(self.pairs)
        scores = self._score(instead, seed, metrics) if metrics else {}
        self.pairs = pairs
        return scores

    def _told_by_metrics(self):
        """What real samples score, as metrics tell it beside whatever they measure."""
        told = {}
        for scores in self._scored_controls.values():
            for name, score in scores.items():
                value = score.get("real", score.get("floor"))
                if value is not None:
                    told.setdefault(name, {"value": value})
        return told

    def samples(self, game, seed: int, positions: Sequence[int]) -> numpy.ndarray:
        """Returns the samples at these positions of a seed's stream, made again, `(count, *shape)`."""
        asked = self.ask(game, seed)
        return numpy.stack([self._block(game, seed, int(p) // BLOCK, asked)[int(p) % BLOCK] for p in positions])

    # The two streams: the real one is `Chosen.blocks`.

    def _generated_blocks(self, game, seed, asked) -> Iterator[numpy.ndarray]:
        for block in range(-(-self.count // BLOCK)):
            samples = self._block(game, seed, block, asked)
            if samples.shape[1:] != tuple(self.material.reference.shape):
                told = ["x".join(map(str, shape)) for shape in (samples.shape[1:], self.material.reference.shape)]
                raise UsageError(
                    f"generated samples of shape {told[0]} cannot be compared with data of shape {told[1]}"
                )
            yield samples

    def _block(self, game, seed, block, asked):
        start = block * BLOCK
        size = min(BLOCK, self.count - start)
        if not asked:
            return game.sample(size, [seed, block])
        return game.sample(size, [seed, block], {name: rows[start : start + size] for name, rows in asked.items()})

    def _gather(self, what, blocks, total, kept, needed=(), watch=None) -> dict[str, Gathered]:
        """Keeps what is kept of the features by these extractors; `watch(start, samples, features)` sees the needed."""
        gathered = {name: Gathered(total, self._accumulates(name), self._kept) for name in kept}
        done = 0
        self.progress.part(f"{what} samples", 0, total)
        for samples in blocks:
            check_finite(samples, what, done)
            features = {name: self._extractors[name](samples) for name in {*kept, *needed}}
            for name in gathered:
                gathered[name].add(done, features[name])
            if watch:
                watch(done, samples, features)
            done += len(samples)
            self.progress.part(f"{what} samples", done, total)
        return gathered

    # Metrics that see each sample beside what it was asked for.

    def _streams(self, metrics, game, asked):
        streams = {}
        for metric in (metric for metric in metrics if metric.streams):
            given = {need: self._given(need, metric, game, None, None, asked) for need in metric.needs}
            streams[metric] = self._computes[metric.name](**given)
        return streams

    def _real_features(self, name, part, samples, order):
        """The features of right answers `samples`, a part of the stream: those that are kept, or computed again."""
        kept = self._real.get(name)
        return self._extractors[name](samples) if kept is None or kept.bound else kept.rows[order[part]]

    def answered(self, game) -> bool:
        """Whether the real samples are the right answers to what a game is asked for."""
        return answered(self.material.reference, game)

    def _accumulates(self, name):
        return any(metric.extractor == name and "moments" in metric.needs for metric in self.metrics)

    # What metrics need beside samples.

    def ask(self, game, seed: int) -> dict[str, Rows]:
        """Returns what a game's samples are asked by, field by field: as often as the data have each value, and those
        of one record together. A field of the game's own is chosen as where nobody chose.

        Raises:
            UsageError: the data have none of a field.
        """
        lacking = set(game.asks) - self._chosen.fields
        own = {field.name: field for field in game.fields if field.name in lacking}
        found = {name: self._chosen.asked(name, self.count, seed) for name in game.asks if name not in own}
        return found | (chosen(own, lambda name: None, self.count) or {})

    def label(self, game) -> str:
        """Returns the name of the field that names a game's classes; "" where it is not asked for one."""
        source = self.material.reference
        beside = tuple(getattr(source, "beside", ()))
        data = DataInfo(name=source.name, shape=source.shape, classes=tuple(source.classes), beside=beside)
        return label_of(game, data)

    def _given(self, need, metric, game, real, made, asked):
        if need == "moments":
            return real.moments, made.moments
        if need == "classifier":
            return self._extractors[metric.extractor]
        if need == "training":
            return self._training_of(metric.extractor)
        if need == "game":
            return game
        if need == "answers":
            if not self.answered(game):
                refuse_unanswered(self.material.reference, metric.name)
            return True
        if need == "labels":
            if self._chosen.labels is None:
                raise UsageError(f"{metric.name}: needs labels, and {self.material.reference.name} has none")
            return self._chosen.labels[real.positions]
        if need == "asked":
            if not (label := self.label(game)):
                raise UsageError(f"{metric.name}: needs a game that is asked for a class, and this one is not")
            return asked[label][made.positions]
        try:
            return getattr(self.knowledge, need)
        except UsageError as error:
            raise UsageError(f"{metric.name}: {error}") from None

    def _training_of(self, name) -> Training:
        """The training data under an extractor; kept in memory where they fit, else computed at each pass."""
        if name not in self._training:
            source, extractor, kept = self.material.training(), self._extractors[name], []
            real = self._real[name]
            fits = len(source) * real.rows[0].nbytes <= KEPT_BYTES

            def blocks():
                if kept:
                    yield from kept
                    return
                self.progress.part("training samples", 0, len(source))
                for start in range(0, len(source), BLOCK):
                    batch = source.batch(numpy.arange(start, min(start + BLOCK, len(source))))
                    features = extractor(batch[self.material.field])
                    self.progress.part("training samples", start + len(features), len(source))
                    yield start, features

            if fits:
                kept = list(blocks())
            own = None if self.material.held_out else self._chosen.indices[real.positions]
            self._training[name] = Training(blocks, real.rows, own)
        return self._training[name]


def _identity(samples):
    return samples
