"""What a record holds beside its sample, and what a sample can be asked for by. Imports no framework."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Field", "Given", "Kind", "typed_as"]

_IMPORT_STRING = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
# How a page asks for values.
WIDGETS = ("", "choice", "numbers", "picture", "mask", "labelmap", "text")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One array of a record: what belongs to a sample, or what a game has of its own.

    Args:
        name: the key of a batch, and the name of a sampler's input: `"label"`, `"source"`, `"mask"`.
        kind: name of a `Kind`, which knows how such values are given, chosen and drawn: `"label"`, `"vector"`,
            `"picture"`.
        shape: of one value; `()` of a label.
        classes: names of whole numbers from 0, for labels and label maps.
        aligned: whether a value belongs to the sample beside it. False: batches draw it by itself, and no sample is
            the right answer to it.
        made: how a value is computed from a sample, in the room's words, such as `"grey"`; "": it is read.
        fitted: how a value is brought to the shape, in the room's words, where that is not the usual way.
        colours: of the classes, `"#rrggbb"` each, for label maps; or empty.
        usual: where nobody chose, a code's numbers, or the one number that a picture is all of, such as 0, which stands
            for no picture: bytes become no 0. Empty: codes are drawn, and pictures are the data's.
        within: of a code, the least and the largest that each number may be; empty: any.

    Raises:
        ValueError: a name that is no identifier.
    """

    name: str
    kind: str
    shape: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    aligned: bool = True
    made: str = ""
    fitted: str = ""
    colours: tuple[str, ...] = ()
    usual: tuple[float, ...] = ()
    within: tuple[float, ...] = ()

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ValueError(f"field {self.name!r}: a name is an identifier")

    def as_table(self) -> dict[str, Any]:
        """Returns what run.toml keeps of it."""
        table = {"name": self.name, "kind": self.kind, "shape": list(self.shape), "classes": list(self.classes)}
        table |= {"aligned": self.aligned, "made": self.made}
        further = {"fitted": self.fitted, "colours": list(self.colours)}
        further |= {"usual": list(self.usual), "within": list(self.within)}
        return table | {key: value for key, value in further.items() if value}

    @classmethod
    def of_table(cls, table: Mapping[str, Any]) -> Field:
        """Returns the field that `as_table` described."""
        return cls(
            name=table["name"],
            kind=table["kind"],
            shape=tuple(table.get("shape", ())),
            classes=tuple(table.get("classes", ())),
            aligned=table.get("aligned", True),
            made=table.get("made", ""),
            fitted=table.get("fitted", ""),
            colours=tuple(table.get("colours", ())),
            usual=tuple(table.get("usual", ())),
            within=tuple(table.get("within", ())),
        )


@dataclass(frozen=True)
class Given:
    """What somebody gave of a field.

    Args:
        values: `(count, *shape)`, in the field's units; or a `multigan.fields.Streamed`, of which some are read at a
            time.
        names: what each is called, such as its file without the suffix; empty where nothing has a name.
        others: values of further fields that come with these, by name, such as the mask of a picture with a hole: for
            where nobody gave such.
    """

    values: Any
    names: tuple[str, ...] = ()
    others: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How values of a field are given, chosen and drawn. Everything heavy is named by import string.

    Args:
        name: what fields call it.
        flag: of `multigan sample`, which gives values of the first field that takes it, such as `"--label"`; "": only
            `--ask NAME=VALUE` does.
        help: what the flag or `--ask` takes, `"NAME"`, in a word for errors.
        parse: import string of `parse(given, field, called, beside)`, which returns a `Given`: `given` are the texts
            that were typed, `called` how errors name them, such as `"--label"`, `beside` the values of other fields
            that were given by name. Raises `UsageError` and `DataError`.
        choose: import string of `choose(field, kept, count)`, which returns `(count, *shape)` where nobody chose;
            `kept` are values of the data, or None. Raises `ValueError` where there is nothing to choose from. "": the
            data's, in turn.
        draw: import string of `draw(values, field)`, which returns pictures `(count, height, width, channels)` in
            [-1, 1] to stand beside samples. "": it is not drawn.
        write: import string of `write(values, field, folder)`, which returns texts that `parse` reads as the values
            that a program has: what is no text is written into the folder. Raises `UsageError`. "": each value's own
            text.
        sorted: whether samples of one value stand together when values are shared among more samples than there are.
        widget: how a page asks for a value: by a "choice" of the classes, "numbers", a "picture", a "mask" that is
            brushed over it, a "labelmap" that is painted in the colours of the classes, or a "text", which names no
            file; "": by a file that is dropped, whose path goes to `parse`.

    Raises:
        ValueError: a `parse`, `choose`, `draw` or `write` that is no import string, or a `widget` that no page has.
    """

    name: str
    flag: str = ""
    help: str = "VALUE"
    parse: str
    choose: str = ""
    draw: str = ""
    write: str = ""
    sorted: bool = False
    widget: str = ""

    def __post_init__(self):
        for key in ("parse", "choose", "draw", "write"):
            value = getattr(self, key)
            if (value or key == "parse") and not _IMPORT_STRING.fullmatch(value):
                raise ValueError(f"kind {self.name}: {key} {value!r} is no import string like 'package.module:name'")
        if self.widget not in WIDGETS:
            known = ", ".join(filter(None, WIDGETS))
            raise ValueError(f"kind {self.name}: widget {self.widget!r} is none that a page has (known: {known})")


def typed_as(called: str, text: str) -> str:
    """Returns what somebody typed as it was typed: `--input a.png`, `--ask mask=a.png`.

    Args:
        called: the flag, or `--ask` and a field's name.
        text: the value, as an error shows it.
    """
    return f"{called}{'=' if called.startswith('--ask ') else ' '}{text}"
