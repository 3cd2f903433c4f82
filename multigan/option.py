"""The typed knobs that recipes and data have: their values from a command line or TOML. Imports no framework."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from multigan.errors import UsageError

__all__ = ["TYPES", "Option", "as_typed", "resolve_options", "suggest"]

# What an option's default may be, and what its values are called.
TYPES = {bool: "true or false", int: "a whole number", float: "a finite number", str: "text"}
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True, kw_only=True)
class Option:
    """One typed knob of a recipe, set by `-o KEY=VALUE`.

    Args:
        default: the value when nobody sets it; its type (bool, int, float or str) is the option's type.
        help: one line for `multigan recipes NAME`.
        choices: the values that are allowed; empty means any.
        minimum, maximum: inclusive bounds of a number.
        reference: arXiv id or DOI of what the option does, when it has one.
        path: the value is a file's path, or empty. A run keeps it absolute, and one that is resumed compares what the
            file holds, not where it lies.
        follows: the value may follow the run, where the recipe has an option `schedule`.
        check: import string of `check(value, options, values)`, which raises `UsageError` for a value that these do not
            go with, before anything is read or built: `options` are all of the recipe's, `values` those of each. It
            imports no framework. "": nothing more is to be known.

    Raises:
        ValueError: the default or a choice is not of those types, the default is not among the choices or out of range,
            no value is in range, or a path is no text.
    """

    default: bool | int | float | str
    help: str
    choices: tuple = ()
    minimum: float | None = None
    maximum: float | None = None
    reference: str = ""
    path: bool = False
    follows: bool = False
    check: str = ""

    def __post_init__(self):
        if type(self.default) not in TYPES:
            raise ValueError(f"an option's default is bool, int, float or str, not {self.default!r}")
        if self.path and self.type is not str:
            raise ValueError(f"a path is a text, not {self.default!r}")
        if not isinstance(self.choices, (tuple, list)):
            raise ValueError(f"an option's choices are a tuple, not {self.choices!r}")
        for choice in self.choices:
            if self._convert(choice) != choice or (type(choice) is bool) != (self.type is bool):
                raise ValueError(f"an option's choices are of its default's type, {self.type.__name__}; not {choice!r}")
        if None not in (self.minimum, self.maximum) and self.minimum > self.maximum:
            raise ValueError(f"an option's minimum {self.minimum:g} is over its maximum {self.maximum:g}")
        if self.follows and self.type is not float:
            raise ValueError(f"what follows a run is a number with a fraction, not {self.default!r}")
        try:
            self.parse("default", self.default, "an option's default")
        except UsageError as error:
            raise ValueError(str(error)) from None

    @property
    def type(self) -> type:
        """The Python type of the option's values."""
        return type(self.default)

    def parse(self, key: str, value: Any, called: str = "") -> bool | int | float | str:
        """Returns `value` (a string from the command line, or a TOML value) as this option's type.

        Args:
            key: the option's name.
            value: what was given.
            called: in an error, what gave it, such as a variable's name; by default the option.

        Raises:
            UsageError: the value is of the wrong type, not among the choices, or out of range.
        """
        given = f"{called or f'option {key}'}={as_typed(value)}"
        parsed = self._convert(value)
        if self.choices and parsed not in self.choices:
            # An empty one stands for no choice: nothing that anybody would type.
            choices = [str(choice) for choice in self.choices if choice != ""]
            known = ", ".join(f'"{choice}"' if "," in choice else choice for choice in choices)
            raise UsageError(f"{given}: not one of {known}{suggest(str(value), choices)}")
        if parsed is None:
            raise UsageError(f"{given}: expected {TYPES[self.type]}")
        if self.minimum is not None and parsed < self.minimum:
            raise UsageError(f"{given}: must be at least {self.minimum:g}")
        if self.maximum is not None and parsed > self.maximum:
            raise UsageError(f"{given}: must be at most {self.maximum:g}")
        return parsed

    def _convert(self, value: Any) -> bool | int | float | str | None:
        """The value as this option's type; None where it cannot be that."""
        truth = _BOOLEANS.get(str(value).lower())
        if self.type is bool:
            return truth
        # TOML has `false` for what a choice may call "off".
        if truth is not None and value not in self.choices and {"on", "off"} <= {*self.choices}:
            return "on" if truth else "off"
        # Only what a command line or TOML can mean: no list is a text, no 1.5 a whole number, no `true` a number.
        if type(value) not in (str, int, float) or (self.type is int and type(value) is float):
            return None
        try:
            parsed = self.type(value)
        except (ValueError, OverflowError):
            return None
        return None if self.type is float and parsed - parsed != 0 else parsed


def as_typed(value: Any) -> str:
    """Returns a value as a command line and TOML take it: `true`, and never `True`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def suggest(word: str, known: Iterable[str]) -> str:
    """Returns `"; did you mean X?"` for the closest known word, whatever the case of its letters, or nothing."""
    import difflib  # only errors need it

    words = list(known)
    folded = {each.lower(): each for each in words}
    close = difflib.get_close_matches(word, words, n=1)
    close = close or [folded[each] for each in difflib.get_close_matches(word.lower(), folded, n=1)]
    return f"; did you mean {close[0]}?" if close else ""


def resolve_options(options: Mapping[str, Option], values: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Returns every option of `options` with its value: the given one, parsed, or its default.

    Raises:
        UsageError: a key that `owner` does not have, or a value that its option refuses.
    """
    for key in values:
        if key not in options:
            known = ", ".join(sorted(options)) or "none"
            raise UsageError(f"{owner} has no option {key}{suggest(key, options)} (options: {known})")
    return {key: option.parse(key, values[key]) if key in values else option.default for key, option in options.items()}
