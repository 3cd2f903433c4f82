"""What samples of a conditional run are asked for by: labels, vectors from a file, or what nobody chose."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from multigan.data.arrays import read_npy
from multigan.data.labels import check_conditions
from multigan.data.spelling import listed
from multigan.data.tables import as_number
from multigan.errors import DataError, UsageError
from multigan.health.reference import read_reference, wanted
from multigan.recipe import DataInfo, suggest
from multigan.trained.opening import Trained

__all__ = ["ask", "choose_labels", "read_conditions"]

KNOWN = 20  # classes that an error lists


def ask(trained: Trained, count: int, labels: Sequence[str] = (), file: Path | None = None) -> np.ndarray | None:
    """Returns the conditions of `count` samples, one each; None for a run that is not conditional.

    Args:
        trained: the run.
        count: how many samples.
        labels: classes by name or number, for a run that is conditional on labels.
        file: a .npy of vectors, for a run that is conditional on those. Without either, every class in turn, or the
            vectors that the run kept of its data.

    Raises:
        UsageError: something that this run does not ask for, or does not know.
        DataError: the file cannot be read or holds other vectors.
    """
    kind, path = trained.game.conditional, trained.directory.path
    if labels and file:
        raise UsageError("--label and --condition exclude each other")
    flag = "--label" if labels else "--condition" if file else ""
    if flag and kind != {"--label": "label", "--condition": "condition"}[flag]:
        takes = {"": "it is not conditional", "label": "give --label NAME", "condition": "give --condition FILE.npy"}
        raise UsageError(f"{path}: a run of {trained.recipe.name} takes no {flag}; {takes[kind]}")
    if labels:
        return choose_labels(labels, trained.data, count)
    if file:
        return read_conditions(file, trained.data.condition, count)
    try:
        reference = read_reference(trained.directory.reference) if kind == "condition" else None
        return wanted(trained.game, reference, len(trained.data.classes), count)
    except ValueError:
        raise UsageError(f"{path}: it keeps no vectors of its data; give some by --condition FILE.npy") from None


def choose_labels(asked: Sequence[str], data: DataInfo, count: int) -> np.ndarray:
    """Returns labels int32 `(count,)`, shared evenly among the classes that are asked for, in the classes' order.

    Args:
        asked: names of classes; or their numbers from 0, where the names are not numbers themselves.
        data: its classes.
        count: how many labels.

    Raises:
        UsageError: a class that is not there, or more classes than labels.
    """
    chosen = sorted({_class(name, data) for name in asked})
    if len(chosen) > count:
        raise UsageError(f"-n {count}: fewer samples than the {len(chosen)} labels; ask for at least {len(chosen)}")
    return np.array(chosen, np.int32)[np.sort(np.arange(count) % len(chosen))]


def read_conditions(file: Path, length: int, count: int) -> np.ndarray:
    """Returns conditions float32 `(count, length)`: the rows of a .npy in turn.

    Raises:
        DataError: it cannot be read, or its rows are not finite or of another length.
    """
    try:
        rows = read_npy(file)
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror or error})") from None
    if rows.ndim == 1 and length > 1:
        rows = rows[None]  # one vector
    rows = check_conditions(rows, None, str(file))
    if rows.shape[1] != length or not len(rows):
        raise DataError(f"{file}: conditions of shape {rows.shape}; this run takes rows of {length:,} numbers")
    return rows[np.arange(count) % len(rows)]


def _class(name: str, data: DataInfo) -> int:
    if name in data.classes:
        return data.classes.index(name)
    numbered = all(as_number(known) is not None for known in data.classes)
    if not numbered and name.isdecimal() and int(name) < len(data.classes):
        return int(name)
    known = listed(data.classes, KNOWN)
    raise UsageError(f"--label {shlex.quote(name)}: no such class{suggest(name, data.classes)} (classes: {known})")
