"""What a kind of sample is: one object, which names all that knows of it by import string. Imports no framework."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from multigan.errors import UsageError
from multigan.field import Kind
from multigan.recipe import Option, load_object, noted, suggest

__all__ = ["CODE", "Modality", "add_modality", "data_options", "find_modality", "modalities"]

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_IMPORT_STRING = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


@dataclass(frozen=True, kw_only=True)
class Modality:
    """A kind of sample: images, sounds, ... Whatever differs between kinds is found through this object alone.

    Args:
        name: what recipes, data sets and metrics call it, `"audio"`.
        noun: what a number of samples are called, `"sounds"`.
        summary: one line.
        field: the key of a batch, and the part of a record, that holds the samples, `"audio"`.
        options: of its data, set by `-o NAME=VALUE` beside the recipe's own.
        facts: what `DataInfo.facts` holds of its data, with the values that stand for "nothing", `{"sample_rate": 0}`.
        augmented: whether DiffAugment (arXiv 2006.10738) makes sense of its samples: moved, blanked and recoloured.
        units: the lowest and the highest value of a sample; empty where data have units of their own.
        packages: distributions whose versions a run's results depend on, beside the backend's.
        open: import string of `open(spec, options, datasets, progress)`, which returns a validated
            `multigan.data.source.Source`.
        metrics: import string of a tuple of `multigan.recipe.Metric`, registered with the modality; imports no
            framework. "": it has none.
        extractors: import string of a tuple of `multigan.metrics.extractors.Extractor`, what its samples are turned
            into before they are compared; imports no framework.
        kinds: of fields that its data can have beside labels and vectors, each a `multigan.field.Kind`.
        needs: what its metrics may name in `Metric.needs` beside `multigan.recipe.NEEDS`.
        knowledge: import string of a class with an attribute for each of these needs, see
            `multigan.metrics.knowledge.Knowledge`.
        held_out: import string of `held_out(source)`, which returns the part of a source that training does not see, a
            `Source` of its own to compare samples with, or None. "": there is none.
        controls: import string of a tuple of `multigan.metrics.controls.Control`, what is scored beside a game's
            samples; or of `controls(material, game)`, which returns one by what the game is asked by.
        curve: import string of a tuple of `multigan.metrics.curves.Draw`: ways to draw samples, which
            `multigan evaluate --curve` goes through. "": there is one way.
        dtype: of a batch's samples, and of what a game makes: `"float32"` or `"int32"`.
        counts: what a sample's shape counts, where "4 x 3" alone says too little: `"tokens"`.
        claims: import string of `claims(seen)`, which returns how sure it is that data are of this modality, from 0 to
            1, by what a `multigan.data.seen.Seen` tells of them. "": it claims nothing, and users must name it.
        reads: what files begin as that it reads, in the words of `multigan.data.signatures.looks_like`, or how those
            begin: `"a sound"`.
        tell: import string of `tell(source)`, which returns what `multigan data check` shows of a source: rows
            `[(name, text)]` for people, of which the first tells the shape, and a dict for `--json`. "": the shape, and
            the facts.
        run_files: import string of `run_files(source)`, which returns files that a run directory holds so that samples
            can be read without the data, `{name: bytes}`. A resume refuses data that give other ones. "": none.
        others: import string of `others(info, directory)`, which returns the options, `{name: value}`, that other data
            than a run's own are read with to be held against it, where they differ from the run's; `info` is the run's
            `DataInfo`, `directory` its path. "": none.
        refit: import string of `refit(source, info)`, which returns data of a run's shape as the run measures its own;
            raises `UsageError` for what cannot be compared. "": they are, as they are.
        files: import string of `files(context)`, which returns a `multigan.modalities.files.Files` for a run that a
            `Context` tells of: how samples are written. Without it they are written as arrays.
        kept: how many samples of its data a run keeps, to draw behind its own.
        translate: import string of `translate(task)`, which makes samples one by one of files that somebody gave and
            writes them: of a `multigan.modalities.translation.Translation` a `Translated`. Called where values of a
            field are a `multigan.fields.Streamed`. "": such values are read as many at a time as samples are drawn.
        steer: import string of `steer(trained, temperature, prefix)`, which sets how the game of a
            `multigan.trained.opening.Trained` draws: `temperature` and `prefix`, a text, as `multigan sample` takes
            them; `UsageError` for what the run cannot do. Without it the command refuses both.
        exported: import string of `exported(data)`, which returns what is to be known of a model that was exported from
            a run on `data`, a `DataInfo`: values for JSON by name, and a sentence or `""`. Without it nothing is.
        blocks: import string of `blocks(samples, notices)`, which returns what a report shows of a run's samples, see
            `multigan.report.gallery`. Without it the previews are shown: pictures, or lines of text.
        page: of the formats of `files` the one that samples are shown in by a page in a browser, such as `"wav"`; "":
            the usual one. Of samples that stand together in one file the preview is shown.
        pairs: import string of `pairs(stem, samples, nearest)`, which draws samples `(count, *shape)` beside the
            training samples `(count, k, *shape)` that are nearest to them and returns the path: `stem` and a suffix.
            Without it nothing is drawn.
        gauge: import string of `gauge(reference, data)`, of a `multigan.health.reference.Reference` and a `DataInfo`,
            which returns a `multigan.health.gauge.Gauge`: what measures samples while a run trains; without it their
            diversity is, number by number.
        health: import string of a `multigan.health.illness.Health`: how samples and logs are judged.

    Raises:
        ValueError: a name, an import string, an option or a fact that is none.
    """

    name: str
    noun: str
    summary: str
    field: str
    options: Mapping[str, Option] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    augmented: bool = False
    units: tuple[float, ...] = ()
    packages: tuple[str, ...] = ()
    open: str
    metrics: str = ""
    extractors: str = ""
    kinds: tuple[Kind, ...] = ()
    needs: tuple[str, ...] = ()
    knowledge: str = ""
    held_out: str = ""
    controls: str = ""
    curve: str = ""
    dtype: str = "float32"
    counts: str = ""
    claims: str = ""
    reads: tuple[str, ...] = ()
    tell: str = ""
    run_files: str = ""
    others: str = ""
    refit: str = ""
    files: str = ""
    kept: int = 0
    translate: str = ""
    steer: str = ""
    exported: str = ""
    blocks: str = ""
    page: str = ""
    pairs: str = ""
    gauge: str = ""
    health: str = ""

    def __post_init__(self):
        noted(self)
        for each in fields(self):
            value = getattr(self, each.name)
            if each.type == "str" and not isinstance(value, str):
                raise ValueError(f"modality {self.name!r}: {each.name} is {value!r}; it must be text")
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"modality {self.name!r}: a name is lower-case letters, digits and dashes")
        if not self.field.isidentifier() or self.field in ("label", "condition"):
            raise ValueError(f"modality {self.name}: field {self.field!r} is no identifier, or another field's name")
        if type(self.kept) is not int or self.kept < 0:
            raise ValueError(f"modality {self.name}: kept is {self.kept!r}; it must be a whole number from 0")
        for key in CODE:
            value = getattr(self, key)
            if value and not _IMPORT_STRING.fullmatch(value):
                raise ValueError(
                    f"modality {self.name}: {key} {value!r} is no import string like 'package.module:name'"
                )
        for key, option in self.options.items():
            if not isinstance(option, Option) or not str(key).isidentifier():
                raise ValueError(f"modality {self.name}: option {key!r} must be an identifier and an Option")
        if self.needs and not self.knowledge:
            raise ValueError(f"modality {self.name}: it has needs, and no knowledge that could answer them")
        told = {"name", "shape", "count", "classes", "fingerprint", "condition", "facts", "skipped", "beside", "fields"}
        taken = told & set(self.facts)
        if taken:
            raise ValueError(f"modality {self.name}: the facts {', '.join(sorted(taken))} are told of all data")

    def load(self, key: str) -> Any:
        """Returns what the import string in the attribute `key` names."""
        return load_object(getattr(self, key))


# The attributes that are import strings.
CODE = (
    "open",
    "metrics",
    "extractors",
    "knowledge",
    "held_out",
    "controls",
    "curve",
    "claims",
    "tell",
    "run_files",
    "others",
    "refit",
    "files",
    "translate",
    "steer",
    "exported",
    "blocks",
    "pairs",
    "gauge",
    "health",
)
_known: dict[str, Modality] = {}


def modalities() -> Mapping[str, Modality]:
    """Returns all modalities that this process knows by name: the built-in ones, then those of plugins."""
    if not _known:
        from multigan import builtin

        for modality in builtin.register_modalities():
            _known[modality.name] = modality
    return _known


def add_modality(modality: Modality) -> None:
    """Makes a plugin's modality known."""
    modalities()
    _known[modality.name] = modality


def data_options(name: str) -> Mapping[str, Option]:
    """Returns the options of a modality's data by name; none for one that is not known."""
    return modalities()[name].options if name in modalities() else {}


def find_modality(name: str) -> Modality:
    """Returns the modality of a name.

    Raises:
        UsageError: there is none.
    """
    known = modalities()
    if name not in known:
        raise UsageError(f"no modality is called {name}{suggest(name, known)} (known: {', '.join(known)})")
    return known[name]
