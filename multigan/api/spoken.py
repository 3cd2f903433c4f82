"""Errors that a program gets speak of arguments where the command line's speak of flags."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from multigan.errors import MultiganError

__all__ = ["in_arguments", "of_arguments", "spoken"]

P = ParamSpec("P")
R = TypeVar("R")

# What stands for a value behind a flag in advice: a number, a name in capitals, or a word that can be nothing else.
_VALUE = r"[0-9][\w.]*|[A-Z][A-Z_]+|tensorflow|torch|jax|float32|bf16|cpu|gpu"
# A command to be typed, up to where the sentence goes on.
_COMMAND = re.compile(r"multigan (?:[a-z]+ )[^;()]*")


def spoken(**flags: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Returns a decorator of a program's call: its errors name its arguments in place of the command line's flags.

    Of a method of whatever has a `host` that speaks of flags, such as the command line's shell, they stay as they are.

    Args:
        flags: argument -> flag, where that is another than `--argument`: `count="-n"`.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        named = {"--label": "label", "--condition": "condition"}
        yes = set()
        for name, parameter in inspect.signature(function).parameters.items():
            named[flags.get(name, f"--{name.replace('_', '-')}")] = name
            if parameter.default is False:
                yes.add(name)

        @functools.wraps(function)
        def call(*args: P.args, **given: P.kwargs) -> R:
            with in_arguments(getattr(args[0], "host", None) if args else None, named, yes):
                return function(*args, **given)

        return call

    return wrap


@contextmanager
def in_arguments(host: Any, named: Mapping[str, str], yes: set[str] | frozenset[str] = frozenset()) -> Iterator[None]:
    """While open, errors that leave it are told with arguments, see `of_arguments`; unless the host speaks of flags."""
    try:
        yield
    except MultiganError as error:
        if not getattr(host, "flags", False) and error.args:
            error.args = (of_arguments(str(error.args[0]), named, yes), *error.args[1:])
        raise


def of_arguments(message: str, named: Mapping[str, str], yes: set[str] | frozenset[str] = frozenset()) -> str:
    """Returns an error's words with arguments in the place of flags: `--label fox: no such class` becomes
    `label=fox: no such class`. Commands to be typed stay as they are, and so do flags of no argument.

    Args:
        message: the words.
        named: flag -> argument.
        yes: arguments that are true or false.
    """
    flags = "|".join(sorted(map(re.escape, named), key=len, reverse=True))
    if not flags:
        return message
    known = rf"(?<![\w-])({flags})(?![\w-])"

    def first(found):
        return f"{named[found[1]]}={found[2]}"

    def then(found):
        name = named[found[1]]
        if found[2]:
            return f"{name}={found[2]}"
        return f"{name}=True" if name in yes else name

    def rest(text):
        # --ask takes the names of fields, which are arguments themselves.
        text = re.sub(r"--ask (?=\w+(?:=|\b))", "", text)
        return re.sub(rf"{known}(?: ({_VALUE})(?![\w-]))?", then, text)

    message = re.sub(rf"^{known} ([^:;]+)(?=[:;])", first, message)
    done, parts = 0, []
    for command in _COMMAND.finditer(message):
        parts += [rest(message[done : command.start()]), command[0]]
        done = command.end()
    return "".join([*parts, rest(message[done:])])
