"""Draws samples from a trained run and writes them, in parts, so that any number fits into memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from multigan.errors import UsageError
from multigan.training.conditions import ask
from multigan.training.reference import read_reference
from multigan.training.samples import (
    formats,
    preview_suffix,
    shown_in,
    write_each,
    write_samples,
    write_sound_sequence,
)
from multigan.training.sounds import to_pcm
from multigan.training.trained import Trained

__all__ = ["Drawn", "draw"]


@dataclass(frozen=True)
class Drawn:
    """What was written: `files` with the samples, a `preview`, of sounds on a path also a `sequence` of all; and the
    samples' `labels`, None for a run that is not conditional on those.
    """

    files: list[Path]
    preview: Path
    sequence: Path | None
    labels: np.ndarray | None


def draw(
    trained: Trained,
    out: Path,
    count: int,
    seed: int,
    *,
    keys: int | None = None,
    format: str | None = None,  # noqa: A002
    labels: Sequence[str] = (),
    condition: Path | None = None,
) -> Drawn:
    """Draws samples and writes them, and a preview: of the first ones; by class, or on a path, of some evenly chosen.

    Args:
        trained: the run.
        out: folder for the files.
        count: how many samples.
        seed: of the latents.
        keys: draws on a path that begins at the first latent of the seed and ends at the one of this number, with the
            first of what is asked for as the condition of all; None draws every sample from a latent of its own.
        format: of the files; None for the modality's usual one.
        labels, condition: what to ask for, see `ask`.

    Raises:
        UsageError: something that this run cannot do.
        DataError: the file of conditions does not fit.
        RunFailedError: a sample that is not finite.
    """
    from multigan.engine.game import SAMPLE_CHUNK  # imports Keras: not before the run's backend is chosen

    modality, game, data = trained.recipe.modality, trained.game, trained.data
    if keys is None:
        asked, latents = ask(trained, count, labels, condition), game.latents(count, seed)
    else:
        asked, latents = _path(trained, count, seed, keys, labels, condition)
    by_class = game.conditional == "label"
    sound = {"sample_rate": data.sample_rate} if modality == "audio" else {}
    format = format or formats(modality)[0]  # noqa: A001

    def named(part):
        return {"labels": asked[part], "classes": data.classes} if by_class else {}

    shown = _shown(count, shown_in(modality), evenly=by_class or keys is not None)
    files, previewed, heard = [], [], []
    for part, samples in _parts(game, latents, asked, count if modality == "points" else SAMPLE_CHUNK):
        files += write_each(out, samples, modality, format, first=part.start, **sound, **named(part))
        previewed.append(samples[shown[(shown >= part.start) & (shown < part.stop)] - part.start])
        if sound and keys is not None:
            heard.append(to_pcm(samples))
    facts = named(shown)
    if modality == "points":
        reference = read_reference(trained.directory.reference)
        facts |= {"data": None if reference is None else reference.samples, "score": game.score}
    if sound:
        facts |= sound | {"numbers": shown}
    preview = out / f"preview{preview_suffix(modality)}"
    write_samples(preview, np.concatenate(previewed), modality, **facts)
    sequence = None
    if heard:
        everything = named(slice(None))
        sequence = write_sound_sequence(out / "sequence", np.concatenate(heard), data.sample_rate, **everything)
    return Drawn(files, preview, sequence, asked if by_class else None)


def _path(trained, count, seed, keys, labels, condition):
    """The conditions and latents of samples between the seed's first latents."""
    if trained.recipe.modality == "points":
        raise UsageError("--interpolate: points have no order to be looked at in; leave it out")
    if count < keys:
        raise UsageError(f"-n {count}: fewer samples than the {keys} latents of --interpolate; ask for at least {keys}")
    if len(set(labels)) > 1:
        raise UsageError("--interpolate keeps to one class; give one --label")
    asked = ask(trained, 1, labels, condition)
    asked = None if asked is None else np.repeat(asked, count, axis=0)
    return asked, trained.game.interpolate(trained.game.latents(keys, seed), count)


def _parts(game, latents, asked, size: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Yields which samples a part holds, and those."""
    for start in range(0, len(latents), size):
        part = slice(start, min(start + size, len(latents)))
        yield part, game.sample_at(latents[part], None if asked is None else asked[part])


def _shown(count: int, most: int, evenly: bool) -> np.ndarray:
    """Which samples the preview shows."""
    if count <= most or not evenly:
        return np.arange(min(count, most))
    return np.linspace(0, count - 1, most).astype(int)
