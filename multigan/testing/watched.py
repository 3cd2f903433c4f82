"""Games that tell which of their options they read, and code that is watched for what it does to the process."""

import ast
import contextlib
import importlib
import inspect
import os
import sys
import textwrap
from collections.abc import Iterator
from unittest import mock

from multigan import blame
from multigan.guard import STEERS

__all__ = ["read_in_init", "untouched", "watched"]

# What makes all random numbers of the process begin anew.
SEEDING = (
    ("random", "seed"), ("numpy.random", "seed"), ("keras.utils", "set_random_seed"), ("tensorflow.random", "set_seed"),
    ("torch", "manual_seed"),
)  # fmt: skip
SETTINGS = ("floatx", "epsilon", "image_data_format", "dtype_policy")


def watched(game_class: type, read: set[str], names: set[str]) -> type:
    """Returns a subclass whose instances add to `read` the name of every option that is read from what they keep.

    Args:
        game_class: of the game.
        read: gets the names.
        names: of the options; an attribute that is a dict with all of them is watched, whatever it is called.
    """

    class Options(dict):
        def __getitem__(self, key):
            read.add(key)
            return super().__getitem__(key)

        def get(self, key, default=None):
            read.add(key)
            return super().get(key, default)

    class Watched(game_class):
        def __setattr__(self, name, value):
            # Past Keras, which would keep a dict of its own.
            if name == "options" or (isinstance(value, dict) and names and names <= set(value)):
                object.__setattr__(self, name, Options(value))
            else:
                super().__setattr__(name, value)

    return Watched


def read_in_init(game_class: type) -> set[str]:
    """Returns the options that a class reads while it is made: arguments by name, and what its `__init__` takes out of
    `**options` by a literal name, of itself and of the classes it is made of, as far as it hands them on.
    """
    read: set[str] = set()
    handed: set[str] | None = None  # what reaches a class from those made of it; None: all
    for kind in game_class.__mro__:
        if (own := vars(kind).get("__init__")) is None or kind.__module__.startswith("keras."):
            continue
        try:
            parameters = inspect.signature(own).parameters.values()
            tree = ast.parse(textwrap.dedent(inspect.getsource(own)))
        except (TypeError, ValueError, OSError, SyntaxError):
            continue
        rest = {each.name for each in parameters if each.kind is each.VAR_KEYWORD}
        own = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD}
        own |= {key for node in ast.walk(tree) if (key := _taken(node, rest))}
        read |= own if handed is None else own & handed
        passed = [keyword for node in ast.walk(tree) if isinstance(node, ast.Call) for keyword in node.keywords]
        if not any(each.arg is None for each in passed):
            named = {each.arg for each in passed if each.arg}
            handed = named if handed is None else named & handed
    return read


def _taken(node: ast.AST, rest: set[str]) -> str:
    """The key of `options["key"]`, `options.get("key")` or `options.pop("key")`."""
    if isinstance(node, ast.Subscript):
        holder, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop"):
        holder, key = node.func.value, node.args[0] if node.args else None
    else:
        return ""
    known = isinstance(holder, ast.Name) and holder.id in rest
    return key.value if known and isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


@contextlib.contextmanager
def untouched(package: str) -> Iterator[list[tuple[str, str]]]:
    """While open, seeding the process's random numbers does nothing; afterwards Keras' settings, the current folder and
    the variables that steer a run are what they were. The list then has what was tried, with the line of `package`.
    """
    import keras

    changed: list[tuple[str, str]] = []

    def noted(name, original):
        def seeding(*args, **named):
            caller = sys._getframe(1).f_globals.get("__name__", "")
            # Keras seeds the others in turn; what libraries do of themselves is theirs.
            if caller.partition(".")[0] != package and not caller.endswith("rng_utils"):
                return original(*args, **named)
            return changed.append((f"seeds the whole process by {name}()", blame.maker(package)))

        return seeding

    settings = {name: getattr(keras.config, name)() for name in SETTINGS}
    folder, variables = os.getcwd(), _steering()
    with contextlib.ExitStack() as stack:
        for module, name in SEEDING:
            if module.partition(".")[0] in sys.modules:
                holder = importlib.import_module(module)
                original = getattr(holder, name)
                stack.enter_context(mock.patch.object(holder, name, noted(f"{module}.{name}", original)))
        try:
            yield changed
        finally:
            for name, before in settings.items():
                after = getattr(keras.config, name)()
                if getattr(after, "name", after) != getattr(before, "name", before):
                    changed.append((f"sets keras.config.{name} to {getattr(after, 'name', after)}", ""))
                    getattr(keras.config, f"set_{name}")(before)
            if os.getcwd() != folder:
                os.chdir(folder)
                changed.append(("changes the current folder", ""))
            now = _steering()
            for name in sorted(now.keys() | variables.keys()):
                if now.get(name) != variables.get(name):
                    changed.append((f"changes the variable {name}", ""))
                    os.environ.pop(name, None)
                    os.environ.update({name: variables[name]} if name in variables else {})


def _steering() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(STEERS)}
