"""All that can be found in a plugin, by one call."""

import os
import tempfile
import unittest
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from multigan.backend import start_any_backend
from multigan.checking import Fault, registered_faults, seen_by_a_process
from multigan.data.source import Source
from multigan.errors import MultiganError, UsageError
from multigan.modality import data_options
from multigan.onefile import is_file, load_file
from multigan.plugins import Registry, load_plugins
from multigan.probe import object_faults
from multigan.recipe import suggest
from multigan.testing.advice import BrokenPromiseError
from multigan.testing.checks import RECIPE_CHECKS, Check, described_as
from multigan.testing.checks.plugins import (
    Subject,
    data_sets_open,
    formats_are_written,
    metrics_measure,
    run_hooks_run,
)
from multigan.testing.contract import Contract

__all__ = ["FaultyPluginError", "check_plugin", "checks"]

_OF_PLUGINS = (data_sets_open, metrics_measure, formats_are_written, run_hooks_run)


class FaultyPluginError(AssertionError):
    """Something is wrong with a plugin.

    Args:
        plugin: its name.
        faults: each a `multigan.checking.Fault` with `place`, `item`, `what` and `check`.
    """

    def __init__(self, plugin: str, faults: list[Fault]):
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        lines = [f"  {fault} [{fault.check}]" if fault.check else f"  {fault}" for fault in faults]
        super().__init__("\n".join([f"plugin {plugin} has {count}:", *lines]))
        self.plugin, self.faults = plugin, faults


def check_plugin(
    plugin: str,
    options: Mapping[str, Any] | None = None,
    data: str | Source = "",
    batch_size: int = 8,
    first: bool = False,
) -> None:
    """Raises unless a plugin is in order: it loads, what it names is there, and each of its recipes keeps the contract.

    Its data sets are opened, its metrics and formats tried, and its hooks watch a short run. Of a recipe whose game
    cannot be trained, that alone is told.

    Args:
        plugin: its name, or the path of a plugin of one file, `"./my_gan.py"`.
        options: of its recipes and their data; choose small networks. Each recipe gets those that it has.
        data: what to train on; by default what each recipe names.
        batch_size: of the batches.
        first: stop at the first fault.

    Raises:
        FaultyPluginError: an AssertionError whose message has a line for each fault: the author's line, what is wrong,
            what to do, and the name of the check, which `checks()` describes.
        UsageError: no plugin is called so, or none of its recipes has one of the options.
    """
    faults: list[Fault] = []
    for fault in _faults(plugin, options or {}, data, batch_size):
        if any((each.item, each.what) == (fault.item, fault.what) for each in faults):
            continue  # by another check as well
        faults.append(fault)
        if first:
            break
    if faults:
        raise FaultyPluginError(plugin, faults)


def checks() -> tuple[Check, ...]:
    """Returns every check that a plugin goes through, in order: its name, what it promises, what its failure means."""
    return (*map(described_as, (loads, names_are_known, code_is_there)), *map(described_as, RECIPE_CHECKS.values()),
            *map(described_as, _OF_PLUGINS))  # fmt: skip


def loads(registry: Registry, plugin: str) -> Iterator[Fault]:
    """The plugin can be loaded: its module can be imported, and its hooks are ones and give what they should.

    The message says why it is broken, in conflict with another package, or incompatible with this version of multigan.
    A hook must be marked with `@hookimpl`, be called as docs/hooks.md has it, and take no other arguments; names are
    unique; an option keeps its own bounds, and is not called like one of the data.
    """
    found = [info for info in registry.plugins if info.name == plugin]
    if not found:
        known = [info.name for info in registry.plugins]
        raise UsageError(f"no plugin is called {plugin}{suggest(plugin, known)}; is its package installed?")
    for info in found:
        if info.status != "ok":
            yield Fault(f"plugin {plugin}", f"it is {info.status}: {info.reason}", check="loads")
    for note in registry.notes:
        if note.startswith(f"plugin {plugin} changes"):
            yield Fault(f"plugin {plugin}", f"{note.partition(plugin)[2].strip()}; leave it alone", check="loads")


def names_are_known(registry: Registry, plugin: str) -> Iterator[Fault]:
    """Each modality, data set, metric and extractor that the plugin names is there, and of the same modality.

    Mostly it is misspelt: the message has the nearest known name.
    """
    yield from registered_faults(plugin, registry)


def code_is_there(registry: Registry, plugin: str) -> Iterator[Fault]:
    """Each import string names something that can be imported, and called with what it is called with.

    A game takes `data`, `seed` and every option of its recipe by name, and defines `optimizers`, `sampler`, `latents`
    and a loss for each turn.
    """
    start_any_backend()
    yield from object_faults(plugin, registry)


def _faults(plugin, options, data, batch_size) -> Iterator[Fault]:
    registry = load_plugins()
    if is_file(plugin):
        start_any_backend()
        path = plugin
        try:
            plugin = load_file(registry, path).name
        except UsageError as error:
            yield Fault(f"plugin {os.path.basename(path)}", str(error), check="loads")
            return
    broken = list(loads(registry, plugin))
    yield from broken
    if any(info.name == plugin and info.status != "ok" for info in registry.plugins):
        return
    if plugin not in registry.files:
        yield from seen_by_a_process("imports", plugin)
    yield from names_are_known(registry, plugin)
    missing = list(code_is_there(registry, plugin))
    yield from missing
    lacking = {fault.item for fault in missing}
    recipes = [recipe for owner, recipe in registry.recipes.values() if owner == plugin]
    for key in options:
        if recipes and not any(key in recipe.options or key in data_options(recipe.modality) for recipe in recipes):
            known = sorted({name for recipe in recipes for name in recipe.options})
            raise UsageError(f"plugin {plugin}: no recipe of it has an option {key}{suggest(key, known)}")
    subject = Subject(plugin, registry)
    with tempfile.TemporaryDirectory() as place:
        for check in _OF_PLUGINS[:1]:
            yield from _in_folder(check, subject, Path(place))
        for recipe in recipes:
            if f"recipe {recipe.name}" not in lacking:
                yield from _of_recipe(recipe, registry, options, data, batch_size, Path(place))
        alone = _alone(plugin, registry)
        for check in _OF_PLUGINS[1:]:
            yield from _in_folder(check, alone, Path(place))


def _alone(plugin: str, registry: Registry) -> Subject:
    """The plugin without the others, whose hooks would watch as well."""
    only = load_plugins(environ={"MULTIGAN_PLUGINS": plugin})
    if plugin in registry.files:
        only.register(plugin, registry.manager.get_plugin(plugin))
        only.files[plugin] = registry.files[plugin]
    return Subject(plugin, only)


def _in_folder(check, subject: Subject, place: Path) -> Iterator[Fault]:
    folder = place / check.__name__
    folder.mkdir()
    yield from check(subject, folder)


def _of_recipe(recipe, registry, options, data, batch_size, place: Path) -> Iterator[Fault]:
    known = {**recipe.options, **data_options(recipe.modality)}
    item = f"recipe {recipe.name}"
    try:
        own = {key: value for key, value in options.items() if key in known}
        contract = Contract(recipe.name, own, batch_size, data, registry)
    except MultiganError as error:
        yield Fault(item, str(error), check="described")
        return
    for number, check in enumerate(RECIPE_CHECKS):
        if check == "import_light":
            continue  # of the plugin, and told already
        folder = place / f"{recipe.name}-{number}"
        folder.mkdir()
        try:
            contract.run(check, folder)
        except BrokenPromiseError as broken:
            yield Fault(item, broken.what, broken.place, check)
        except AssertionError as broken:
            yield Fault(item, str(broken), check=check)
        except unittest.SkipTest:
            continue  # its game cannot be trained, which is told already
