"""What a plugin registers: frozen descriptions that name code by import string and import no framework."""

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from dataclasses import field as dataclass_field
from typing import Any

from multigan.blame import maker
from multigan.field import Field
from multigan.option import TYPES, Option, as_typed, resolve_options, suggest

__all__ = [
    "NEEDS",
    "Command",
    "DataSource",
    "Exporter",
    "Metric",
    "Option",
    "Recipe",
    "as_typed",
    "load_object",
    "noted",
    "place_of",
    "resolve_options",
    "suggest",
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_IMPORT_STRING = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
# What any metric may need; a modality has more (`multigan.modality.Modality.needs`).
NEEDS = ("moments", "classifier", "labels", "asked", "training", "game", "answers")
# What a game is built with beside its options.
_GIVEN = ("self", "data", "seed")


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
        modality: the name of a `multigan.Modality`, a built-in one or a plugin's: it chooses how data are read and how
            samples are written, shown, measured and judged.
        game: import string `"package.module:Class"`, imported only when the recipe runs.
        options: typed options. The game is built as `Class(data, seed=seed, **options)`, `data` a `DataInfo`.
        data_options: other defaults for options of the data, such as `{"pairs": "names"}`.
        data: default data source, a registered dataset's name.
        steps, batch_size: what `multigan run` does when it is told nothing.
        log_every: the same, of steps between log lines; 0: 50, as of most recipes. Fewer where steps are few and long.
        metrics: names of registered metrics that `multigan evaluate` computes; the first one ranks checkpoints. One
            without its extractor, such as `"feature-distance"`, takes the best one that can be had.
        references: arXiv ids and DOIs.
        precisions: in which it was shown to learn. Where what goes in is unpaired, a run in another one is refused:
            nothing tells the right answer there, and what small numbers lose is not noticed.

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
    precisions: tuple[str, ...] = ("float32",)

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
            their names, and perhaps `"source_colours"`, `"#rrggbb"` each; with `"aligned"` False they belong to no
            image, and may be more or fewer. `"held_out"` is a mapping of the same kind, without labels and conditions:
            what training does not see and evaluation takes. Its own `"aligned"` True says that its pictures are right
            answers, though those of the training are not.
    """

    name: str
    summary: str
    modality: str
    load: str
    licence: str = ""

    def __post_init__(self):
        _check("dataset", self, "load")

    def loaded(self) -> Any:
        """Returns what `load()` returns."""
        return load_object(self.load)()


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
        needs: what else `compute` is given, of: "moments", "classifier", "labels", "asked", "training", "game",
            "answers", and what the modality knows beside these (docs/metrics.md tells what each is). A plugin with
            another need is broken.
        streams: whether samples are compared one by one with what they were asked for. `compute(**given)` is then
            called without arrays and returns a `multigan.metrics.paired.Stream`, which is given them block by block.

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
    streams: bool = False

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
            raise ValueError(f"{kind} {item.name!r}: {each.name} is {value!r}; it must be {TYPES[each.type]}")
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
