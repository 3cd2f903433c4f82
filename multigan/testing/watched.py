"""Games that tell which of their options they read."""

import ast
import inspect
import textwrap

__all__ = ["read_in_init", "watched"]


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
    `**options` by a literal name, of itself and of the classes it is made of.
    """
    read: set[str] = set()
    for kind in game_class.__mro__:
        if (own := vars(kind).get("__init__")) is None or kind.__module__.startswith("keras."):
            continue
        try:
            parameters = inspect.signature(own).parameters.values()
            tree = ast.parse(textwrap.dedent(inspect.getsource(own)))
        except (TypeError, ValueError, OSError, SyntaxError):
            continue
        read |= {each.name for each in parameters if each.kind is not each.VAR_KEYWORD}
        rest = {each.name for each in parameters if each.kind is each.VAR_KEYWORD}
        read |= {key for node in ast.walk(tree) if (key := _taken(node, rest))}
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
