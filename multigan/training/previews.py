"""Draws the samples that show a run's progress, writes the preview and measures them."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from multigan.fields import asked_fields, chosen, label_of
from multigan.fields.columns import columns_of
from multigan.health.gauge import Measurement, open_gauge
from multigan.health.reference import choose_reference, shown_of
from multigan.modalities.files import Context, files_for, write_columns, write_in_order, write_samples
from multigan.modality import find_modality
from multigan.training.recovery import NotFiniteError

__all__ = ["Previews"]

# The samples that show progress come from latents of their own, whatever the run's seed does to the training.
SAMPLE_SEED = 0
# Records in a preview whose samples stand beside what they are made of.
ROWS = 8


class Previews:
    """The previews of one run, each from the same latents and conditions.

    Args:
        run: its reference is written into its directory.
        source: the data.
    """

    def __init__(self, run, source):
        self.run, modality = run, run.recipe.modality
        beside = shown_of(source)
        self.reference = choose_reference(beside, find_modality(modality).field)
        self.reference.save(run.directory.reference, find_modality(modality).kept)
        self.gauge = open_gauge(modality, self.reference, run.data)
        self._fields = asked_fields(run.game, run.data)
        self._label, count = label_of(run.game, run.data), self.gauge.count
        self._asked = chosen(self._fields, self._kept, count)
        self._aligned = {field.name: field.aligned for field in (*self._fields.values(), *_beside(beside))}
        self._measured = _distinct(run.game, self._asked, count)
        context = Context(data=run.data, game=run.game, directory=run.directory, reference=self.reference)
        self._files = files_for(modality, context)
        shown = min(self._files.shown, self.gauge.count)
        self._shown = np.arange(shown)
        if self._label:
            fewer = chosen(self._fields, self._kept, shown)
            self._shown = _evenly(self._asked[self._label], fewer[self._label])
        if self._files.ready:
            # What stands in the way of writing samples is told before the training, not at the first preview.
            self._files.ready(run.data.shape)

    def draw(self, step: int) -> tuple[np.ndarray, Measurement]:
        """Draws, measures and writes the samples of a step; returns those that the preview shows, and the figures.

        Raises:
            NotFiniteError: a sample is not finite.
        """
        run, files, named = self.run, self._files, {}
        samples = run.game.sample(self.gauge.count, SAMPLE_SEED, self._asked)
        bad = np.flatnonzero(~np.isfinite(samples.reshape(len(samples), -1)).all(axis=1))
        if len(bad):
            raise NotFiniteError(f"{len(bad)} of {len(samples)} samples are not finite after step {step}", step)
        measured, shown = self._measure(samples[self._measured]), samples[self._shown]
        if self._label:
            named = {"labels": self._asked[self._label][self._shown], "classes": self._fields[self._label].classes}
        path = run.directory.sample_path(step, files.suffix)
        beside = ()
        if files.in_order:
            beside = (write_in_order(path.with_suffix(""), shown, files, **named),)
        columns = self._columns(shown) if files.columns else {}
        if columns:
            write_columns(path, columns, files)
        else:
            write_samples(path, shown, files, **named)
        run.preview = (path, *beside)
        return shown, measured

    def _measure(self, samples: np.ndarray) -> Measurement:
        measured = self.gauge.measure(samples)
        if not self._asked or not hasattr(self.gauge, "compare"):
            return measured
        asked, wanted = {name: values[self._measured] for name, values in self._asked.items()}, None
        if any(self._answered(name) for name in asked):
            wanted = self.reference.samples[self._measured % len(self.reference.samples)]
        return replace(measured, figures={**measured.figures, **self.gauge.compare(samples, asked, wanted)})

    def _kept(self, name: str) -> np.ndarray | None:
        """What the data have of a field, in the order of the reference."""
        return self.reference.of(name)

    def _columns(self, shown: np.ndarray) -> dict[str, np.ndarray]:
        """What stands side by side: what the samples were asked for, what the game shows, and what was wanted."""
        rows = np.arange(min(ROWS, len(shown)))
        if self._label:
            rows = np.linspace(0, len(shown) - 1, len(rows)).astype(int)  # they stand by class
        rows, shown = self._shown[rows], shown[rows]
        asked = {name: values[rows] for name, values in (self._asked or {}).items()}
        columns = columns_of(self.run.game, self._fields, asked, shown)
        if any(self._answered(name) for name in asked if name in columns):
            columns["wanted"] = self.reference.samples[rows % len(self.reference.samples)]
        return columns

    def _answered(self, name: str) -> bool:
        """Whether the data's samples are the right answers to their values of a field."""
        return self._aligned[name] and self.reference.of(name) is not None


def _beside(source) -> tuple:
    """The fields of what is shown, which may have answers where the training has none."""
    return tuple(getattr(source, "beside", ()))


def _distinct(game, asked: Mapping[str, np.ndarray] | None, count: int) -> np.ndarray:
    """Which of `count` samples are measured: all, but of a game that draws nothing one for each thing that is asked
    for: the others are copies.
    """
    latents = game.latents(1, SAMPLE_SEED) if asked else None
    if not isinstance(latents, Mapping) or latents:
        return np.arange(count)
    rows = zip(*asked.values(), strict=True)
    first = {b"".join(np.ascontiguousarray(value).tobytes() for value in row): n for n, row in enumerate(rows)}
    return np.sort(list(first.values())) if len(first) > 1 else np.arange(count)


def _evenly(have: np.ndarray, want: np.ndarray) -> np.ndarray:
    """Indices into `have`, labels in order, whose labels are `want`: of each class the first ones."""
    chosen = [np.flatnonzero(have == label)[: np.sum(want == label)] for label in np.unique(want)]
    return np.concatenate(chosen)
