"""What is wrong with a plugin that loads: names that nobody has, and what only shows when its code is imported."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from multigan.backend import choose_backend
from multigan.data.places import HUBS
from multigan.errors import PluginError
from multigan.modality import modalities
from multigan.plugins import PluginInfo, Registry
from multigan.recipe import Recipe, place_of, suggest

__all__ = ["Fault", "light_faults", "registered_faults", "seen_by_a_process"]


@dataclass(frozen=True)
class Fault:
    """One thing to mend.

    Args:
        item: what it is about, such as `"recipe wave"`.
        what: is wrong.
        place: where in the plugin's source, `"folder/file.py:line"`; empty where that is not known.
        check: the name of the check that found it, one of `multigan.testing.checks`; empty where it is of none.
    """

    item: str
    what: str
    place: str = ""
    check: str = ""

    def __str__(self):
        return f"{self.place}: {self.item}: {self.what}" if self.place else f"{self.item}: {self.what}"


def light_faults(info: PluginInfo, registry: Registry) -> list[Fault]:
    """Returns what is wrong with an installed plugin, as far as that shows without training.

    Its code is imported in processes of their own, on the backend that KERAS_BACKEND names, or the first installed.

    Raises:
        PluginError: such a process ended without an answer.
        UsageError: no backend is installed.
    """
    if info.status != "ok":
        return [Fault(f"plugin {info.name}", f"it is {info.status}: {info.reason}", check="loads")]
    choose_backend(os.environ.get("KERAS_BACKEND"))
    return [
        *registered_faults(info.name, registry),
        *seen_by_a_process("imports", info.name),
        *seen_by_a_process("objects", info.name),
    ]


def seen_by_a_process(what: str, plugin: str) -> list[Fault]:
    """Returns the faults that a new process finds, see `multigan.probe`.

    Args:
        what: "imports" or "objects", of the plugin of a name; or "file", all that is wrong with a plugin of one file.
        plugin: its name, or its path.

    Raises:
        PluginError: the process ended without an answer.
    """
    done = subprocess.run(
        [sys.executable, "-m", "multigan.probe", what, plugin], capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = " ".join(done.stderr.split()[-60:])
        raise PluginError(f"plugin {plugin}: its code ended the process that imports it ({done.returncode}): {last}")
    return [Fault(*fault) for fault in json.loads(done.stdout)]


def registered_faults(plugin: str, registry: Registry) -> list[Fault]:
    """Returns what is wrong with the names in what a plugin registered. Imports nothing of it."""
    kinds = {
        "recipe": [recipe for _, recipe in registry.recipes.values()],
        "dataset": registry.datasets.values(),
        "metric": registry.metrics.values(),
        "exporter": registry.exporters.values(),
    }
    return [
        Fault(f"{kind} {item.name}", what, place_of(item), "names_are_known")
        for kind, items in kinds.items()
        for item in items
        if registry.owner(kind, item.name) == plugin
        for what in _wrong(kind, item, registry)
    ]


def _wrong(kind, item, registry) -> Iterator[str]:
    if kind == "exporter":
        if item.suffix and not item.suffix.startswith("."):
            yield f"its suffix {item.suffix} begins with no dot"
        return
    if item.modality not in modalities():
        yield _unknown("modality", item.modality, modalities())
    elif kind == "recipe":
        yield from _wrong_names(item, registry)
    if kind == "recipe":
        pack = item.options["pack"].default if "pack" in item.options else 1
        if item.batch_size % pack:
            yield f"batches of {item.batch_size} do not divide by pack={pack}"
    if kind == "metric" and item.extractor:
        from multigan.metrics.extractors import extractors_of

        known = extractors_of(item.modality)
        if item.extractor not in known:
            yield _unknown("extractor", item.extractor, known)


def _wrong_names(recipe: Recipe, registry: Registry) -> Iterator[str]:
    found = [("data", recipe.data, registry.datasets)] if not recipe.data.startswith(HUBS) and recipe.data else []
    found += [("metric", name, registry.metrics) for name in recipe.metrics]
    for word, name, known in found:
        own = [each for each, item in known.items() if item.modality == recipe.modality]
        if word == "metric" and any(each.startswith(f"{name}(") for each in own):
            continue  # a family, of which the best that can be had is taken
        if name not in known:
            yield _unknown("data set" if word == "data" else word, name, own)
        elif name not in own:
            yield f"its {word} {name} is of {known[name].modality}, and the recipe of {recipe.modality}"


def _unknown(word: str, name: str, known: Iterable[str]) -> str:
    known = list(known)
    return f"no {word} is called {name}{suggest(name, known)} (known: {', '.join(known)})"
