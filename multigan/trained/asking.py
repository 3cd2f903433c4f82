"""What samples of a run are asked for by: what was typed, or what nobody chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from multigan.errors import PluginError, UsageError
from multigan.field import Field, Given
from multigan.fields import Rows, asked_fields, chosen, find_kind, label_of, spread
from multigan.health.reference import read_reference
from multigan.recipe import load_object, suggest
from multigan.trained.opening import Trained

__all__ = ["Asked", "ask", "typed_fields"]

# Of samples that nobody counted.
COUNT = 64


@dataclass(frozen=True)
class Asked:
    """What some samples are asked for by.

    Args:
        count: of the samples.
        values: by field, one a sample; anything that a slice can be taken of.
        label: the name of the field that names each sample's class; "" where none does.
        names: what samples are called after, such as the files that they are made of; empty where nothing has a name.
    """

    count: int
    values: Mapping[str, Rows | np.ndarray] = field(default_factory=dict)
    label: str = ""
    names: tuple[str, ...] = ()

    @property
    def streamed(self) -> bool:
        """Whether some values are read one by one, when their turn comes, and each sample has a name."""
        return bool(self.names) and any(getattr(each, "streamed", False) for each in self.values.values())

    def part(self, part: slice | np.ndarray) -> dict[str, np.ndarray] | None:
        """Returns what some of the samples are asked for by; None for a run that is asked for nothing."""
        return {name: values[part] for name, values in self.values.items()} or None

    def labels(self, part: slice | np.ndarray = slice(None)) -> np.ndarray | None:
        """Returns the classes of some of the samples, or None."""
        return np.asarray(self.values[self.label][part]) if self.label else None


def ask(
    trained: Trained, count: int | None, typed: Mapping[str, Sequence[str]] | None = None, as_is: bool = False
) -> Asked:
    """Returns what `count` samples are asked for by, one each.

    Args:
        trained: the run.
        count: how many samples; None: one for each value that was given of a field whose values have names, such as
            files; 64 where none was.
        typed: texts by flag, `"--label"`, or by the name of a field. A field that is left out is what nobody chose:
            every class in turn, or what the run kept of its data.
        as_is: what is given goes in as it is: nothing is made of it as training makes its inputs. So it does where a
            game makes pictures larger: what is given is the small one already.

    Raises:
        UsageError: something that this run does not ask for, or does not know.
        DataError: a file that cannot be read or holds something else.
    """
    fields, path = asked_fields(trained.game, trained.data), trained.directory.path
    found = typed_fields(path, trained.recipe.name, fields, typed or {})
    # A hole is not made of a picture: somebody gives it, whatever else goes in as it is.
    made = {name: each.made for name, each in fields.items() if each.made not in ("", "mask")}
    if as_is and not set(made) & set(found):
        raise UsageError("--as-is: nothing is made of what is given to this run; leave it out")
    bare = made if as_is or trained.game.scale > 1 else ()
    given = _parsed({name: replace(each, made="") if name in bare else each for name, each in fields.items()}, found)
    # Samples are called after what has a flag of its own: one mask of many pictures names none of them.
    by_flag = sorted(given, key=lambda name: (not _flag(fields, name), list(fields).index(name)))
    named = next((given[name] for name in by_flag if given[name].names), None)
    if count is None:
        count = len(named.names) if named else COUNT
    found = {}
    for name, each in given.items():
        kind = find_kind(fields[name].kind)
        if kind.sorted and len(each.values) > count:
            most = len(each.values)
            raise UsageError(f"-n {count}: fewer samples than the {most} {name}s; ask for at least {most}")
        found[name] = spread(each.values, count, kind)
    kept = read_reference(trained.directory.reference) if set(fields) - set(given) else None
    left = {name: each for name, each in fields.items() if name not in given}
    try:
        free = chosen(left, lambda name: kept and _kept(trained, kept, name), count) or {}
    except ValueError:
        raise UsageError(f"{path}: it keeps no values of {' or '.join(left)}; {_give(left)}") from None
    values = {name: found[name] if name in found else free[name] for name in fields}
    return Asked(count, values, label_of(trained.game, trained.data), _names(named, count))


def typed_fields(
    path: str | Path, recipe: str, fields: Mapping[str, Field], typed: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, Sequence[str]]]:
    """Returns what was typed by field: how errors name it, and the texts.

    Args:
        path, recipe: of the run, for errors.
        fields: that its game is asked by.
        typed: as in `ask`.

    Raises:
        UsageError: a flag or a name that stands for none of the fields, or a field that is given twice.
    """
    found = {}
    for key, texts in typed.items():
        if not texts:
            continue
        if key.startswith("--"):
            fitting = [name for name, each in fields.items() if find_kind(each.kind).flag == key]
            name, called = (fitting or [""])[0], key
            if not name:
                raise UsageError(f"{path}: a run of {recipe} takes no {key}; {_give(fields)}")
        else:
            name, called = key, f"--ask {key}"
            if key not in fields:
                near = suggest(key, fields)
                raise UsageError(f"{path}: a run of {recipe} is not asked by {key}{near}; {_give(fields)}")
        if name in found:
            raise UsageError(f"{called}: {name} is given by {found[name][0]} already; leave one out")
        found[name] = (called, texts)
    return found


def _parsed(fields: Mapping[str, Field], typed: Mapping[str, tuple[str, Sequence[str]]]) -> dict[str, Given]:
    """Values of what was typed, and of what comes with them; a field that has a flag is read last, however it was
    given, so that it can be told of the others.
    """
    found, others = {}, {}
    for name in sorted(typed, key=lambda name: bool(_flag(fields, name))):
        called, texts = typed[name]
        beside = {other: each.values for other, each in found.items()}
        parse = find_kind(fields[name].kind).parse
        found[name] = load_object(parse)(texts, fields[name], called, beside)
        if not isinstance(found[name], Given):
            raise PluginError(f"{parse} returned a {type(found[name]).__name__}; it must return a multigan.Given")
        others |= found[name].others
    return found | {name: Given(values) for name, values in others.items() if name in fields}


def _kept(trained: Trained, kept: Any, name: str) -> np.ndarray | None:
    """What a run kept of a field; from another side of the game its samples may be what goes in."""
    if name not in getattr(trained.game, "swaps", ()):
        return kept.of(name)
    return kept.samples if len(kept.samples) else None


def _give(fields: Mapping[str, Field]) -> str:
    """What can be given of these fields."""
    told = []
    for name, each in fields.items():
        kind = find_kind(each.kind)
        own = "" if kind.flag == f"--{name}" else f" ({name})"
        told.append(f"{kind.flag} {kind.help}{own}" if kind.flag else f"--ask {name}={kind.help}")
    return f"give {' or '.join(told)}" if told else "it is not conditional"


def _flag(fields: Mapping[str, Field], name: str) -> str:
    return find_kind(fields[name].kind).flag


def _names(named: Given | None, count: int) -> tuple[str, ...]:
    """What each sample is called after; of several samples of one name each with a number."""
    if named is None:
        return ()
    names = [named.names[row % len(named.names)] for row in range(count)]
    rounds = -(-count // len(named.names))
    if rounds == 1:
        return tuple(names)
    return tuple(f"{name}-{row // len(named.names)}" for row, name in enumerate(names))
