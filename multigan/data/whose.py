"""Whose data are these? Every modality says how sure it is that they are its own, by what is seen from outside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multigan.data.seen import look
from multigan.modality import find_modality, modalities
from multigan.recipe import DataSource

__all__ = ["instead", "modality_of"]

# What `looks_like` says of files that hold what every modality may read.
_CONTAINERS = ("a zip file", "a gzip file", "a NumPy array")


def modality_of(spec: str, datasets: Mapping[str, DataSource]) -> str | None:
    """Returns the name of the modality that data are of: "images", "audio", ...; None where that cannot be told.

    A registered data set says it itself. Of anything else each modality says, by `Modality.claims`, how sure it is that
    they are its own; the one that is surest wins, and where two are it is not known.

    Args:
        spec: as for `open_source`; an array that is not there, or damaged, is None.
        datasets: the registered data sets by name.
    """
    return datasets[spec].modality if spec in datasets else _surest(_claims(spec))


def instead(spec: str, modality: str, options: Mapping[str, Any], datasets: Mapping[str, DataSource], said: str) -> str:
    """Returns what a path that cannot be read as `modality` holds instead, as the end of a sentence; or nothing.

    Args:
        spec: as for `open_source`.
        modality: the name of the one that could not read it.
        options: of the data, those that were given.
        datasets: the registered data sets by name.
        said: why it could not.
    """
    path = Path(spec).expanduser()
    if not spec or spec in datasets or not path.exists():
        return ""
    claims, kind = _claims(spec), "" if path.is_dir() else _kind_of(path)
    found = _surest(claims)
    if kind and not kind.startswith((*_reads(modality), *_CONTAINERS, *_reads(found))):
        return "" if kind in said else f"; it begins as {kind} does"
    # Half as sure is sure enough: the user has chosen.
    if found is None or 2 * claims[modality] >= claims[found]:
        return ""
    # Whoever gives an option that the other modality has not knows what the data are.
    own, others = find_modality(modality).options, find_modality(found).options
    if any(name in own and name not in others and value != own[name].default for name, value in options.items()):
        return ""
    what = find_modality(found).noun
    return f"; by its name or head it holds {what}, for which there are other recipes (multigan recipes)"


def _claims(spec: str) -> dict[str, float]:
    seen = look(spec)
    return {name: room.load("claims")(seen) if room.claims else 0.0 for name, room in modalities().items()}


def _surest(claims: Mapping[str, float]) -> str | None:
    most = max(claims.values(), default=0.0)
    names = [name for name, claim in claims.items() if claim == most]
    return names[0] if most > 0 and len(names) == 1 else None


def _reads(name: str | None) -> tuple[str, ...]:
    return () if name is None else find_modality(name).reads


def _kind_of(path: Path) -> str:
    from multigan.data.archives import archive_kind
    from multigan.data.signatures import HEAD, looks_like

    if archive_kind(path):
        return ""  # its own error says so
    try:
        with open(path, "rb") as file:
            return looks_like(file.read(HEAD))
    except OSError:
        return ""
