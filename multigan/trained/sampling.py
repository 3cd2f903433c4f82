"""Draws samples from a trained run and writes them, in parts, so that any number fits into memory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import numpy as np

from multigan.engine.sampling import SAMPLE_CHUNK, Latents, count_of, taken
from multigan.errors import PluginError, UsageError
from multigan.fields import Rows, asked_fields
from multigan.fields.columns import columns_of, pictures_of
from multigan.health.reference import read_reference
from multigan.modalities.file_names import refuse_replacing
from multigan.modalities.files import (
    Context,
    Files,
    files_for,
    names_of,
    write_columns,
    write_each,
    write_in_order,
    write_samples,
)
from multigan.modalities.inputs import write_inputs
from multigan.modalities.translation import Translated, Translation, sheet_names
from multigan.modality import find_modality, modalities
from multigan.progress import Progress
from multigan.recipe import suggest
from multigan.trained.asking import COUNT, Asked, ask
from multigan.trained.opening import Trained

__all__ = ["Drawn", "draw", "drawn_array", "files_of", "lasting"]


@dataclass(frozen=True)
class Drawn:
    """What was written: `files` with the samples, a `preview`, of a path also a `sequence` of all in order, where the
    modality has such; and the samples' `labels` into `classes`, None for a run that is not conditional on those. Of
    samples that can be printed `texts`, the previewed ones. `count` is how many samples there are. Of files that
    samples are made of `skipped` are those that could not be read, (name, reason), `notes` what there is to say of the
    others, `sheets` what went in, what came out and what was wanted; `inputs` what went in alone, by field, where a
    folder was given for it.
    """

    files: list[Path]
    preview: Path
    sequence: Path | None
    labels: np.ndarray | None
    texts: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    count: int = 0
    skipped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    sheets: tuple[Path, ...] = ()
    inputs: Mapping[str, Sequence[Path]] = field(default_factory=dict)


def draw(
    trained: Trained,
    out: Path,
    count: int | None,
    seed: int,
    *,
    keys: int | None = None,
    hold: str | None = None,
    latents: Latents | None = None,
    format: str | None = None,  # noqa: A002
    typed: Mapping[str, Sequence[str]] | None = None,
    temperature: float = 1.0,
    prefix: str = "",
    overwrite: bool = True,
    as_is: bool = False,
    compare: str | None = None,
    tile: int | None = None,
    inputs: Path | None = None,
    progress: Progress | None = None,
) -> Drawn:
    """Draws samples and writes them, and a preview: of the first ones; by class, or on a path, of some evenly chosen.
    Samples that are made of what can be drawn stand beside it there.

    Args:
        trained: the run.
        out: folder for the files.
        count: how many samples; None: one for each file that was given, or 64.
        seed: of the latents.
        keys: draws on a path that begins at the first latent of the seed and ends at the one of this number, with the
            first of what is asked for as the condition of all; None draws every sample from a latent of its own.
        hold: on a path, the latents of this name stay at the first, where there are several by name.
        latents: one for each sample, in the form that `Game.latents` has, in place of the seed's; `count` is theirs.
        format: of the files; None for the modality's usual one.
        typed: what to ask for, see `ask`.
        temperature, prefix: how texts are drawn and begin; see `Modality.steer`.
        overwrite: files of the same names are replaced.
        as_is: nothing is made of what is given, see `ask`.
        compare, tile, inputs: as of a `multigan.modalities.translation.Translation`.
        progress: is told how many samples are drawn.

    Raises:
        UsageError: something that this run cannot do, or files that may not be replaced; nothing was drawn.
        DataError: the file of conditions does not fit.
        RunFailedError: a sample that is not finite.
    """
    game, data = trained.game, trained.data
    _steer(trained, temperature, prefix)
    files = files_of(trained)
    asked, latents = _planned(trained, files, count, seed, keys, hold, latents, typed, as_is)
    count, on_path = asked.count, keys is not None
    classes = asked_fields(game, data)[asked.label].classes if asked.label else ()
    format = format or next(iter(files.formats))  # noqa: A001
    names = names_of(files, format, count, asked.labels(), classes, in_order=on_path, names=asked.names)
    translated = _one_by_one(trained, asked, keys)
    if not translated:
        _refuse_of_files(compare, tile)
    sheets = sheet_names(asked.names, files.suffix) if compare is not None else ()
    if not overwrite:
        refuse_replacing(out, chain(names, sheets))
    if translated:
        return _translate(trained, asked, latents, files, format, out, compare, tile, inputs, progress or Progress())

    def named(part):
        return {"labels": asked.labels(part), "classes": classes} if asked.label else {}

    shown = _shown(count, files.shown, evenly=bool(asked.label) or on_path)
    progress = progress or Progress()
    written, previewed, ordered, held, shown_in = [], [], [], [], {}
    called = asked.names or [f"{number:05d}" for number in range(count)]
    progress.part("samples", 0, count)
    for part, samples in _parts(game, latents, asked, count):
        if files.together:
            held.append(samples)
        else:
            own = {"names": asked.names[part]} if asked.names else {}
            written += write_each(out, samples, files, format, first=part.start, **named(part), **own)
        progress.part("samples", part.stop, count)
        if inputs is not None:
            went_in = pictures_of(asked_fields(game, data), asked.part(part) or {})
            for name, paths in write_inputs(inputs, called[part], went_in).items():
                shown_in.setdefault(name, []).extend(paths)
        previewed.append(samples[shown[(shown >= part.start) & (shown < part.stop)] - part.start])
        if files.in_order and on_path:
            ordered.append(files.in_order.pack(samples))
    everything = named(slice(None))
    if held:
        written += write_each(out, np.concatenate(held), files, format, **everything)
    preview, samples = out / f"preview{files.suffix}", np.concatenate(previewed)
    columns = columns_of(game, asked_fields(game, data), asked.part(shown), samples) if files.columns else {}
    if columns and not on_path:
        write_columns(preview, columns, files)
    else:
        write_samples(preview, samples, files, numbers=shown, **named(shown))
    sequence = None
    if ordered:
        sequence = write_in_order(out / "sequence", np.concatenate(ordered), files, **everything)
    texts = tuple(files.lines(samples)) if files.lines else ()
    return Drawn(written, preview, sequence, asked.labels(), texts, tuple(classes), count, inputs=shown_in)


def drawn_array(
    trained: Trained,
    count: int | None,
    seed: int,
    *,
    keys: int | None = None,
    hold: str | None = None,
    typed: Mapping[str, Sequence[str]] | None = None,
    temperature: float = 1.0,
    prefix: str = "",
    progress: Progress | None = None,
) -> np.ndarray:
    """Draws the samples that `draw` writes, and returns them: `(count, *shape)`, in the units of array files.

    Args, Raises: as `draw`; samples that it makes one by one, each of its own size, are a `UsageError`.
    """
    _steer(trained, temperature, prefix)
    files, progress = files_of(trained), progress or Progress()
    asked, latents = _planned(trained, files, count, seed, keys, hold, None, typed)
    if _one_by_one(trained, asked, keys):
        raise UsageError("samples of what is given here are made one by one, each of its own size; use translate()")
    drawn = []
    progress.part("samples", 0, asked.count)
    for part, samples in _parts(trained.game, latents, asked, asked.count):
        files.check(samples, part.start)
        drawn.append(samples)
        progress.part("samples", part.stop, asked.count)
    samples = np.concatenate(drawn)
    return files.units(samples) if files.units else samples


@contextmanager
def lasting(trained: Trained, frames: int | None) -> Iterator[None]:
    """Makes samples of a run of so many frames for as long as it is open; None: as many as in training.

    Raises:
        UsageError: the run makes samples of one length.
    """
    if frames is None:
        yield
        return
    if not getattr(trained.game, "length", 0):
        raise UsageError(f"--frames: samples of {trained.recipe.name} have one length; leave it out")
    with trained.game.lasting(frames):
        yield


def _planned(trained, files, count, seed, keys, hold, latents, typed, as_is=False) -> tuple[Asked, Latents]:
    """What samples are asked for, and their latents."""
    if keys is not None:
        return _path(trained, files, count or COUNT, seed, keys, hold, typed)
    if hold is not None:
        raise UsageError("--hold: of a path between latents; give --interpolate as well, or leave it out")
    asked = ask(trained, count if latents is None else count_of(trained.game, latents, {}), typed, as_is)
    return asked, trained.game.latents(asked.count, seed) if latents is None else latents


def _one_by_one(trained, asked, keys) -> bool:
    """Whether samples are made of files, each when its turn comes."""
    return asked.streamed and keys is None and bool(find_modality(trained.recipe.modality).translate)


def _translate(trained, asked, latents, files, format, out, compare, tile, inputs, progress) -> Drawn:  # noqa: A002
    """Samples one by one, each of a file that is read when its turn comes."""
    game, data = trained.game, trained.data
    task = Translation(
        game=game,
        fields=asked_fields(game, data),
        asked=asked.values,
        names=asked.names,
        latents=latents,
        files=files,
        format=format,
        out=out,
        compare=compare,
        tile=tile,
        inputs=inputs,
        progress=progress,
    )
    modality = find_modality(trained.recipe.modality)
    made = modality.load("translate")(task)
    if not isinstance(made, Translated):
        told = f"{modality.translate} returned a {type(made).__name__}"
        raise PluginError(f"{told}; it must return a multigan.modalities.translation.Translated")
    labels = asked.labels()
    return Drawn(
        made.files,
        made.preview,
        None,
        None if labels is None else labels[made.rows],
        (),
        tuple(asked_fields(game, data)[asked.label].classes) if asked.label else (),
        len(made.files),
        made.skipped,
        made.notes,
        made.sheets,
        made.inputs,
    )


def _refuse_of_files(compare, tile) -> None:
    for flag, value in (("--compare", compare), ("--tile", tile)):
        if value is not None:
            raise UsageError(f"{flag}: for samples that are made of files, one by one; give --input, or leave it out")


def files_of(trained: Trained) -> Files:
    """Returns how a run's samples are written; raises as `multigan.modalities.files.files_for`."""
    reference = read_reference(trained.directory.reference)
    context = Context(data=trained.data, game=trained.game, directory=trained.directory, reference=reference)
    return files_for(trained.recipe.modality, context)


def _steer(trained, temperature: float, prefix: str) -> None:
    """Sets how samples are drawn, where the modality has such a thing and it is asked for, and back again."""
    usual = temperature == 1.0 and not prefix
    if usual and not getattr(trained, "steered", False):
        return
    room = find_modality(trained.recipe.modality)
    if not room.steer:
        flag = "--prefix" if prefix else "--temperature"
        nouns = " and ".join(other.noun for other in modalities().values() if other.steer)
        raise UsageError(f"{flag}: for {nouns}, and {trained.recipe.name} makes {room.name}; leave it out")
    room.load("steer")(trained, temperature, prefix)
    trained.steered = not usual


def _path(trained, files, count, seed, keys, hold, typed):
    """What is asked for, the same for all, and the latents of samples between the seed's first latents."""
    if files.together:
        raise UsageError(f"--interpolate: {files.noun} have no order to be looked at in; leave it out")
    if count < keys:
        raise UsageError(f"-n {count}: fewer samples than the {keys} latents of --interpolate; ask for at least {keys}")
    latents = trained.game.latents(keys, seed)
    if isinstance(latents, Mapping) and not latents:
        raise UsageError(f"--interpolate: {trained.recipe.name} draws no latents, so there is no path; leave it out")
    if len(set((typed or {}).get("--label", ()))) > 1:
        raise UsageError("--interpolate keeps to one class; give one --label")
    first = ask(trained, 1, typed)
    one = {name: Rows(values[:1], np.zeros(count, np.int64)) for name, values in first.values.items()}
    path = trained.game.interpolate(latents, count)
    if hold is not None:
        known = latents if isinstance(latents, Mapping) else {}
        if hold not in known or len(known) < 2:
            told = f"its latents are {' and '.join(known)}" if len(known) > 1 else "it has latents of one kind"
            raise UsageError(f"--hold {hold}: a run of {trained.recipe.name}{suggest(hold, known)}: {told}")
        path |= {hold: np.repeat(latents[hold][:1], count, axis=0)}
    return replace(first, count=count, values=one, names=()), path


def _parts(game, latents, asked: Asked, count: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Yields which samples a part holds, and those."""
    for start in range(0, count, SAMPLE_CHUNK):
        part = slice(start, min(start + SAMPLE_CHUNK, count))
        yield part, game.sample_at(taken(latents, part), asked.part(part))


def _shown(count: int, most: int, evenly: bool) -> np.ndarray:
    """Which samples the preview shows."""
    if count <= most or not evenly:
        return np.arange(min(count, most))
    return np.linspace(0, count - 1, most).astype(int)
