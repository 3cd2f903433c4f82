"""Draws the samples that show a run's progress, writes the preview and measures them."""

import numpy as np

from multigan.health.gauge import Measurement, open_gauge
from multigan.health.reference import choose_reference, wanted
from multigan.modalities.audio.files import check_sounds, encode
from multigan.modalities.files import preview_suffix, shown_in, write_samples, write_sound_sequence
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
        self.reference.save(run.directory.reference, modality)
        self.gauge = open_gauge(modality, self.reference, run.data)
        self._asked = wanted(run.game, self.reference, len(classes), self.gauge.count)
        shown = shown_in(modality)
        self._shown = np.arange(self.gauge.count if modality == "points" else shown)
        if run.game.conditional == "label" and modality != "points":
            self._shown = _evenly(self._asked, wanted(run.game, self.reference, len(classes), shown))
        if modality == "audio":
            # What stands in the way of writing sounds is told before the training, not at the first preview.
            silence = np.zeros((1, *run.data.shape), np.float32)
            check_sounds(silence, sample_rate=run.data.sample_rate)
            encode(silence[0], run.data.sample_rate, "flac")

    def draw(self, step: int) -> tuple[np.ndarray, Measurement]:
        """Draws, measures and writes the samples of a step; returns those that the preview shows, and the figures.

        Raises:
            NotFiniteError: a sample is not finite.
        """
        run, modality = self.run, self.run.recipe.modality
        samples = run.game.sample(self.gauge.count, SAMPLE_SEED, self._asked)
        bad = np.flatnonzero(~np.isfinite(samples.reshape(len(samples), -1)).all(axis=1))
        if len(bad):
            raise NotFiniteError(f"{len(bad)} of {len(samples)} samples are not finite after step {step}", step)
        measured, shown = self.gauge.measure(samples), samples[self._shown]
        facts = {}
        if run.game.conditional == "label":
            facts |= {"labels": self._asked[self._shown], "classes": run.data.classes}
        if modality == "points":
            facts |= {"data": self.reference.samples, "score": run.game.score, "origin": run.data.origin}
        path = run.directory.sample_path(step, preview_suffix(modality))
        if modality == "audio":
            write_sound_sequence(path.with_suffix(""), shown, run.data.sample_rate, **facts)
            facts |= {"sample_rate": run.data.sample_rate}
        if modality == "text":
            facts |= {"tokenizer": run.tokenizer}
        write_samples(path, shown, modality, **facts)
        return shown, measured


def _evenly(have: np.ndarray, want: np.ndarray) -> np.ndarray:
    """Indices into `have`, labels in order, whose labels are `want`: of each class the first ones."""
    chosen = [np.flatnonzero(have == label)[: np.sum(want == label)] for label in np.unique(want)]
    return np.concatenate(chosen)
