"""Samples of a run as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from multigan.api.folder_name import folder_name

if TYPE_CHECKING:
    from multigan.api.saved import SavedRun
    from multigan.trained.sampling import Drawn

__all__ = ["write_samples"]


def write_samples(
    run: SavedRun,
    out: Path | None,
    count: int | None,
    seed: int,
    *,
    typed: Mapping[str, Sequence[str]],
    keys: int | None = None,
    hold: str | None = None,
    frames: int | None = None,
    format: str | None = None,  # noqa: A002
    direction: str | None = None,
    overwrite: bool = False,
    as_is: bool = False,
    compare: str | None = None,
    tile: int | None = None,
    temperature: float = 1.0,
    prefix: str = "",
) -> Drawn:
    """Draws samples and writes them, and a preview; what cannot be is told before a framework is started, if it can.

    Args:
        run: whose samples they are.
        out: folder for the files; None: one of the run's own, which is called by what is asked for.
        direction: one of `Game.directions`; None for the usual one.
        frames: of a sample, where the run makes any number; None: as many as in training.
        overwrite: files of the same names in `out` are replaced; those in the run's own folder are in any case.
        count, seed, typed, keys, hold, format, as_is, compare, tile, temperature, prefix: as of
            `multigan.trained.sampling.draw`.

    Raises:
        UsageError: something that the run cannot do, or a place that may not be written to; nothing was drawn.
        DataError: what is given cannot be read.
        RunFailedError: a sample that is not finite.
    """
    from multigan.facts import asked_by
    from multigan.modalities.file_names import (
        refuse_data,
        refuse_inputs,
        refuse_replacing,
        refuse_run,
        refuse_unwritable,
    )
    from multigan.modalities.files import files_for, names_of
    from multigan.trained.asking import COUNT, typed_fields
    from multigan.trained.sampling import draw, lasting

    overwrite = overwrite or out is None  # the run's own folder, called by what is asked for, holds the same already
    facts, data = run.directory.facts(), run.directory.data_info()
    modality, fields = run.recipe.modality, asked_by(facts)
    refuse_unwritable(out or run.directory.samples)
    if direction is None:  # another side may be asked by others
        typed_fields(run.path, facts["recipe"], data.fields if fields is None else fields, typed)
    given = [word for words in typed.values() for word in words] + [compare or ""]
    if out:
        refuse_run(out)
        refuse_data(out, facts["settings"].get("data", {}).get("value", ""))
        refuse_inputs(out, map(Path, filter(None, given)), overwrite)
    files = files_for(modality)
    names = names_of(files, format or next(iter(files.formats)), count or COUNT, in_order=keys is not None)
    # What can be told before a framework is started; of data with classes or files, names depend on the game.
    if not overwrite and not data.fields and not typed.get("--input"):
        refuse_replacing(out, names)
    with run.working(direction) as (progress, trained), lasting(trained, frames):
        if out is None:
            own = folder_name(trained.step, seed, keys, temperature, prefix, typed)
            own += f"-{trained.direction}" * bool(trained.direction) + "-as-is" * as_is
            own += f"-hold-{hold}" if hold else ""
            own += f"-frames-{frames}" if frames else ""
            out = run.directory.samples / own
        return draw(
            trained,
            out,
            count,
            seed,
            keys=keys,
            hold=hold,
            format=format,
            typed=typed,
            overwrite=overwrite,
            as_is=as_is,
            compare=compare,
            tile=tile,
            progress=progress,
            temperature=temperature,
            prefix=prefix,
        )
