"""Where in its author's code an error came from, and where an object was made."""

import dataclasses
import importlib
import os
import sys
from types import FrameType

__all__ = ["at", "function_place", "maker", "package_of", "told"]

# What stands between a plugin's line and the error that it caused.
_OURS = (os.path.dirname(__file__), os.path.dirname(importlib.__file__), dataclasses.__file__, "<")


def at(error: BaseException, package: str = "") -> str:
    """Returns `"folder/file.py:line"` of the author's line that an error came from; "" where there is none.

    That is the innermost line of `package`, a plugin's outermost one; else the innermost that is not multigan's own.
    """
    own, other, trace = "", "", error.__traceback__
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if package and _package(trace.tb_frame) == package:
            own = _place(path, trace.tb_lineno)
        elif not _is_ours(path):
            other = _place(path, trace.tb_lineno)
        trace = trace.tb_next
    return own or other


def function_place(function: object) -> str:
    """Returns where a function, or a running generator's next line, stands."""
    frame = getattr(function, "gi_frame", None)
    if frame is not None:
        return _place(frame.f_code.co_filename, frame.f_lineno)
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return "" if code is None else _place(code.co_filename, code.co_firstlineno)


def maker() -> str:
    """Returns the line outside of multigan that makes what is being made; "" where multigan itself does."""
    frame = sys._getframe(1)
    while frame is not None and (_package(frame) == "multigan" or _is_ours(frame.f_code.co_filename)):
        frame = frame.f_back
    return "" if frame is None else _place(frame.f_code.co_filename, frame.f_lineno)


def package_of(plugin: object) -> str:
    """Returns the outermost package of the module, or object, that holds a plugin's hooks."""
    name = getattr(plugin, "__name__", None) or type(plugin).__module__
    return name.partition(".")[0]


def told(error: BaseException, package: str = "") -> str:
    """Returns an error's kind, words and place on one line, without control characters."""
    message = "".join(c if c.isprintable() else " " for c in " ".join(str(error).split()))
    place = at(error, package)
    return f"{type(error).__name__}: {message[:300]}".removesuffix(": ") + (f" ({place})" if place else "")


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _is_ours(path: str) -> bool:
    return path.startswith(_OURS) or f"{os.sep}pluggy{os.sep}" in path


def _place(path: str, line: int) -> str:
    return f"{'/'.join(path.split(os.sep)[-2:])}:{line}"
