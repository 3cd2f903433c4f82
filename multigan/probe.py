"""A process that imports a plugin's code and prints what it sees: `python -m multigan.probe imports|objects NAME`, or
`file PATH` for a plugin of one file.
"""

import dataclasses
import inspect
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from typing import Any

from multigan import blame
from multigan.checking import Fault, registered_faults
from multigan.discovery import GROUP, find_entries
from multigan.modality import CODE
from multigan.plugins import Registry, load_plugins
from multigan.recipe import load_object, place_of, suggest

__all__ = ["HEAVY", "imports", "modality_faults", "object_faults"]

# What a plugin must not import when it is loaded, since listing plugins must stay instant.
HEAVY = (
    "flax", "grain", "jax", "keras", "librosa", "matplotlib", "numpy", "pandas", "scipy", "sklearn", "tensorflow",
    "torch", "transformers",
)  # fmt: skip


# Seconds that loading may take: every command waits for it. Most plugins take a few thousandths.
SLOW = 2.0


class _Recorder:
    """A finder of modules that finds none, and notes the line that asks for each heavy package."""

    def __init__(self, package: str):
        self.package, self.asked = package, {}

    def find_spec(self, name, path=None, target=None):
        """Called by every import of a module that is not imported yet."""
        if name in HEAVY and not self._within_another():
            self.asked.setdefault(name, blame.maker(self.package))

    def _within_another(self) -> bool:
        frame = sys._getframe(2)
        while frame is not None:
            if str(frame.f_globals.get("__name__", "")).partition(".")[0] in HEAVY:
                return True
            frame = frame.f_back
        return False


def imports(plugin: str) -> list[Fault]:
    """Loads one plugin, in a process that has loaded none, and returns what heavy packages that imports."""
    (entry,) = [entry for entry in find_entries() if entry.name == plugin]
    recorder = _Recorder(entry.target.partition(":")[0].partition(".")[0])
    sys.meta_path.insert(0, recorder)
    begun = time.perf_counter()
    Registry().register(plugin, EntryPoint(entry.name, entry.target, GROUP).load())
    taken, item = time.perf_counter() - begun, f"plugin {plugin}"
    leave = "leave that to the modules that import strings name"
    found = [
        Fault(item, f"loading it imports {name}; {leave}", place, "import_light")
        for name, place in recorder.asked.items()
        if name in sys.modules
    ]
    if taken > SLOW and not found:
        wait = "for which every command waits; do at its top only what registering needs"
        module = sys.modules[entry.target.partition(":")[0].strip()]
        place = blame.place(module.__file__, 1) if getattr(module, "__file__", None) else ""
        found.append(Fault(item, f"loading it takes {taken:.1f} seconds, {wait}", place, "import_light"))
    return found


def object_faults(plugin: str, registry: Registry) -> list[Fault]:
    """Imports what a plugin's import strings name, on the running backend, and returns what is wrong with it."""
    kinds = {
        "recipe": ("game", [recipe for _, recipe in registry.recipes.values()], _wrong_game),
        "dataset": ("load", registry.datasets.values(), lambda item, found: _wrong_call(found)),
        "metric": ("compute", registry.metrics.values(), _wrong_metric),
        "exporter": (
            "export",
            registry.exporters.values(),
            lambda item, found: _wrong_call(found, "game", "path", "v"),
        ),
        "command": ("command", registry.commands.values(), _wrong_command),
    }
    found = [
        fault
        for kind, (field, items, wrong) in kinds.items()
        for item in items
        if registry.owner(kind, item.name) == plugin
        for fault in _faults_of(kind, item, getattr(item, field), wrong)
    ]
    own = [item for item in registry.modalities.values() if registry.owner("modality", item.name) == plugin]
    return found + [fault for item in own for fault in modality_faults(item)]


# What the import strings of a modality, and of its kinds of fields, are called with: so many arguments. Others are
# values, or classes.
CALLED = {
    "open": 4, "held_out": 1, "claims": 1, "tell": 1, "run_files": 1, "others": 2, "refit": 2, "files": 1,
    "translate": 1, "steer": 3, "exported": 1, "blocks": 2, "pairs": 3, "gauge": 2,
}  # fmt: skip
CALLED_OF_KIND = {"parse": 4, "choose": 3, "draw": 2, "write": 3}


def modality_faults(modality) -> Iterator[Fault]:
    """Yields what is wrong with what the import strings of a modality and of its kinds of fields name."""
    strings = [(modality, f"modality {modality.name}", key, CALLED.get(key)) for key in CODE]
    for kind in modality.kinds:
        about = f"modality {modality.name}: kind {kind.name}"
        strings += [(kind, about, key, count) for key, count in CALLED_OF_KIND.items()]
    for item, about, key, count in strings:
        if not (string := getattr(item, key)):
            continue
        for fault in _faults_of("modality", modality, string, lambda _, found, count=count: _wrong_count(found, count)):
            yield dataclasses.replace(fault, item=about, what=f"{key}: {fault.what}")


def _wrong_count(found, count: int | None) -> Iterator[str]:
    return iter(()) if count is None else _wrong_call(found, *[None] * count)


def _faults_of(kind: str, item: Any, string: str, wrong: Callable) -> Iterator[Fault]:
    package = string.partition(":")[0].partition(".")[0]
    try:
        found = load_object(string)
    except (Exception, SystemExit) as error:
        missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
        if getattr(item, "extra", "") and missing and missing.partition(".")[0] != package:
            return  # a part of an extra that is not installed here
        told, place = blame.told(error, package), blame.at(error, package)
        what = f"{string} cannot be imported: {told}{_meant(string)}"
        yield Fault(f"{kind} {item.name}", what, place or place_of(item), "code_is_there")
        return
    for what in wrong(item, found):
        yield Fault(f"{kind} {item.name}", f"{string} {what}", _defined_at(found) or place_of(item), "code_is_there")


def _meant(string: str) -> str:
    module, _, name = string.partition(":")
    return suggest(name, dir(sys.modules[module])) if module in sys.modules else ""


def _defined_at(found: Any) -> str:
    try:
        return blame.place(inspect.getsourcefile(found), inspect.getsourcelines(found)[1])
    except (TypeError, OSError):
        return ""


def _wrong_game(recipe, found) -> Iterator[str]:
    from multigan.engine.game import Game, undefined

    if inspect.isclass(found) and not issubclass(found, Game):
        yield "is no subclass of multigan.Game"
        return
    if inspect.isclass(found) and (names := undefined(found)):
        yield f"does not define {', '.join(names)}, as every game of its kind must"
    yield from _wrong_call(found, None, seed=0, **{key: option.default for key, option in recipe.options.items()})


def _wrong_metric(metric, found) -> Iterator[str]:
    # One that sees samples in a stream is made of its needs alone.
    arrays = () if metric.streams else (None, None, 0)
    return _wrong_call(found, *arrays, **dict.fromkeys(metric.needs))


def _wrong_command(command, found) -> Iterator[str]:
    import click

    if not isinstance(found, click.Command):
        yield f"is a {type(found).__name__}, no click.Command"


def _wrong_call(found, *arguments, **named) -> Iterator[str]:
    if not callable(found):
        yield f"is a {type(found).__name__}, which cannot be called"
        return
    try:
        inspect.signature(found).bind(*arguments, **named)
    except TypeError as error:
        yield f"does not take what it is called with: {error}"
    except ValueError:
        return  # made in another language: it has no signature to look at


def file_faults(path: str) -> list[Fault]:
    """Loads a plugin of one file and returns all that is wrong with it but for its training."""
    from multigan.errors import UsageError
    from multigan.onefile import load_file

    registry = load_plugins(environ={"MULTIGAN_PLUGINS": os.path.basename(path)})
    try:
        file = load_file(registry, path, device="cpu")
    except UsageError as error:
        return [Fault(f"plugin {os.path.basename(path)}", str(error), check="loads")]
    return [*registered_faults(file.name, registry), *object_faults(file.name, registry)]


def main(what: str, plugin: str) -> None:
    """Prints the faults as a JSON list of lists; all that the plugin's code prints goes to stderr."""
    answer = os.dup(1)
    os.dup2(2, 1)
    if what == "imports":
        faults = imports(plugin)
    elif what == "file":
        faults = file_faults(plugin)
    else:
        from multigan.backend import choose_backend, start_backend

        registry = load_plugins(environ={"MULTIGAN_PLUGINS": plugin})
        start_backend(choose_backend(os.environ.get("KERAS_BACKEND")), "cpu")
        faults = object_faults(plugin, registry)
    with os.fdopen(answer, "w") as file:
        json.dump([dataclasses.astuple(fault) for fault in faults], file)


if __name__ == "__main__":
    main(*sys.argv[1:])
