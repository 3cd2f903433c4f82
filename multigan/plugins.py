"""Loads plugins, so that one that is broken, blocked or in conflict costs itself and nothing else."""

import inspect
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from itertools import groupby
from operator import attrgetter
from typing import Any

import pluggy

from multigan import blame, builtin, hookspecs
from multigan.discovery import GROUP, Entry, allowed_names, block, find_entries, unmet_requirement
from multigan.errors import UsageError
from multigan.guard import guarded
from multigan.modality import Modality, add_modality, modalities
from multigan.recipe import NEEDS, Command, DataSource, Exporter, Metric, Recipe, place_of, suggest
from multigan.version import version

__all__ = ["PluginInfo", "Registry", "load_plugins"]

CORE = "multigan"
KINDS = {
    "register_recipes": ("recipe", Recipe),
    "register_datasets": ("dataset", DataSource),
    "register_metrics": ("metric", Metric),
    "register_exporters": ("exporter", Exporter),
    "register_commands": ("command", Command),
    "register_modalities": ("modality", Modality),
}


class _BrokenError(Exception):
    """Why a plugin cannot be used, in one line, and where in its source that stands."""

    def __init__(self, reason: str, place: str = ""):
        super().__init__(f"{reason} ({place})" if place else reason)


@dataclass(frozen=True)
class PluginInfo:
    """One installed plugin and how it is.

    Args:
        name: the entry point's name, what `--plugin` takes.
        package, version: the distribution that offers it.
        status: "ok", "broken", "conflict", "incompatible" or "blocked"; only an "ok" one takes part in anything.
        reason: one line, empty when the status is "ok".
        recipes: names of the recipes that it registered.
        hooks: names of the hooks that it implements; none of one that is not loaded.
        error: what a broken plugin raised, for `--traceback`.
    """

    name: str
    package: str
    version: str
    status: str
    reason: str = ""
    recipes: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    error: BaseException | None = field(default=None, compare=False, repr=False)

    @property
    def complaint(self) -> str:
        """The line that tells the user what is wrong and how to mend it; empty for "ok" and "blocked"."""
        package = f"{self.package} {self.version}".strip() or "a package without metadata"
        if self.status == "broken":
            return f"plugin {self.name} ({package}) is broken: {self.reason}; mend or uninstall it"
        if self.status == "incompatible":
            return f"plugin {self.name} ({package}) is incompatible: {self.reason}; install a version of it that fits"
        return f"plugin {self.name} is in conflict: {self.reason}" if self.status == "conflict" else ""


class Registry:
    """Everything that the core and the plugins registered.

    Attributes:
        manager: a `pluggy.PluginManager` that knows the plugins that are "ok", for the run hooks.
        plugins: every plugin that was found, sorted by name, whatever its status.
        recipes: name -> (plugin's name, Recipe).
        modalities, datasets, metrics, exporters, commands: name -> what was registered.
        notes: lines for the user about names that block or admit no installed plugin.
        files: name -> `multigan.onefile.PluginFile`: the plugins that lie in one file, which are loaded by their path.
        blocked, environ: what leaves plugins out, as `load_plugins` was given it.
    """

    def __init__(self, blocked: Iterable[str] = (), environ: Mapping[str, str] = os.environ):
        self.blocked, self.environ = tuple(blocked), environ
        self.files: dict[str, Any] = {}
        self.manager = pluggy.PluginManager("multigan")
        self.manager.add_hookspecs(hookspecs)
        self.plugins: list[PluginInfo] = []
        self.recipes: dict[str, tuple[str, Recipe]] = {}
        self.modalities: dict[str, Modality] = {}
        self.datasets: dict[str, DataSource] = {}
        self.metrics: dict[str, Metric] = {}
        self.exporters: dict[str, Exporter] = {}
        self.commands: dict[str, Command] = {}
        self.notes: list[str] = []
        self._owners: dict[tuple[str, str], str] = {}

    def owner(self, kind: str, name: str) -> str:
        """Returns the plugin that registered the "recipe", "dataset", ... called `name`; "multigan" is the core."""
        return self._owners[kind, name]

    def hooks(self, name: str) -> tuple[str, ...]:
        """Returns the names of the hooks that a plugin implements, in the order in which they are called."""
        plugin = self.manager.get_plugin(name)
        own = {caller.name for caller in self.manager.get_hookcallers(plugin) or ()} if plugin else ()
        return tuple(hook for hook in vars(hookspecs) if hook in own)

    @property
    def complaints(self) -> list[str]:
        """One line for each plugin that should work and does not, and the notes."""
        return list(dict.fromkeys([info.complaint for info in self.plugins if info.complaint] + self.notes))

    def recipe(self, name: str) -> tuple[str, Recipe]:
        """Returns the plugin's name and the recipe for what a user calls `name`: a recipe, or a plugin that has one.

        Raises:
            UsageError: there is no such recipe, the plugin has several, or it is broken, blocked or in conflict.
        """
        if name in self.recipes:
            return self.recipes[name]
        for info in self.plugins:
            if info.name == name and info.status != "ok":
                raise UsageError(info.complaint or f"plugin {name} is blocked: {info.reason}")
            if info.name == name and len(info.recipes) == 1:
                return self.recipes[info.recipes[0]]
            if info.name == name:
                several = f"has several recipes; choose one of {', '.join(info.recipes)}"
                raise UsageError(f"plugin {name} {several if info.recipes else 'has no recipe'}")
        known = sorted({*self.recipes, *(info.name for info in self.plugins)})
        have = (
            f"installed: {', '.join(known)}" if known else "none is installed; multigan install dcgan for a first one"
        )
        raise UsageError(f"no plugin or recipe is called {name}{suggest(name, known)} ({have})")

    def recipe_for(self, name: str, modality: str | None) -> tuple[str, Recipe]:
        """Like `recipe`, for data of a known modality (None: not known).

        Where `name` is a plugin's and `recipe` finds none for it, or one of another modality, this returns the plugin's
        only recipe of that modality. A recipe that is called by a name of its own is never exchanged.

        Raises:
            UsageError: as `recipe`.
        """
        own = [recipe for plugin, recipe in self.recipes.values() if plugin == name and recipe.modality == modality]
        fits = name in self.recipes and self.recipes[name][1].modality == modality
        return (name, own[0]) if len(own) == 1 and not fits else self.recipe(name)

    def register(self, name: str, plugin: Any, reserved: Iterable[str] = ()) -> tuple[str, ...]:
        """Registers `plugin`, a module or object with hooks, wholly or not at all; returns its recipes' names.

        Raises:
            Exception: what is wrong with it, or what one of its hooks raised.
        """
        if self.manager.is_registered(plugin):
            raise _BrokenError(f"it has the same hooks object as plugin {self.manager.get_name(plugin)}")
        self._check_hooks(plugin)
        try:
            self.manager.register(plugin, name)
            taken: set[tuple[str, str]] = set()
            items = [item for hook in KINDS for item in self._items(name, hook, set(reserved) - {name}, taken)]
            _check_names(items)
        except BaseException:
            self.manager.unregister(name=name)
            raise
        for kind, item in items:
            self._owners[kind, item.name] = name
            getattr(self, "modalities" if kind == "modality" else f"{kind}s")[item.name] = (
                (name, item) if kind == "recipe" else item
            )
            if kind == "modality":
                add_modality(item)
        return tuple(item.name for kind, item in items if kind == "recipe")

    def _check_hooks(self, plugin: Any) -> None:
        """Refuses what pluggy would not, or in words that tell no author which line to mend."""
        known = {name: spec for name, spec in vars(hookspecs).items() if hasattr(spec, "multigan_spec")}
        hooks = {name: options for name in dir(plugin) if (options := self.manager.parse_hookimpl_opts(plugin, name))}
        for name in known:
            method = getattr(plugin, name, None)
            if name not in hooks and callable(method):
                raise _BrokenError(f"{name} is not marked with @hookimpl", blame.function_place(method))
        for name, options in hooks.items():
            method, name = getattr(plugin, name), options["specname"] or name
            place = blame.function_place(method)
            if name not in known:
                raise _BrokenError(f"there is no hook {name}{suggest(name, known)}", place)
            if options["wrapper"] or options["hookwrapper"]:
                raise _BrokenError(f"{name} must not be a wrapper: hooks are called one by one", place)
            if inspect.iscoroutinefunction(method) or (name not in KINDS and inspect.isgeneratorfunction(method)):
                raise _BrokenError(f"{name} must be a plain function: nobody awaits or iterates it", place)
            _check_arguments(name, method, known[name], place)
        if not hooks:
            raise _BrokenError("it implements no hook; its entry point must name the module that does")

    def _items(self, name: str, hook: str, reserved: set[str], taken: set) -> Iterable[tuple[str, Any]]:
        _, expected = KINDS[hook]
        for implementation in getattr(self.manager.hook, hook).get_hookimpls():
            if implementation.plugin_name != name:
                continue
            items = implementation.function()
            place = blame.function_place(implementation.function)
            if not isinstance(items, Iterable):
                wrong = f"{hook} gave {type(items).__name__}; it must yield {expected.__name__} objects"
                raise _BrokenError(wrong, place)
            for item in items:
                if not isinstance(item, expected):
                    wrong = f"{hook} gave {type(item).__name__}; it must yield {expected.__name__} objects"
                    raise _BrokenError(wrong, blame.function_place(items) or place)
                yield self._admitted(KINDS[hook][0], item, reserved, taken)
                if isinstance(item, Modality) and item.metrics:
                    for metric in item.load("metrics"):
                        if not isinstance(metric, Metric):
                            raise _BrokenError(f"{item.metrics} holds {metric!r}, which is no Metric", place_of(item))
                        yield self._admitted("metric", metric, reserved, taken)

    def _admitted(self, kind: str, item: Any, reserved: set[str], taken: set) -> tuple[str, Any]:
        """Kind and item, once it is sure that no other has its name; `taken` are those of the same plugin."""
        if (kind, item.name) in taken:
            raise _BrokenError(f"it registers {kind} {item.name} twice", place_of(item))
        if (kind, item.name) in self._owners:
            owned = f"{kind} {item.name} is registered by {self.owner(kind, item.name)} already"
            raise _BrokenError(owned, place_of(item))
        if kind == "recipe" and item.name in reserved:
            raise _BrokenError(f"recipe {item.name} has the name of another plugin", place_of(item))
        taken.add((kind, item.name))
        return kind, item


def _check_arguments(name: str, method: Any, spec: Any, place: str) -> None:
    given = inspect.signature(spec).parameters
    for parameter in inspect.signature(method).parameters.values():
        needed = parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        if needed and parameter.name not in given:
            known = f"its arguments: {', '.join(given)}" if given else "it has no arguments"
            asked = f"{name} asks for '{parameter.name}', which it is not given{suggest(parameter.name, given)}"
            raise _BrokenError(f"{asked} ({known})", place)


def _check_names(items: Iterable[tuple[str, Any]]) -> None:
    """Refuses options and needs that do not fit the modality, which may be the plugin's own; one that nobody has is
    told elsewhere.
    """
    known = {**modalities(), **{item.name: item for kind, item in items if kind == "modality"}}
    for kind, item in items:
        if kind == "recipe" and item.modality in known:
            _check_options(item, known[item.modality].options)
        if kind == "metric" and item.modality in known:
            _check_needs(item, (*NEEDS, *known[item.modality].needs))


def _check_needs(metric: Metric, allowed: tuple[str, ...]) -> None:
    """A metric needs what any may, and what its modality knows."""
    for need in metric.needs:
        if need not in allowed:
            wrong = f"metric {metric.name} needs {need!r}, which is none of {', '.join(allowed)}"
            raise _BrokenError(wrong, place_of(metric))


def _check_options(recipe: Recipe, of_data: Mapping[str, Any]) -> None:
    """`-o NAME=VALUE` sets options of the recipe and of its data: a name that both have would silence one of them."""
    folded = {key.lower(): key for key in of_data}
    for key in recipe.options:
        if key.lower() in folded:
            raise _BrokenError(
                f"recipe {recipe.name}: its option {key} takes the place of the data option {folded[key.lower()]} that "
                f"{recipe.modality} have; call it something else",
                place_of(recipe),
            )
    for key, value in recipe.data_options.items():
        if key not in of_data:
            wrong = f"there is no such option of {recipe.modality}{suggest(str(key), of_data)}"
            raise _BrokenError(f"recipe {recipe.name}: data_options has {key}: {wrong}", place_of(recipe))
        try:
            of_data[key].parse(key, value, f"data_options {key}")
        except UsageError as error:
            raise _BrokenError(f"recipe {recipe.name}: {error}", place_of(recipe)) from None


def load_plugins(blocked: Iterable[str] = (), environ: Mapping[str, str] = os.environ) -> Registry:
    """Returns a registry of the core and of every installed plugin that can be used.

    Args:
        blocked: names of plugins that are not imported.
        environ: its `MULTIGAN_PLUGINS`, a comma-separated list, admits only those plugins; "" admits none.
    """
    blocked = tuple(blocked)
    registry = Registry(blocked, environ)
    registry.register(CORE, builtin)
    entries = find_entries()
    names = {entry.name for entry in entries}
    for name, group in groupby(entries, key=attrgetter("name")):
        group = list(group)
        for entry in group:
            registry.plugins.append(_load(registry, entry, group, names, block(name, blocked, environ)))
    for wanted, where in ((blocked, "--no-plugin"), (sorted(allowed_names(environ) or ()), "MULTIGAN_PLUGINS")):
        for name in wanted:
            # A plugin of one file is loaded by its path, later.
            if name not in names and not name.endswith(".py"):
                registry.notes.append(f"{where} names {name}, which is not installed{suggest(name, names)}")
    return registry


def _load(registry: Registry, entry: Entry, group: list[Entry], names: set[str], blocked: str) -> PluginInfo:
    status, reason, recipes, error, changed = "ok", "", (), None, []
    try:
        if blocked:
            status, reason = "blocked", blocked
        elif entry.name == CORE:
            status, reason = "conflict", f"{entry.package} offers it, and multigan is the core's own name"
        elif len(group) > 1:
            packages = " and ".join(f"{other.package} {other.version} ({other.target})" for other in group)
            status, reason = "conflict", f"{packages} both offer it; uninstall one"
        elif unmet := unmet_requirement(entry.requires, version()):
            status, reason = "incompatible", f"it needs {unmet} and this is {version()}"
        else:
            with guarded() as changed:
                plugin = EntryPoint(entry.name, entry.target, GROUP).load()
                recipes = registry.register(entry.name, plugin, names)
    except KeyboardInterrupt as raised:
        raised.add_note(f"while plugin {entry.name} was loaded")
        raise
    except BaseException as raised:  # SystemExit, too: sys.exit() in a plugin's module must not end the tool
        package = entry.target.partition(":")[0].partition(".")[0].strip()
        status, error = "broken", raised
        reason = str(raised) if isinstance(raised, _BrokenError) else blame.told(raised, package)
    registry.notes += [f"plugin {entry.name} changes {what} when it is loaded; that was undone" for what in changed]
    hooks = registry.hooks(entry.name) if status == "ok" else ()
    return PluginInfo(entry.name, entry.package, entry.version, status, reason, recipes, hooks, error)
