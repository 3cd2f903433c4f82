"""What a plugin registers: frozen descriptions that name code by import string and import no framework."""

import importlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from dataclasses import field as dataclass_field
from typing import Any

from multigan.blame import maker
from multigan.errors import UsageError
from multigan.field import Field

__all__ = [
    "NEEDS",
    "Command",
    "DataSource",
    "Exporter",
    "Metric",
    "Option",
    "Recipe",
    "load_object",
    "noted",
    "place_of",
    "resolve_options",
    "suggest",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_IMPORT_STRING = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_TYPES = {bool: "true or false", int: "a whole number", float: "a finite number", str: "text"}
# What any metric may need; a modality has more (`multigan.modality.Modality.needs`).
NEEDS = ("moments", "classifier", "labels", "asked", "training", "game")
# What a game is built with beside its options.
_GIVEN = ("self", "data", "seed")
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

    def __post_init__(self):
        if type(self.default) not in _TYPES:
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
        given = f"{called or f'option {key}'}={value}"
        parsed = self._convert(value)
        if self.choices and parsed not in self.choices:
            # An empty one stands for no choice: nothing that anybody would type.
            choices = [str(choice) for choice in self.choices if choice != ""]
            known = ", ".join(f'"{choice}"' if "," in choice else choice for choice in choices)
            raise UsageError(f"{given}: not one of {known}{suggest(str(value), choices)}")
        if parsed is None:
            raise UsageError(f"{given}: expected {_TYPES[self.type]}")
        if self.minimum is not None and parsed < self.minimum:
            raise UsageError(f"{given}: must be at least {self.minimum:g}")
        if self.maximum is not None and parsed > self.maximum:
            raise UsageError(f"{given}: must be at most {self.maximum:g}")
        return parsed

    def _convert(self, value: Any) -> bool | int | float | str | None:
        """The value as this option's type; None where it cannot be that."""
        if self.type is bool:
            return _BOOLEANS.get(str(value).lower())
        # Only what a command line or TOML can mean: no list is a text, no 1.5 a whole number, no `true` a number.
        if type(value) not in (str, int, float) or (self.type is int and type(value) is float):
            return None
        try:
            parsed = self.type(value)
        except (ValueError, OverflowError):
            return None
        return None if self.type is float and parsed - parsed != 0 else parsed


@dataclass(frozen=True, kw_only=True)
class DataInfo:
    """What a game may know of the data it is built for; kept in run.toml, so that sampling needs no data. Append-only.

    Args:
        name: where it came from.
        shape: of one sample; images: `(height, width, channels)`; sounds: `(samples, channels)`; texts: `(tokens,)`.
        count: how many samples there are.
        classes: names of the labels, in their order; empty without labels.
        fingerprint: SHA-256 over names and contents.
        condition: length of the vector that belongs to each sample; 0 without.
        field: the key of a batch that holds the samples.
        facts: what only data of this modality have, such as a sample rate; docs/data.md lists them for each. They are
            attributes as well: `data.sample_rate`.
        beside: what records hold beside samples, labels and conditions, such as the picture that a sample is made of.

    Raises:
        AttributeError: the data have no such fact.
    """

    name: str
    shape: tuple[int, ...]
    count: int = 0
    classes: tuple[str, ...] = ()
    fingerprint: str = ""
    condition: int = 0
    field: str = "image"
    facts: Mapping[str, Any] = dataclass_field(default_factory=dict)
    beside: tuple[Field, ...] = ()

    @property
    def fields(self) -> dict[str, Field]:
        """All that a sample of these data can be asked for by, by name: its label, its condition, and `beside`."""
        found = {}
        if self.classes:
            found["label"] = Field(name="label", kind="label", classes=self.classes)
        if self.condition:
            found["condition"] = Field(name="condition", kind="vector", shape=(self.condition,))
        return found | {field.name: field for field in self.beside}

    def __getattr__(self, key: str) -> Any:
        # Copies are made without __init__, and ask for what is not there yet.
        facts = self.__dict__.get("facts", {})
        if key in facts:
            return facts[key]
        told = "" if key.startswith("_") else f" (facts of these data: {', '.join(facts) or 'none'})"
        raise AttributeError(f"data have no {key}{told}")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A trainable model: its game, its options with their defaults, and the data it starts on.

    Args:
        name: what users see; unique within its plugin. A recipe named like its plugin is the plugin's default.
        summary: one line.
        modality: "images", "audio", "text", "points" or "clips": chooses the data pipeline, samples and health.
        game: import string `"package.module:Class"`, imported only when the recipe runs.
        options: typed options. The game is built as `Class(data, seed=seed, **options)`, `data` a `DataInfo`.
        data_options: other defaults for options of the data, such as `{"pairs": "names"}`.
        data: default data source, a registered dataset's name.
        steps, batch_size: what `multigan run` does when it is told nothing.
        log_every: the same, of steps between log lines; 0: 50, as of most recipes. Fewer where steps are few and long.
        metrics: names of registered metrics that `multigan evaluate` computes; the first one ranks checkpoints.
        references: arXiv ids and DOIs.

    Raises:
        ValueError: a name that no shell takes as one word, a `game` that is no import string, a field or an option of
            another type or out of range, or an option that is called like what every game is given.
    """

    name: str
    summary: str
    modality: str
    game: str
    options: Mapping[str, Option] = dataclass_field(default_factory=dict)
    data_options: Mapping[str, Any] = dataclass_field(default_factory=dict)
    data: str
    steps: int = 1000
    batch_size: int = 64
    log_every: int = 0
    metrics: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    def __post_init__(self):
        _check("recipe", self, "game")
        if self.steps < 1 or self.batch_size < 1 or self.log_every < 0:
            raise ValueError(f"recipe {self.name}: steps and batch_size are at least 1, log_every at least 0")
        if not isinstance(self.options, Mapping):
            raise ValueError(f"recipe {self.name}: options is {self.options!r}; it must be a dict of name and Option")
        if not isinstance(self.data_options, Mapping):
            given = self.data_options
            raise ValueError(f"recipe {self.name}: data_options is {given!r}; it must be a dict of name and value")
        folded = {}
        for key, option in self.options.items():
            if not isinstance(key, str) or not key.isidentifier() or not isinstance(option, Option):
                raise ValueError(f"recipe {self.name}: option {key!r} must be a keyword argument's name and an Option")
            if key in _GIVEN:
                raise ValueError(f"recipe {self.name}: option {key} is called like what multigan gives every game")
            # MULTIGAN_OPTION_NAME names both.
            if (other := folded.setdefault(key.lower(), key)) != key:
                raise ValueError(f"recipe {self.name}: options {other} and {key} differ in the case of letters only")


@dataclass(frozen=True, kw_only=True)
class DataSource:
    """A named data set: `--data NAME`.

    Args:
        name, summary, licence: for listings.
        modality: the pipeline that it feeds.
        load: import string of `load()`; for images it returns `(images, labels or None, classes)`, images an array
            `(count, height, width[, channels])` of uint8, uint16 or floats; for points `(points, labels or None,
            classes)`, points an array `(count, columns)`; for audio `(sounds, labels or None, classes, sample_rate)`,
            sounds an array `(count, samples[, channels])` of floats in [-1, 1] at `sample_rate` Hz; for text an
            iterable of lines, or `multigan.modalities.text.tokens.Tokens`, which are numbers already. For images it may
            return a mapping: `"image"`, and where there are such `"label"`, `"classes"`, `"condition"` and `"source"`,
            what goes in: pictures, or label maps `(count, height, width)` of whole numbers with `"source_classes"`,
            their names; with `"aligned"` False they belong to no image, and may be more or fewer.
    """

    name: str
    summary: str
    modality: str
    load: str
    licence: str = ""

    def __post_init__(self):
        _check("dataset", self, "load")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number that `multigan evaluate` reports.

    `compute(real, generated, seed)` takes two arrays `(count, *shape)` in the modality's units, or features
    `(count, width)` where the metric has an extractor, and returns a float. What it names in `needs` comes as keyword
    arguments of those names. It may return a mapping instead: the float as `"value"`, and further facts for the record.

    Args:
        name: with its feature extractor where it has one, e.g. `"precision(pixels)"`.
        summary: one line that says what it measures.
        modality: the kind of samples that it takes.
        compute: import string of the function.
        protocol: how it is computed, in a sentence; printed beside every value.
        better: `"higher"`, `"lower"`, or `"one"` when the best value is 1.
        references: arXiv ids and DOIs.
        extractor: name of the feature extractor, one of the modality's, whose features are compared in place of the
            samples.
        needs: what else `compute` is given, of: "moments", "classifier", "labels", "asked", "training", "game", and
            what the modality knows beside these (docs/metrics.md tells what each is). A plugin with another need is
            broken.

    Raises:
        ValueError: a name or an import string that is none, or another `better`.
    """

    name: str
    summary: str
    modality: str
    compute: str
    protocol: str
    better: str = "higher"
    references: tuple[str, ...] = ()
    extractor: str = ""
    needs: tuple[str, ...] = ()

    def __post_init__(self):
        _check("metric", self, "compute")
        if self.better not in ("higher", "lower", "one"):
            raise ValueError(f"metric {self.name}: better is 'higher', 'lower' or 'one', not {self.better!r}")


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

    def __post_init__(self):
        _check("exporter", self, "export")


@dataclass(frozen=True, kw_only=True)
class Command:
    """A further command of the command line: `command` is the import string of a `click.Command`."""

    name: str
    summary: str
    command: str

    def __post_init__(self):
        _check("command", self, "command")


def _check(kind: str, item: Any, code: str) -> None:
    """Refuses wrong types, a name that is none, and a field `code` that is no import string; notes who made `item`."""
    noted(item)
    for each in fields(item):
        value, texts = getattr(item, each.name), each.type == tuple[str, ...]
        if each.type in (str, int) and (not isinstance(value, each.type) or type(value) is bool):
            raise ValueError(f"{kind} {item.name!r}: {each.name} is {value!r}; it must be {_TYPES[each.type]}")
        if texts and not (isinstance(value, (tuple, list)) and all(isinstance(text, str) for text in value)):
            raise ValueError(f"{kind} {item.name!r}: {each.name} is {value!r}; it must be a tuple of texts")
    # A metric may have its extractor behind its name.
    name = re.sub(r"\(([^()]+)\)$", r"-\1", item.name) if kind == "metric" else item.name
    if not _NAME.fullmatch(name):
        raise ValueError(f"{kind} {item.name!r}: a name is letters, digits, dots, dashes and underscores")
    if not _IMPORT_STRING.fullmatch(getattr(item, code)):
        value = getattr(item, code)
        raise ValueError(f"{kind} {name}: {code} {value!r} is no import string like 'package.module:name'")


# By identity: the place is no part of what an item is, and a new item of the same identity has its own.
_places: dict[int, str] = {}


def noted(item: Any) -> None:
    """Notes the line of a plugin's source that makes `item`."""
    _places[id(item)] = maker()


def place_of(item: Recipe | DataSource | Metric | Exporter | Command) -> str:
    """Returns where in a plugin's source an item was made, `"folder/file.py:line"`."""
    return _places.get(id(item), "")


def load_object(path: str) -> Any:
    """Returns the object that an import string `"package.module:name"` names."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def suggest(word: str, known: Iterable[str]) -> str:
    """Returns `"; did you mean X?"` for the closest known word, or nothing."""
    import difflib  # only errors need it

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
