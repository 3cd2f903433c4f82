"""The page of the classes that a modality is made of, in the words of their docstrings."""

import dataclasses
import importlib
import inspect
import re
import textwrap

__all__ = ["reference"]

INTRODUCTION = """
# Classes that a modality is made of

`multigan new NAME --kind modality` writes a small one that works. This page has every class that you meet when you go
on from there: what it is made with, what it promises, what it raises. [Hooks](hooks.md) say how a modality is
registered, [Fields](fields.md) what a sample is asked for by, [Metrics](metrics.md#of-a-modality-of-your-own) how it is
measured.

An *import string* names code without importing it: `"package.module:name"`. Listing plugins imports none of them.
`multigan plugins --check NAME` imports them all, and looks whether each takes what it is called with.
"""
GROUPS = {
    "The modality": ("multigan.modality:Modality", "multigan.recipe:DataSource", "multigan.recipe:DataInfo"),
    "Its data": (
        "multigan.data.source:Source",
        "multigan.data.memory:MemorySource",
        "multigan.data.seen:Seen",
    ),
    "Its fields": (
        "multigan.field:Field",
        "multigan.field:Kind",
        "multigan.field:Given",
        "multigan.fields.asked:Streamed",
        "multigan.fields.asked:Rows",
    ),
    "Its files": (
        "multigan.modalities.files:Files",
        "multigan.modalities.files:Context",
        "multigan.modalities.files:files_for",
    ),
    "Samples made of files": (
        "multigan.modalities.translation:Translation",
        "multigan.modalities.translation:Translated",
    ),
    "Its metrics": (
        "multigan.recipe:Metric",
        "multigan.metrics.controls:Control",
        "multigan.metrics.paired:Block",
    ),
}
_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields|Reference):", re.M)


def reference(note: str) -> str:
    """Returns the page."""
    parts = [note, INTRODUCTION.strip()]
    for title, names in GROUPS.items():
        parts.append(f"## {title}")
        for name in names:
            module, _, short = name.partition(":")
            parts += _told(module, short, getattr(importlib.import_module(module), short))
    return "\n\n".join(parts) + "\n"


def _told(module, name, found):
    yield f"### `{name}`"
    yield f"`from {module} import {name}`"
    yield from _sections(inspect.getdoc(found))
    if not inspect.isclass(found):
        return
    attributes = {field.name for field in dataclasses.fields(found)} if dataclasses.is_dataclass(found) else set()
    for key, method in vars(found).items():
        function = getattr(method, "fget", None) or getattr(method, "__func__", None) or method
        if key.startswith("_") or key in attributes or not inspect.isfunction(function) or not function.__doc__:
            continue
        called = "" if isinstance(method, property) else _called(function)
        first, *rest = _sections(inspect.getdoc(function))
        yield "\n\n".join([f"**`{key}{called}`**: {first}", *rest])


def _called(function) -> str:
    names = [
        f"{'*' * (each.kind is each.VAR_POSITIONAL) or '**' * (each.kind is each.VAR_KEYWORD)}{name}"
        + (f"={each.default!r}" if each.default is not each.empty else "")
        for name, each in inspect.signature(function).parameters.items()
        if name not in ("self", "cls")
    ]
    return f"({', '.join(names)})"


def _sections(docstring: str):
    """A docstring's paragraphs; its lists of arguments and errors as lists."""
    parts = _SECTION.split(docstring)
    yield from _paragraphs(parts[0])
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        body = textwrap.dedent(body.lstrip("\n") if body.startswith("\n") else body.strip())
        if title in ("Returns", "Yields", "Reference"):
            yield _one_line(f"{title}: {body}")
        else:
            yield f"{title}:"
            yield "\n".join(_items(body))


def _items(body: str):
    for entry in re.split(r"\n(?=\S)", body.strip()):
        name, colon, text = entry.partition(":")
        named = ", ".join(f"`{each.strip()}`" for each in name.split(","))
        yield f"- {named}: {_one_line(text)}" if colon else f"- {_one_line(entry)}"


def _paragraphs(text: str):
    return [_one_line(part) for part in re.split(r"\n\s*\n", text.strip())]


def _one_line(text: str) -> str:
    # A star outside of code would begin emphasis.
    words = " ".join(text.split())
    return "".join(
        part if n % 2 else part.replace("*", "\\*").replace("<", "&lt;")
        for n, part in enumerate(re.split(r"(`[^`]*`)", words))
    )
