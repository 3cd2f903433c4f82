"""Draws the samples that show a run's progress, writes the preview and measures them."""

import numpy as np

from multigan.health.gauge import Measurement, open_gauge
from multigan.health.reference import choose_reference, wanted
from multigan.modalities.files import Context, files_for, write_in_order, write_samples
from multigan.modality import find_modality
from multigan.training.recovery import NotFiniteError

__all__ = ["Previews"]

# The samples that show progress come from latents of their own, whatever the run's seed does to the training.
SAMPLE_SEED = 0


class Previews:
    """The previews of one run, each from the same latents and conditions.

    Args:
        run: its reference is written into its directory.
        source: the data.
    """

    def __init__(self, run, source):
        self.run, modality, classes = run, run.recipe.modality, run.data.classes
        self.reference = choose_reference(source, find_modality(modality).field)
        self.reference.save(run.directory.reference, find_modality(modality).kept)
        self.gauge = open_gauge(modality, self.reference, run.data)
        self._asked = wanted(run.game, self.reference, len(classes), self.gauge.count)
        context = Context(data=run.data, game=run.game, directory=run.directory, reference=self.reference)
        self._files = files_for(modality, context)
        shown = min(self._files.shown, self.gauge.count)
        self._shown = np.arange(shown)
        if run.game.conditional == "label":
            self._shown = _evenly(self._asked, wanted(run.game, self.reference, len(classes), shown))
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
        measured, shown = self.gauge.measure(samples), samples[self._shown]
        if run.game.conditional == "label":
            named = {"labels": self._asked[self._shown], "classes": run.data.classes}
        path = run.directory.sample_path(step, files.suffix)
        if files.in_order:
            write_in_order(path.with_suffix(""), shown, files, **named)
        write_samples(path, shown, files, **named)
        return shown, measured


def _evenly(have: np.ndarray, want: np.ndarray) -> np.ndarray:
    """Indices into `have`, labels in order, whose labels are `want`: of each class the first ones."""
    chosen = [np.flatnonzero(have == label)[: np.sum(want == label)] for label in np.unique(want)]
    return np.concatenate(chosen)
