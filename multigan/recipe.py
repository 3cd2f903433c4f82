"""What a plugin registers: frozen descriptions that name code by import string and import no framework."""

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from multigan.errors import UsageError

__all__ = ["Command", "DataSource", "Exporter", "Metric", "Option", "Recipe", "load_object", "resolve_options", "suggest"]

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
    """

    default: bool | int | float | str
    help: str
    choices: tuple = ()
    minimum: float | None = None
    maximum: float | None = None
    reference: str = ""

    @property
    def type(self) -> type:
        """The Python type of the option's values."""
        return type(self.default)

    def parse(self, key: str, value: Any) -> bool | int | float | str:
        """Returns `value` (a string from the command line, or a TOML value) as this option's type.

        Raises:
            UsageError: the value is of the wrong type, not among the choices, or out of range.
        """
        parsed = self._convert(key, value)
        if self.choices and parsed not in self.choices:
            known = ", ".join(map(str, self.choices))
            raise UsageError(f"option {key}={value}: not one of {known}{suggest(str(value), map(str, self.choices))}")
        for bound, outside, word in ((self.minimum, lambda b: parsed < b, "least"), (self.maximum, lambda b: parsed > b, "most")):
            if bound is not None and outside(bound):
                raise UsageError(f"option {key}={value}: must be at {word} {bound:g}")
        return parsed

    def _convert(self, key: str, value: Any) -> bool | int | float | str:
        if self.type is bool:
            lowered = str(value).lower()
            if lowered not in _BOOLEANS:
                raise UsageError(f"option {key}={value}: expected true or false")
            return _BOOLEANS[lowered]
        if isinstance(value, bool) or (self.type is int and isinstance(value, float)):
            raise UsageError(f"option {key}={value}: expected {self.type.__name__}")
        try:
            parsed = self.type(value)
        except ValueError:
            raise UsageError(f"option {key}={value}: expected {self.type.__name__}") from None
        if self.type is float and parsed - parsed != 0:
            raise UsageError(f"option {key}={value}: expected a finite number")
        return parsed


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A trainable model: its game, its options with their defaults, and the data it starts on.

    Args:
        name: what users see; unique within its plugin. A recipe named like its plugin is the plugin's default.
        summary: one line.
        modality: "images", "audio", "text", "points" or "clips": chooses the data pipeline, samples and health.
        game: import string `"package.module:Class"`, imported only when the recipe runs.
        options: typed options that are passed to the game as keyword arguments.
        data: default data source, a registered dataset's name.
        steps, batch_size: what `multigan run` does when it is told nothing.
        metrics: names of registered metrics that `multigan evaluate` computes; the first one ranks checkpoints.
        references: arXiv ids and DOIs.
    """

    name: str
    summary: str
    modality: str
    game: str
    options: Mapping[str, Option] = field(default_factory=dict)
    data: str
    steps: int = 1000
    batch_size: int = 64
    metrics: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DataSource:
    """A named data set: `--data NAME`.

    Args:
        name, summary, licence: for listings.
        modality: the pipeline that it feeds.
        load: import string of `load() -> ` a random-access source of the modality (see `multigan.data`).
    """

    name: str
    summary: str
    modality: str
    load: str
    licence: str = ""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number that `multigan evaluate` reports.

    Args:
        name: with its feature extractor where it has one, e.g. `"precision(pixels)"`.
        summary: one line that says what it measures.
        modality: the kind of samples that it takes.
        compute: import string of `compute(real, generated, seed) -> float`, both arrays `(count, *shape)`.
        protocol: how it is computed, in a sentence; printed beside every value.
        better: `"higher"`, `"lower"`, or `"one"` when the best value is 1.
        references: arXiv ids and DOIs.
    """

    name: str
    summary: str
    modality: str
    compute: str
    protocol: str
    better: str = "higher"
    references: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """A format of `multigan export`.

    Args:
        name, summary: for listings.
        export: import string of `export(game, path, verify) -> Path`; writes the model, and calls
            `verify(function)` with a function that runs the written model on a batch of latents.
        suffix: of the file; empty for a folder.
        extra: what to install when its import fails, e.g. `"multigan[onnx]"`.
    """

    name: str
    summary: str
    export: str
    suffix: str = ""
    extra: str = ""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A further command of the command line: `command` is the import string of a `click.Command`."""

    name: str
    summary: str
    command: str


def load_object(path: str) -> Any:
    """Returns the object that an import string `"package.module:name"` names."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def suggest(word: str, known) -> str:
    """Returns `"; did you mean X?"` for the closest known word, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
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
