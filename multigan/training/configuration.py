"""Resolves what a run does from flags, environment, a TOML file, the run that is resumed and the recipe. No
framework.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multigan.command_line import command_line
from multigan.data.places import absolute
from multigan.environment import OPTION_PREFIX, VARIABLES, near_variable
from multigan.errors import UsageError
from multigan.modality import data_options, find_modality
from multigan.recipe import Recipe, as_typed, load_object, suggest
from multigan.runs import RunDirectory, Setting
from multigan.settings import SETTINGS
from multigan.training.moved import digest, refuse_missing

__all__ = ["RunConfig", "Worker", "read_config", "resolve", "with_target"]

# What the weights depend on: changing one of these in the middle of a run would make it another run.
FIXED = ("batch_size", "seed", "precision")
# What a config file has beside settings.
BESIDE = ("plugin", "options")


@dataclass(frozen=True)
class Worker:
    """Which of the processes that train a run together this one is.

    Args:
        coordinator: where the first of them listens, `HOST:PORT`.
        process: its number; 0 is the first, which leads.
        words: takes what is to be told where the process has to end at once; None: stderr.
        spent: minutes of the time limit that are over already, where the run was begun before by the same command.
    """

    coordinator: str
    process: int
    words: Callable[[str], None] | None = None
    spent: float = 0.0


@dataclass(frozen=True)
class RunConfig:
    """Everything that a run depends on, resolved; each value knows where it came from.

    `settings` has the keys of `SETTINGS`; `options` those of the recipe and of its modality's data. `worker` is None
    where one process trains the run, or starts those that do.
    """

    plugin: str
    recipe: Recipe
    settings: Mapping[str, Setting]
    options: Mapping[str, Setting]
    directory: Path | None = None
    resume: bool = False
    worker: Worker | None = None

    def __getitem__(self, key: str) -> Any:
        return self.settings[key].value

    def recipe_options(self) -> dict[str, Any]:
        """The values that the game is built with."""
        return {key: self.options[key].value for key in self.recipe.options}

    def data_options(self) -> dict[str, Any]:
        """The values that the data is read with."""
        return {key: setting.value for key, setting in self.options.items() if key not in self.recipe.options}


@dataclass(frozen=True)
class _Layer:
    """One of the places that values come from."""

    origin: str
    settings: Mapping[str, Any]
    options: Mapping[str, Any]
    called: Callable[[str], str]
    option_called: Callable[[str], str]


def resolve(
    plugin: str,
    recipe: Recipe,
    *,
    flags: Mapping[str, Any],
    options: Mapping[str, str],
    environ: Mapping[str, str],
    config: Mapping[str, Any],
    datasets: Mapping[str, Any],
    config_file: str | Path = "config file",
    directory: Path | None = None,
    resume: bool = False,
    origin: str = "flag",
) -> RunConfig:
    """Merges all sources: flag > environment > config > the resumed run > recipe > default.

    Args:
        plugin, recipe: what to train.
        flags: settings given on the command line, or by a program; None means not given.
        options: `-o` values, as strings, or what a program gives.
        environ: the process's environment: `MULTIGAN_STEPS=...`, `MULTIGAN_OPTION_WIDTH=...`.
        config: what `read_config` returned, and `config_file`, of which file.
        datasets: registered data sets, whose names win over files of the same name.
        directory: the run's, when it is chosen or resumed.
        resume: `directory` holds the run to go on with.
        origin: of `flags` and `options`: "flag", or "argument" of a program's call, which errors call by name alone.

    Raises:
        UsageError: an unknown key, a refused value, or a change that a resumed run cannot have.
    """
    known = {**recipe.options, **data_options(recipe.modality)}
    facts = RunDirectory.open(directory).facts(resume=True) if resume else {}
    variables, option_variables = _from_environment(environ, known)
    file = {key: value for key, value in config.items() if key not in BESIDE}
    _refuse_unknown(file, SETTINGS, str(config_file))
    if not isinstance(config.get("options", {}), Mapping):
        raise UsageError(f"{config_file}: options is no table; write them below a line [options]")
    run_toml = f"{directory}/run.toml"
    # Each with its settings, its options, and what whoever set one calls it.
    layers = [
        _Layer(
            origin,
            {key: value for key, value in flags.items() if value is not None},
            options,
            lambda key: f"--{key.replace('_', '-')}" if origin == "flag" else key,
            lambda key: f"option {key}",
        ),
        _Layer(
            "environment",
            {key: environ[name] for key, name in variables.items()},
            {key: environ[name] for key, name in option_variables.items()},
            lambda key: f"environment variable {variables[key]}",
            lambda key: f"environment variable {option_variables[key]}",
        ),
        _Layer("config", file, config.get("options", {}), *[lambda key: f"{config_file}: {key}"] * 2),
        _Layer("run", _values(facts, "settings"), _values(facts, "options"), *[lambda key: f"{run_toml}: {key}"] * 2),
        _Layer("recipe", _defaults(recipe), recipe.data_options, *[lambda key: f"recipe {recipe.name}: {key}"] * 2),
    ]
    for layer in layers:
        place = str(config_file) if layer.origin == "config" else layer.origin
        _refuse_unknown(layer.options, known, f"recipe {recipe.name} ({place})")
    settings = {
        key: _first(key, option, [(layer.origin, layer.settings, layer.called) for layer in layers])
        for key, option in SETTINGS.items()
    }
    resolved = {
        key: _first(key, option, [(layer.origin, layer.options, layer.option_called) for layer in layers])
        for key, option in known.items()
    }
    if "to" in data_options(recipe.modality):
        _refuse_to_alone(settings["data"], resolved["to"])
    # Absolute, so that the run can be resumed from another folder.
    data = settings["data"]
    if data.value and data.value not in datasets and Path(absolute(data.value)).exists():
        settings["data"] = Setting(absolute(data.value), data.origin)
    for key, option in known.items():
        if option.path and resolved[key].value:
            resolved[key] = Setting(absolute(resolved[key].value), resolved[key].origin)
    values = {key: setting.value for key, setting in resolved.items()}
    for key, option in known.items():
        if option.check:
            load_object(option.check)(values[key], known, values)
    if resume:
        files = {key: resolved[key] for key, option in known.items() if option.path}
        own = {key: setting.value for key, setting in files.items() if setting.origin == "run"}
        refuse_missing(settings["data"].value if settings["data"].origin == "run" else "", own)
        _refuse_changes(directory, recipe, facts, settings, resolved)
    return RunConfig(plugin, recipe, settings, resolved, directory, resume)


def read_config(path: Path) -> dict[str, Any]:
    """Reads a `--config` file: settings as top-level keys, options in a table `[options]`, the plugin as `plugin`.

    Raises:
        UsageError: it does not exist, is not TOML, or is something else than a config file.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # editors on Windows put a mark at the beginning
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not a TOML file: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not a TOML file: {error}") from None
    form = "a config file has settings, such as steps = 500, at its top, and options below a line [options]"
    if isinstance(values.get("settings"), Mapping) and isinstance(values.get("data"), Mapping):
        mend = command_line("run", "--resume", path.parent if path.name == "run.toml" else "DIR")
        raise UsageError(f"{path}: the record of a run, and no config file; go on with that run: {mend}; {form}")
    for key, value in values.items():
        if isinstance(value, Mapping) and key != "options":
            raise UsageError(f"{path}: {key} is a table{suggest(key, ['options'])}; {form}")
    _refuse_unknown(values, (*SETTINGS, *BESIDE), str(path))
    return values


def with_target(options: Mapping[str, Any], to: str | None, modality: str) -> dict[str, Any]:
    """Returns options of data with the place of `--to` among them, as the data's option `to`.

    Raises:
        UsageError: data of this modality have no such option, or it is given as `-o to=...`, too.
    """
    if to is None:
        return dict(options)
    room = find_modality(modality)
    if "to" not in room.options:
        raise UsageError(
            f"--to {to}: {room.noun} are not made out of others here; leave it out, or choose another recipe"
        )
    if options.get("to", to) != to:
        raise UsageError(f"--to {to} and -o to={options['to']} name two places; give one of them")
    return {**options, "to": to}


def _refuse_to_alone(data: Setting, to: Setting) -> None:
    """Raises `UsageError` where somebody chose what is to be made, but not out of what."""
    if to.value and data.origin in ("recipe", "default") and to.origin not in ("recipe", "default"):
        raise UsageError(f"--to {to.value}: what it is to be made out of is not given; add --data PLACE")


def _defaults(recipe: Recipe) -> dict[str, Any]:
    given = {"data": recipe.data, "steps": recipe.steps, "batch_size": recipe.batch_size}
    return given | ({"log_every": recipe.log_every} if recipe.log_every else {})


def _first(key, option, layers) -> Setting:
    for origin, values, called in layers:
        if key in values:
            return Setting(option.parse(key, values[key], called(key)), origin)
    return Setting(option.default, "default")


def _values(facts, table) -> dict[str, Any]:
    return {key: entry["value"] for key, entry in facts.get(table, {}).items()}


def _from_environment(environ, options):
    """The variables that are set: of the settings, and of the options, key -> variable."""
    settings, chosen = {}, {}
    names = {f"MULTIGAN_{key.upper()}": key for key in SETTINGS}
    option_names = {OPTION_PREFIX + key.upper(): key for key in options}
    if "KERAS_BACKEND" in environ:
        settings["backend"] = "KERAS_BACKEND"
    for name in environ:
        if name in names:
            settings[names[name]] = name
        elif name in option_names:
            chosen[option_names[name]] = name
        elif name.startswith("MULTIGAN_") and name not in VARIABLES:
            near = near_variable(name, [*names, *option_names, *VARIABLES])
            raise UsageError(
                f"environment variable {name} is unknown; {f'did you mean {near}?' if near else 'unset it'}"
            )
    return settings, chosen


def _refuse_unknown(values, known, place):
    for key in values:
        if key not in known:
            raise UsageError(f"{place} has no {key}{suggest(key, known)} (known: {', '.join(sorted(known))})")


def _refuse_changes(directory, recipe, facts, settings, options):
    for key, now in [(key, settings[key]) for key in FIXED] + list(options.items()):
        entry = facts["settings" if key in FIXED else "options"].get(key)
        if entry is not None and not _same(recipe, key, entry, now.value):
            raise UsageError(
                f"{directory}: cannot be resumed with {key}={as_typed(now.value)} ({now.origin}): "
                f"it was trained with {as_typed(entry['value'])}; start a new run"
            )


def _same(recipe, key, entry, value) -> bool:
    """Whether a value is what run.toml says; of a path, whether the file holds the same."""
    if key in recipe.options and recipe.options[key].path and value and "sha256" in entry:
        return digest(key, value) == entry["sha256"]
    # What files of the data hold is in its fingerprint, which is compared when the data are read.
    of_data = key not in recipe.options and key not in FIXED
    return (of_data and data_options(recipe.modality)[key].path) or value == entry["value"]
