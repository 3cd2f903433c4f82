"""Folders that hold two domains, or pairs that are split: which of their folders is which, by their names."""

from __future__ import annotations

import os
from collections.abc import Collection as Some
from collections.abc import Mapping
from pathlib import Path

from multigan.data.collection import Collection
from multigan.data.folders import suffix_of
from multigan.errors import DataError
from multigan.modalities.images.reading.decode import suffixes
from multigan.recipe import DataSource

__all__ = ["left_out", "parts_of", "refuse_domains"]

# What goes in, what is made, and the same for pictures that training does not see.
DOMAINS = ("traina", "trainb", "testa", "testb")
# Pairs that lie in one file each.
SPLITS = ("train", "test", "val")


def parts_of(spec: str, pairs: str, datasets: Mapping[str, DataSource]) -> dict[str, Path]:
    """Returns the folders of a folder that holds two domains, or pairs that are split, by their names in lower case.

    Args:
        spec: the place, as for `collect_images`.
        pairs: the option of this name.
        datasets: the registered data sets by name.

    Raises:
        DataError: only one of the two domains is there.
    """
    path = Path(os.path.expanduser(spec))
    if (spec in datasets and os.sep not in spec) or not path.is_dir():
        return {}
    wanted = SPLITS if pairs == "sides" else DOMAINS
    with os.scandir(path) as entries:  # one at a time: there may be a million
        below = sorted(entry.name for entry in entries if entry.name.casefold() in wanted and entry.is_dir())
    by_name = {name.casefold(): path / name for name in below}
    found = {name: by_name[name] for name in wanted if name in by_name}
    if pairs == "sides":
        found = {name: found[name] for name in list(found)[:2]}
        return found if len(found) == 2 and "train" in found else {}
    there = [name for name in DOMAINS[:2] if name in found]
    if len(there) == 1:
        one = found[there[0]].name
        raise DataError(f"{spec}: {one} has no {_partner(one)} beside it; add that folder, or give {path / one} alone")
    return found if there else {}


def left_out(folder: Path, used: Some[Path]) -> list[str]:
    """Returns notes that name what lies in a folder beside the folders that are used, where it may hold pictures."""
    found = [
        entry.name
        for entry in sorted(folder.iterdir())
        if entry not in used and entry.name[:1] != "." and (entry.is_dir() or suffix_of(entry.name) in suffixes())
    ]
    lone = next((name for name in found if name.casefold() in DOMAINS[2:]), None)
    notes = []
    if lone and not any(path.name.casefold() in DOMAINS[2:] for path in used):
        notes.append(f"{lone} is left out: to measure with it, {_partner(lone)} must lie beside it")
        found.remove(lone)
    if found:
        notes.append(
            f"not read: {', '.join(found[:3])}{f' and {len(found) - 3:,} more' if found[3:] else ''} beside them"
        )
    return notes


def refuse_domains(images: Collection) -> None:
    """Raises `DataError` where domains would be read as classes, as in a zip or a folder deeper than the place."""
    found = [name for name in images.classes if name.casefold() in DOMAINS[:2]]
    if found:
        read = "classes" if found[1:] else "a class"
        raise DataError(
            f"{images.title}: {' and '.join(found)} in it would be read as {read}; give "
            "the folder in which trainA and trainB lie, unpacked, or two places: --data INPUTS --to IMAGES"
        )


def _partner(name: str) -> str:
    """What the folder of the other domain is called."""
    return name[:-1] + {"A": "B", "B": "A", "a": "b", "b": "a"}[name[-1]]
