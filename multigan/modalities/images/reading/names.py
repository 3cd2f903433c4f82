"""Which picture of one place belongs to which of another: those of the same name."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from multigan.data.collection import Collection
from multigan.data.naming import shared_folders
from multigan.errors import DataError

__all__ = ["by_names"]


def by_names(images: Collection, inputs: Collection) -> tuple[np.ndarray, np.ndarray, list[tuple[str, str, str]]]:
    """Returns rows of both that belong together, int64 each, in the images' order, and of all others the place, the
    name and the reason.

    Names are equal with their folders below the place; suffixes may differ. Where not one is, folders that all names of
    a place begin with do not count.

    Raises:
        DataError: none belong together, or several files of one place have one name.
    """
    found = _matched(images, inputs, images.names, inputs.names)
    if not found:
        found = _matched(images, inputs, _inner(images.names), _inner(inputs.names))
    if not found:
        raise DataError(
            f"{inputs.title} and {images.title}: no file of one is called like one of the other, such as "
            f"{inputs.names[0]} and {images.names[0]}; give partners the same name; without partners, take a recipe "
            "that learns without pairs"
        )
    theirs = set(found.values())
    lone = [(inputs, images, row) for row in range(len(inputs)) if row not in theirs]
    lone += [(images, inputs, row) for row in range(len(images)) if row not in found]
    told = [(place.title, place.names[row], f"no partner in {other.title}") for place, other, row in lone]
    return np.array(list(found), np.int64), np.array(list(found.values()), np.int64), told


def _matched(images: Collection, inputs: Collection, ours: Sequence[str], theirs: Sequence[str]) -> dict[int, int]:
    """The input of each image, by number."""
    exact = {name: number for number, name in enumerate(theirs)}
    stems: dict[str, list[int]] = {}
    for number, name in enumerate(theirs):
        stems.setdefault(_stem(name), []).append(number)
    found: dict[int, int] = {}
    taken: dict[int, int] = {}
    for number, name in enumerate(ours):
        partners = [exact[name]] if name in exact else stems.get(_stem(name), [])
        if len(partners) > 1:
            raise DataError(
                f"{inputs.title}: {inputs.names[partners[0]]} and {inputs.names[partners[1]]} both belong to "
                f"{images.names[number]} of {images.title} by their names; leave one of them"
            )
        if partners and partners[0] in taken:
            other = images.names[taken[partners[0]]]
            raise DataError(
                f"{images.title}: {other} and {images.names[number]} both belong to {inputs.names[partners[0]]} of "
                f"{inputs.title} by their names; leave one of them"
            )
        if partners:
            found[number] = partners[0]
            taken[partners[0]] = number
    return found


def _stem(name: str) -> str:
    return os.path.splitext(name)[0]


def _inner(names: Sequence[str]) -> list[str]:
    """Names without the folders that all of them begin with."""
    shared = shared_folders([name.split("/")[:-1] for name in names])
    return ["/".join(name.split("/")[shared:]) for name in names]
