"""Draws samples from a trained run and writes them, in parts, so that any number fits into memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from multigan.errors import UsageError
from multigan.health.reference import read_reference
from multigan.modalities.audio.files import to_pcm
from multigan.modalities.file_names import refuse_replacing
from multigan.modalities.files import (
    files_of,
    formats,
    preview_suffix,
    shown_in,
    write_each,
    write_samples,
    write_sound_sequence,
)
from multigan.modalities.text.reading.lines import tidy
from multigan.progress import Progress
from multigan.trained.asking import ask
from multigan.trained.opening import Trained

__all__ = ["Drawn", "draw", "read_prefix"]

# Modalities whose samples are written into one file, so that all are held until then.
TOGETHER = ("points", "text")
# Characters that an error names.
KNOWN = 10


@dataclass(frozen=True)
class Drawn:
    """What was written: `files` with the samples, a `preview`, of sounds on a path also a `sequence` of all; and the
    samples' `labels`, None for a run that is not conditional on those. Of a run on texts `texts`, the previewed ones.
    """

    files: list[Path]
    preview: Path
    sequence: Path | None
    labels: np.ndarray | None
    texts: tuple[str, ...] = ()


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
    temperature: float = 1.0,
    prefix: str = "",
    overwrite: bool = True,
    progress: Progress | None = None,
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
        temperature, prefix: how texts are drawn and begin, see `Game.steer`.
        overwrite: files of the same names are replaced.
        progress: is told how many samples are drawn.

    Raises:
        UsageError: something that this run cannot do, or files that may not be replaced; nothing was drawn.
        DataError: the file of conditions does not fit.
        RunFailedError: a sample that is not finite.
    """
    from multigan.engine.game import SAMPLE_CHUNK  # imports Keras: not before the run's backend is chosen

    modality, game, data = trained.recipe.modality, trained.game, trained.data
    _steer(trained, temperature, prefix)
    if keys is None:
        asked, latents = ask(trained, count, labels, condition), game.latents(count, seed)
    else:
        asked, latents = _path(trained, count, seed, keys, labels, condition)
    by_class = game.conditional == "label"
    sound = {"sample_rate": data.sample_rate} if modality == "audio" else {}
    spoken = {"tokenizer": trained.tokenizer} if modality == "text" else {}
    moved = {"origin": data.origin} if data.facts.get("origin") else {}
    format = format or formats(modality)[0]  # noqa: A001
    names = files_of(modality, format, count, asked if by_class else None, data.classes, sequence=keys is not None)
    if not overwrite:
        refuse_replacing(out, names)

    def named(part):
        return {"labels": asked[part], "classes": data.classes} if by_class else {}

    shown = _shown(count, shown_in(modality), evenly=by_class or keys is not None)
    progress = progress or Progress()
    files, previewed, heard, held = [], [], [], []
    progress.part("samples", 0, count)
    for part, samples in _parts(game, latents, asked, SAMPLE_CHUNK):
        if modality in TOGETHER:
            held.append(samples)
        else:
            files += write_each(out, samples, modality, format, first=part.start, **sound, **spoken, **named(part))
        progress.part("samples", part.stop, count)
        previewed.append(samples[shown[(shown >= part.start) & (shown < part.stop)] - part.start])
        if sound and keys is not None:
            heard.append(to_pcm(samples))
    if held:
        files += write_each(out, np.concatenate(held), modality, format, **spoken, **moved, **named(slice(None)))
    facts = named(shown) | spoken | moved
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
    texts = tuple(trained.tokenizer.decode_all(np.concatenate(previewed))) if spoken else ()
    return Drawn(files, preview, sequence, asked if by_class else None, texts)


def _steer(trained, temperature: float, prefix: str) -> None:
    """Sets how texts are drawn; a recipe that has no such thing says so itself where it is asked for one."""
    if trained.recipe.modality != "text" and (temperature != 1.0 or prefix):
        flag = "--prefix" if prefix else "--temperature"
        raise UsageError(f"{flag}: for texts, and {trained.recipe.name} makes {trained.recipe.modality}; leave it out")
    if temperature == 1.0 and not prefix:
        return
    tokens = read_prefix(prefix, trained.tokenizer, trained.data.shape[0], trained.data.end) if prefix else []
    trained.game.steer(temperature=temperature, prefix=tokens)


def read_prefix(prefix: str, tokenizer, length: int, end: int) -> list[int]:
    """Returns the ids that texts are to begin with.

    Args:
        prefix: as it was typed.
        tokenizer: of the run.
        length: of its texts.
        end: the id that ends them; or -1.

    Raises:
        UsageError: something in it that the run's texts have no token for, or more tokens than a text has.
    """
    text = tidy(prefix)
    if unknown := tokenizer.unknown(text):
        named = ", ".join(map(repr, unknown[:KNOWN])) + (", ..." if len(unknown) > KNOWN else "")
        raise UsageError(f"--prefix {prefix!r}: the run's texts have no token for {named}; leave it out")
    tokens = tokenizer.encode(text)
    room = length - (end >= 0) - 1
    if len(tokens) > room:
        raise UsageError(
            f"--prefix {prefix!r}: {len(tokens)} tokens, where a text has at most {room + 1}; give at most {room}"
        )
    return tokens


def _path(trained, count, seed, keys, labels, condition):
    """The conditions and latents of samples between the seed's first latents."""
    if trained.recipe.modality in TOGETHER:
        what = {"text": "texts"}.get(trained.recipe.modality, trained.recipe.modality)
        raise UsageError(f"--interpolate: {what} have no order to be looked at in; leave it out")
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
