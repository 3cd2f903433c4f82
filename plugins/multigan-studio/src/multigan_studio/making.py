"""Makes samples for the page, and a file that tells how beside everything that is made."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from multigan import UsageError, draw
from multigan_studio.opened import WORKING, Opened, Side
from multigan_studio.uploads import digest
from multigan_studio.workshop import Workshop

__all__ = ["MOST", "Making", "Wish", "make"]

# Samples that are made at once.
MOST = 64
SEEDS = 2**32


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants made.

    Args:
        count: of samples; None: one for each file that was given.
        seed: of the latents.
        typed: what samples are asked for by, texts by field.
        latents: in place of the seed's; None for those.
        way: how they were come by, for the record: {"way": "mix", ...}.
        keys: a walk through so many latents of the seed, see `multigan sample --interpolate`.
        temperature, prefix: of texts.
        as_is: what is given goes in as it is.
    """

    count: int | None
    seed: int
    typed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    latents: Any = None
    way: Mapping[str, Any] = field(default_factory=lambda: {"way": "seed"})
    keys: int | None = None
    temperature: float = 1.0
    prefix: str = ""
    as_is: bool = False


@dataclass(frozen=True, kw_only=True)
class Making:
    """What was made.

    Args:
        folder: of its files.
        drawn: the files, a `multigan.trained.sampling.Drawn`.
        how: the record, as it was written.
        archive: a zip file with all of it.
        wish: what was wanted.
        latents: of the samples; None where nothing is drawn, or on a walk.
    """

    folder: Path
    drawn: Any
    how: Mapping[str, Any]
    archive: Path
    wish: Wish
    latents: Any


def make(workshop: Workshop, opened: Opened, side: Side, wish: Wish, folder: Path | None = None) -> Making:
    """Makes what somebody wants, one at a time.

    Args:
        workshop: where it lies.
        opened: the run.
        side: of its game.
        wish: what is wanted.
        folder: where files lie that were given; None: a new one is made.

    Raises:
        UsageError: more than the page makes at once, or something that the run cannot do.
        DataError: a file that does not fit.
        RunFailedError: samples that are not finite.
    """
    if wish.count is not None and not 1 <= wish.count <= MOST:
        raise UsageError(f"{wish.count:,} samples: the page makes 1 to {MOST} at once")
    if not 0 <= wish.seed < SEEDS:
        raise UsageError(f"seed {wish.seed}: a seed is a whole number from 0 to {SEEDS - 1:,}")
    folder = folder or workshop.new()
    trained, formats = side.trained, {}
    if opened.modality.page:
        formats["format"] = opened.modality.page
    with WORKING:
        drawn = draw(
            trained,
            folder / "samples",
            wish.count,
            wish.seed,
            keys=wish.keys,
            latents=wish.latents,
            typed=wish.typed,
            temperature=wish.temperature,
            prefix=wish.prefix,
            as_is=wish.as_is,
            inputs=folder / "inputs",
            **formats,
        )
    if drawn.skipped:
        raise UsageError(f"{drawn.skipped[0][0]}: {drawn.skipped[0][1]}")
    latents = wish.latents
    if latents is None and side.drawn and wish.keys is None:
        latents = trained.game.latents(drawn.count, wish.seed)
    how = _record(workshop, opened, side, wish, drawn)
    (folder / "how.json").write_text(json.dumps(how, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    archive = _packed(folder, drawn, latents, opened.title)
    return Making(folder=folder, drawn=drawn, how=how, archive=archive, wish=wish, latents=latents)


def _record(workshop: Workshop, opened: Opened, side: Side, wish: Wish, drawn) -> dict[str, Any]:
    """All that it takes to make the same again."""
    trained = side.trained
    asked, given = {}, {}
    for name, texts in wish.typed.items():
        files = [Path(text) for text in texts if workshop.holds(text)]
        if files:
            given[name] = [{"file": f"given/{path.name}", "sha256": digest(path)} for path in files]
        else:
            asked[name] = list(texts)
    told = {
        "run": opened.title,
        "recipe": trained.recipe.name,
        "checkpoint": trained.step,
        "seed": wish.seed,
        "count": drawn.count,
        "latents": {**wish.way, **({"keys": wish.keys} if wish.keys else {})},
    }
    if side.direction:
        told["direction"] = side.direction
    told |= {"asked": asked, "inputs": given}
    if wish.temperature != 1.0 or wish.prefix:
        told |= {"temperature": wish.temperature, "prefix": wish.prefix}
    if wish.as_is:
        told["as_is"] = True
    told["data"] = {"name": Path(trained.data.name).name, "fingerprint": trained.data.fingerprint}
    told["backend"] = trained.backend
    return told | {"multigan": version("multigan")}


def _packed(folder: Path, drawn, latents, title: str) -> Path:
    """A zip file of the samples, what they were made of, the latents, and the record."""
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in title).strip(".-") or "run"
    path = folder / f"{safe}.zip"
    if isinstance(latents, Mapping):
        np.savez(folder / "latents.npz", **latents)
    elif latents is not None:
        np.savez(folder / "latents.npz", z=latents)
    # Pictures and sounds are packed already, or small.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for each in sorted(folder.rglob("*")):
            if each.is_file() and each != path and each.parent != folder / "page":
                archive.write(each, each.relative_to(folder))
    return path
