"""Where in its author's code an error came from, and where an object was made."""

import dataclasses
import importlib
import os
import re
import sys
from collections.abc import Collection, Iterator
from types import FrameType

__all__ = ["at", "function_place", "maker", "package_of", "place", "told", "uncoloured", "within"]

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# What stands between a plugin's line and the error that it caused.
_OURS = (os.path.dirname(__file__), os.path.dirname(importlib.__file__), dataclasses.__file__, "<")


def at(error: BaseException, package: str = "") -> str:
    """Returns `"folder/file.py:line"` of the author's line that an error came from; "" where there is none.

    That is the innermost line of `package`, a plugin's outermost one; else the innermost that is not multigan's own.
    """
    own, other = within(error, (package,))[1] if package else "", ""
    for _, path, line in _lines(error):
        if not _is_ours(path):
            other = place(path, line)
    return own or other


def within(error: BaseException, packages: Collection[str]) -> tuple[str, str]:
    """Returns which of these packages an error came from, and its line there; ("", "") where it was none of them."""
    found = ("", "")
    for package, path, line in _lines(error):
        if package in packages:
            found = (package, place(path, line))
    return found


def function_place(function: object) -> str:
    """Returns where a function, or a running generator's next line, stands."""
    frame = getattr(function, "gi_frame", None)
    if frame is not None:
        return place(frame.f_code.co_filename, frame.f_lineno)
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return "" if code is None else place(code.co_filename, code.co_firstlineno)


def maker(package: str = "") -> str:
    """Returns the line that makes what is being made: the innermost of `package`, else the innermost that is not
    multigan's own; "" where there is none.
    """
    frame, other = sys._getframe(1), ""
    while frame is not None:
        path = frame.f_code.co_filename
        if package and _package(frame) == package:
            return place(path, frame.f_lineno)
        if not other and not _is_ours(path):
            other = place(path, frame.f_lineno)
        frame = frame.f_back
    return other


def package_of(plugin: object) -> str:
    """Returns the outermost package of the module, or object, that holds a plugin's hooks."""
    name = getattr(plugin, "__name__", None) or type(plugin).__module__
    return name.partition(".")[0]


def told(error: BaseException, package: str = "") -> str:
    """Returns an error's kind, words and place on one line, without control characters."""
    message = "".join(c if c.isprintable() else " " for c in " ".join(uncoloured(str(error)).split()))
    where = at(error, package)
    return f"{type(error).__name__}: {message[:300]}".removesuffix(": ") + (f" ({where})" if where else "")


def uncoloured(message: str) -> str:
    """Returns an error's words without the codes that colour them on a terminal."""
    return _COLOURS.sub("", message)


def _lines(error: BaseException) -> Iterator[tuple[str, str, int]]:
    """The package, file and line of each call that an error went through, the innermost last."""
    trace = error.__traceback__
    while trace is not None:
        yield _package(trace.tb_frame), trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _is_ours(path: str) -> bool:
    return path.startswith(_OURS) or f"{os.sep}pluggy{os.sep}" in path


def place(path: str, line: int) -> str:
    """Returns a file's line as it is told: `"folder/file.py:line"`."""
    return f"{'/'.join(path.split(os.sep)[-2:])}:{line}"
