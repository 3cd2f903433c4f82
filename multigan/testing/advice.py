"""What a broken promise is told as: a sentence that leads to the mend, and the author's line."""

import inspect
import re

from multigan import blame

__all__ = ["BrokenPromiseError", "place_in", "told"]

LONGEST = 300
# What an error of a compiled step holds, and what to do.
HINTS = (
    (
        r"symbolic tf\.Tensor|TracerArrayConversion|NumPy array.*requires grad|Can't call numpy\(\)",
        "a loss is compiled: compute with keras.ops, and never with NumPy",
    ),
    (
        r"is out of scope|UnexpectedTracer|leaked",
        "a tensor of one turn was kept for another: keep it in a keras.Variable, or in a multigan.ReplayPool",
    ),
    (
        r"seed_generator\S*: updated but not tracked|JAX RNG",
        "draw with seed=self.seed: the game holds no generator of a seed that is None, or that a loss makes",
    ),
    (
        r"singleton tf\.Variable",
        "a loss makes variables: build networks and layers in __init__, and call them in the loss",
    ),
    (
        r"incompatible with the layer: expected",
        "a network is given what it was not built for; a sampler is given the latents, then what the game asks",
    ),
    (
        r"has no attribute 'assign'",
        "a loss changes no weights by itself: what it returns is minimised by the player's own optimizer",
    ),
)


class BrokenPromiseError(AssertionError):
    """A recipe, or another part of a plugin, breaks a promise.

    Args:
        what: a sentence that says what is wrong and how to mend it.
        place: the author's line, `"folder/file.py:line"`; "" where that is not known.
    """

    def __init__(self, what: str, place: str = ""):
        super().__init__(f"{place}: {what}" if place else what)
        self.what, self.place = what, place


def place_in(kind: type, *names: str) -> str:
    """Returns where the author of a class wrote one of these attributes of it: the first that is code of theirs; else
    where the class itself stands, or "".
    """
    own = [each for each in kind.__mro__ if not _is_ours(each)]
    for name in names:
        for each in own:
            found = vars(each).get(name)
            function = getattr(found, "fget", None) or getattr(found, "__func__", None) or found
            if place := blame.function_place(inspect.unwrap(function) if callable(function) else function):
                return place
    for each in own:
        try:
            return blame.place(inspect.getsourcefile(each), inspect.getsourcelines(each)[1])
        except (TypeError, OSError):
            continue
    return ""


def told(error: BaseException, package: str, kind: type | None = None) -> tuple[str, str]:
    """Returns what an error says, on one line, and the author's line that it came from.

    Args:
        error: whatever the author's code raised, or caused.
        package: the outermost one of the author's code.
        kind: the author's class, for errors that name a method of it, or nothing of the author's.
    """
    words = _words(str(error))
    message = f"{type(error).__name__}: {' '.join(words.split())[:LONGEST]}".removesuffix(": ")
    message += next((f"; {mend}" for pattern, mend in HINTS if re.search(pattern, f"{type(error)} {error}")), "")
    where = blame.at(error, package) if blame.within(error, (package,))[1] else ""
    where = where or _in_graph(str(error), kind)
    if not where and kind is not None:
        named = re.findall(rf"\b{re.escape(kind.__name__)}\.(\w+)", str(error))
        where = place_in(kind, *named)
    return message, where


def _words(message: str) -> str:
    """TensorFlow tells of a step that fails with the whole graph around the one line that says why."""
    message = blame.uncoloured(message).split("\n\nArguments received by")[0]
    if "Graph execution error" in message:
        reasons = [line for line in message.splitlines() if line.strip() and not line.startswith((" ", "\t"))]
        reasons = [line for line in reasons if "Detected at node" not in line and "defined at" not in line]
        return reasons[-1] if reasons else message
    return message


def _in_graph(message: str, kind: type | None) -> str:
    """The author's innermost line of those that TensorFlow names in an error of a compiled step."""
    try:
        file = kind and inspect.getsourcefile(kind)
    except TypeError:
        return ""
    lines = [int(line) for path, line in re.findall(r'File "([^"]+)", line (\d+)', message) if path == file]
    return blame.place(file, lines[-1]) if lines else ""


def _is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in ("multigan", "keras", "builtins")
