"""`dataset.json`: the labels that StyleGAN's dataset tool writes beside images."""

from __future__ import annotations

import json
from typing import Any

from multigan.data.wording import json_reason
from multigan.errors import DataError

__all__ = ["NAME", "read_entries"]

NAME = "dataset.json"


class _Object(dict):
    """An object that remembers all of its pairs: a name that it says twice is not lost."""

    def __init__(self, pairs: list[tuple[str, Any]]):
        super().__init__(pairs)
        self.pairs = pairs


def read_entries(content: bytes, title: str) -> list[tuple[str, Any]] | None:
    """Returns (file, label) of each entry, a number, a text or a list of numbers; an empty list without labels.

    A label that is missing, null or NaN, is an empty text.

    None where the file is no such description, and something else is called so.

    Args:
        content: of the file, `{"labels": [["00000/img00000000.png", 6], ...]}`, or with `null` for the list.
        title: of the file, for messages.

    Raises:
        DataError: not JSON, or an entry that is no pair of a name and a label.
    """
    try:
        described = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_Object)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{title}: cannot be read as JSON ({json_reason(error)}); write it anew") from None
    if not isinstance(described, _Object) or "labels" not in described:
        return None
    if [name for name, _ in described.pairs].count("labels") > 1:
        raise DataError(f'{title}: it says "labels" twice; leave one of them')
    labels = described["labels"]
    if isinstance(labels, _Object):
        labels = described["labels"].pairs
    if labels is not None and not isinstance(labels, list):
        raise DataError(f'{title}: its "labels" are no list; give {{"labels": [["FILE", LABEL], ...]}}')
    for number, entry in enumerate(labels or (), 1):
        if not isinstance(entry, list | tuple) or len(entry) != 2 or not isinstance(entry[0], str):
            raise DataError(f'{title}: entry {number} of "labels" is no pair; give ["FILE", LABEL] for each file')
        if not _is_label(entry[1]):
            shown = json.dumps(entry[1])[:40]
            raise DataError(f"{title}: the label of {entry[0]} is {shown}; give a number, a text or a list of numbers")
    return [(name, "" if label is None or label != label else label) for name, label in labels or ()]


def _is_label(label: Any) -> bool:
    if isinstance(label, list):
        return bool(label) and all(type(number) in (int, float) for number in label)
    return label is None or type(label) in (int, float, str)
