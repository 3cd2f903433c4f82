"""What a kind of sample is: one object, which names all that knows of it by import string. Imports no framework."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from multigan.errors import UsageError
from multigan.recipe import Option, load_object, noted, suggest

__all__ = ["Modality", "add_modality", "data_options", "find_modality", "modalities"]

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
        packages: distributions whose versions a run's results depend on, beside the backend's.
        open: import string of `open(spec, options, datasets, progress)`, which returns a validated
            `multigan.data.source.Source`.
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
    packages: tuple[str, ...] = ()
    open: str
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
        for key in _CODE:
            value = getattr(self, key)
            if value and not _IMPORT_STRING.fullmatch(value):
                raise ValueError(
                    f"modality {self.name}: {key} {value!r} is no import string like 'package.module:name'"
                )
        for key, option in self.options.items():
            if not isinstance(option, Option) or not str(key).isidentifier():
                raise ValueError(f"modality {self.name}: option {key!r} must be an identifier and an Option")
        taken = {"name", "shape", "count", "classes", "fingerprint", "condition", "facts", "skipped"} & set(self.facts)
        if taken:
            raise ValueError(f"modality {self.name}: the facts {', '.join(sorted(taken))} are told of all data")

    def load(self, key: str) -> Any:
        """Returns what the import string in the attribute `key` names."""
        return load_object(getattr(self, key))


# The attributes that are import strings.
_CODE = ("open", "gauge", "health")
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
