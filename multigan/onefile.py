"""Plugins of one file, for trying things: `multigan run --plugin ./my_gan.py`. Never found by listing, only by path.

The file is a module with hooks, like a package's, and its recipe's game may be a class in it. So it may import Keras at
its top, which is why the backend is started before it is run.
"""

import hashlib
import importlib.util
import keyword
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multigan import blame
from multigan.backend import choose_backend, running_backend, start_backend
from multigan.discovery import block
from multigan.errors import UsageError
from multigan.guard import guarded
from multigan.plugins import PluginInfo, Registry
from multigan.recipe import Recipe

__all__ = ["PluginFile", "is_file", "load_file", "recipe_in", "recipe_of_run"]

SUFFIX = ".py"


@dataclass(frozen=True)
class PluginFile:
    """A file that holds a plugin.

    Args:
        path: absolute.
        sha256: of what was run.
    """

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """What the plugin is called, in run.toml and where it is blamed: the file's name, which no package can have."""
        return self.path.name

    def facts(self) -> dict[str, str]:
        """What run.toml keeps of it."""
        return {"plugin_file": str(self.path), "plugin_sha256": self.sha256}


def is_file(plugin: str) -> bool:
    """Whether what `--plugin` was given is the path of a file and no name."""
    return plugin.endswith(SUFFIX)


def load_file(
    registry: Registry, path: str | Path, backend: str | None = None, device: str | None = None, look: bool = True
) -> PluginFile:
    """Starts a backend, runs a file and registers its hooks; does nothing where the registry has the file already.

    Args:
        registry: takes what its hooks yield, and the file as one of its plugins.
        path: of the file.
        backend, device, look: as `multigan.backend` takes them: the file may import Keras, which then runs on these.

    Raises:
        UsageError: there is no such file, the registry blocks its name, it cannot be called as it is, or something in
            it is wrong; names the line.
    """
    file = Path(os.path.abspath(os.path.expanduser(path)))
    if found := next((each for each in registry.files.values() if each.path == file), None):
        return found
    if why := block(file.name, registry.blocked, registry.environ):
        raise UsageError(f"plugin {file.name} is blocked: {why}")
    try:
        source = file.read_bytes()
    except OSError as error:
        raise UsageError(f"--plugin {path}: cannot be read ({error.strerror})") from None
    _check_module(file)
    start_backend(choose_backend(backend or running_backend()), device, look=look)
    try:
        with guarded() as changed:
            module = _run(file, source)
            recipes = registry.register(file.name, module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, too
        sys.modules.pop(file.stem, None)
        raise UsageError(f"plugin {file.name} is broken: {_told(error, file)}; mend {file}") from error
    made = PluginFile(file, hashlib.sha256(source).hexdigest())
    registry.files[made.name] = made
    registry.plugins.append(PluginInfo(made.name, "", "", "ok", recipes=recipes, hooks=registry.hooks(made.name)))
    registry.notes += [f"plugin {made.name} changes {what} when it is loaded; that was undone" for what in changed]
    return made


def recipe_in(registry: Registry, file: PluginFile, modality: str | None = None) -> tuple[str, Recipe]:
    """Returns the name and the recipe of a file that was loaded: its only one, or only one of the modality that is
    asked for, or the one that is called like the file.

    Raises:
        UsageError: it has none, or several with other names.
    """
    own = _recipes(registry, file)
    fits = [found for found in own.values() if found[1].modality == modality]
    if len(fits) == 1:
        return fits[0]
    for name in (file.path.stem, file.path.stem.replace("_", "-"), *(own if len(own) == 1 else ())):
        if name in own:
            return own[name]
    has = f"several recipes ({', '.join(own)}); call the one to train {file.path.stem}" if own else "no recipe"
    raise UsageError(f"plugin {file.path} has {has}")


def recipe_of_run(
    registry: Registry,
    facts: Mapping[str, Any],
    *,
    backend: str | None = None,
    device: str | None = None,
    look: bool = True,
    warn: Callable[[str], None] = print,
    moved: str = "",
) -> tuple[str, Recipe]:
    """Returns the plugin's name and the recipe of a run. Of a run whose plugin is a file, that is loaded first.

    Args:
        registry: of the installed plugins.
        facts: what the run's run.toml says.
        backend, device, look: what is to be started where a file is loaded; None for the run's own.
        warn: takes a line where the file no longer holds what it held.
        moved: where the file is by now; "" for where it was.

    Raises:
        UsageError: there is no such recipe, or the file is gone or broken.
    """
    if "plugin_file" not in facts:
        return registry.recipe(facts["recipe"])
    path = Path(moved or facts["plugin_file"])
    # Relative it would be another file in every folder that the command is called from.
    if not moved and not path.is_absolute():
        raise UsageError(f"run.toml: plugin_file is {str(path)!r}, and should be an absolute path; correct it")
    if not path.is_file():
        raise UsageError(
            f"{path}, the file that holds the run's plugin, is no longer there; put it back, or give its new place to "
            f"multigan run --resume DIR --plugin FILE.py, which notes it for all other commands"
        )
    loaded = len(registry.files)
    file = load_file(registry, path, own_backend(facts.get("machine", {}).get("backend"), backend), device, look)
    if len(registry.files) > loaded and file.sha256 != facts.get("plugin_sha256", file.sha256):
        warn(f"warning: {file.path} has changed since the run was trained with it; what it says now counts")
    own = _recipes(registry, file)
    if facts["recipe"] not in own:
        has = f"it has {', '.join(own)}" if own else "it has none"
        raise UsageError(
            f"{file.path}: has no recipe {facts['recipe']} any more, which the run was trained with; {has}"
        )
    return own[facts["recipe"]]


def own_backend(trained_on: str | None, wanted: str | None) -> str:
    """Returns the wanted backend; else the one that runs, a run's own, or where that is not installed another one.

    Raises:
        UsageError: the wanted one, or any, is not installed.
    """
    if wanted := wanted or running_backend():
        return choose_backend(wanted)
    try:
        return choose_backend(trained_on)
    except UsageError:
        return choose_backend()


def _recipes(registry: Registry, file: PluginFile) -> dict[str, tuple[str, Recipe]]:
    return {recipe.name: (name, recipe) for name, recipe in registry.recipes.values() if name == file.name}


def _check_module(file: Path) -> None:
    """Refuses a file whose name no module can have, or another module has: its game's import string names the file."""
    name = file.stem
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(
            f"--plugin {file}: its game is found by the file's name, which has to be letters, digits and underscores; "
            f"rename it, such as my_gan.py"
        )
    try:
        spec = importlib.util.find_spec(name)
    except ValueError:  # of what was never imported from anywhere, such as __main__
        spec = None
        taken = name in sys.modules
    else:
        taken = spec is not None
    if taken and not (spec and spec.origin and Path(spec.origin).exists() and file.samefile(spec.origin)):
        raise UsageError(f"--plugin {file}: a module is called {name} already; rename the file, such as my_{name}.py")


def _run(file: Path, source: bytes) -> Any:
    """The file's module, which is importable by the file's name from then on."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    # What was read is what is run, so that the digest is of that.
    exec(compile(source, str(file), "exec"), module.__dict__)
    return module


def _told(error: BaseException, file: Path) -> str:
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return f"{type(error).__name__}: {error.msg} ({blame.place(str(file), error.lineno or 1)})"
    # What Registry.register raises by itself is told already.
    return str(error) if type(error).__name__ == "_BrokenError" else blame.told(error, file.stem)
