"""From what is asked for to a sweep's plan: everything that can be known to be wrong is told before a run begins."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multigan.api.configuring import configure
from multigan.api.host import Host
from multigan.backend import choose_backend, running_backend
from multigan.data.places import HUBS, absolute, find_place
from multigan.environment import OPTION_PREFIX
from multigan.errors import UsageError
from multigan.modality import data_options
from multigan.onefile import is_file, load_file
from multigan.recipe import as_typed, suggest
from multigan.settings import SETTINGS
from multigan.sweeps.plan import Plan, told
from multigan.training.configuration import RunConfig
from multigan.version import version

__all__ = ["CLUSTER", "check_plan", "make_plan", "without_values"]

# Settings that are a sweep's own, and not its runs', with the variables that they are taken from.
CLUSTER = {key: f"MULTIGAN_{key.upper()}" for key in ("ray", "ray_restarts", "ray_timeout")}
EXPLICIT = ("flag", "argument", "environment", "config")


def make_plan(
    host: Host,
    recipe: str,
    *,
    over: Mapping[str, Sequence[Any]],
    seeds: int,
    metrics: Sequence[str],
    count: int,
    draws: int,
    checkpoint: str,
    against: str | None = None,
    flags: Mapping[str, Any],
    options: Mapping[str, Any],
    to: str | None = None,
    config: Path | None = None,
    origin: str = "flag",
) -> Plan:
    """Returns the plan of a sweep; nothing is written.

    Args:
        host: with the plugins.
        recipe: its name, its plugin's, or the path of a file that is a plugin.
        over: setting or option -> values, as texts or as a program gives them.
        seeds: how many; the first is the setting `seed`.
        metrics, count, draws, checkpoint, against: as of `Plan`.
        flags, options, to, config, origin: as of `multigan.api.configuring.configure`.

    Raises:
        UsageError: a name or a value that cannot be, one that is given twice, or choices that do not go together.
    """
    called = "--over " if origin == "flag" else "over: "
    if not over:
        raise UsageError("nothing to sweep over; give --over KEY=VALUE,VALUE" if origin == "flag" else "over is empty")
    given = {key for key, value in flags.items() if value is not None} | {*options} | ({"to"} if to else set())
    for key in over:
        if key == "seed":
            raise UsageError(f"{called}seed: every setting runs with the same seeds; choose how many: --seeds")
        if key in given:
            raise UsageError(f"{called}{key}: given for all runs, too; leave one of them out")
    _load(host, recipe, flags.get("backend"))
    # A cluster that is named for runs is the sweep's: it places whole runs on it.
    environ = {name: text for name, text in os.environ.items() if name not in CLUSTER.values()}
    how = {"to": to, "config": config, "origin": origin, "environ": environ}
    first = {key: over[key][0] for key in ("data",) if over.get(key)}
    base = configure(host, recipe, flags={**flags, **first}, options=options, **how)
    parsed = {key: _values(base, key, values, called) for key, values in over.items()}
    configs = []
    for values in Plan(recipe, parsed, (0,)).combinations():
        own = {key: value for key, value in values.items() if key in SETTINGS}
        chosen = {key: value for key, value in values.items() if key not in SETTINGS}
        configs.append(
            _with(values, host, recipe, flags={**flags, **own}, options={**options, **chosen}, **how),
        )
    # Absolute paths, so that the sweep can go on from another folder.
    final = {key: list(dict.fromkeys(_value(each, key) for each in configs)) for key in parsed}
    plan = Plan(
        recipe=absolute(recipe) if is_file(recipe) else recipe,
        over={key: tuple(values) for key, values in final.items()},
        seeds=tuple(base["seed"] + number for number in range(seeds)),
        metrics=tuple(dict.fromkeys(metrics)),
        count=count,
        draws=draws,
        checkpoint=checkpoint,
        against=_absolute(host, against) if against else "",
        settings=_explicit(configs[0].settings, parsed, "seed") | _steps(configs, parsed),
        options=_explicit(configs[0].options, parsed),
        version=version(),
    )
    SETTINGS["seed"].parse("seed", plan.seeds[-1], "the last seed")
    for each in configs:
        _check(host, each, plan)
    return plan


def check_plan(host: Host, plan: Plan) -> None:
    """Refuses a sweep that cannot go on, such as one whose plugin is gone.

    Raises:
        UsageError: says why.
    """
    _load(host, plan.recipe, plan.settings.get("backend"))
    for values in plan.combinations():
        environ = without_values(os.environ)
        config = _with(
            values, host, plan.recipe, flags=plan.flags(values), options=plan.chosen(values), environ=environ
        )
        _check(host, config, plan)


def without_values(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns an environment without the values of settings and options: those of a sweep stand in its plan."""
    names = {"KERAS_BACKEND", "MULTIGAN_PLUGIN", *(f"MULTIGAN_{key.upper()}" for key in SETTINGS)}
    return {name: text for name, text in environ.items() if name not in names and not name.startswith(OPTION_PREFIX)}


def _load(host: Host, recipe: str, backend: str | None) -> None:
    """Loads a plugin that is a file, which starts a backend: on the CPU, since the memory of GPUs is for the runs."""
    if not is_file(recipe):
        return
    before, backend = dict(os.environ), backend or os.environ.get("MULTIGAN_BACKEND") or os.environ.get("KERAS_BACKEND")
    try:
        running = running_backend()
        load_file(host.registry, recipe, running or backend, None if running else "cpu")
    finally:  # the runs are to see the GPUs
        os.environ.clear()
        os.environ.update(before)


def _with(values, host, recipe, **how) -> RunConfig:
    try:
        return configure(host, recipe, **how)
    except UsageError as error:
        raise type(error)(f"{told(values)}: {error}") from None


def _values(base: RunConfig, key: str, values: Sequence[Any], called: str) -> tuple:
    """The values of one key, as its type."""
    known = {**SETTINGS, **base.recipe.options, **data_options(base.recipe.modality)}
    if key not in known:
        options = ", ".join(sorted({*known} - {*SETTINGS})) or "none"
        raise UsageError(f"{called}{key}: {base.recipe.name} has no such option{suggest(key, known)} ({options})")
    if not values:
        raise UsageError(f"{called}{key}: no value; give --over {key}=VALUE,VALUE")
    found = []
    for value in values:
        parsed = known[key].parse(key, value, f"{called}{key}")
        if parsed in found:
            raise UsageError(f"{called}{key}: the value {as_typed(parsed)} is given twice; leave one of them out")
        found.append(parsed)
    return tuple(found)


def _value(config: RunConfig, key: str) -> Any:
    return (config.settings if key in SETTINGS else config.options)[key].value


def _explicit(values: Mapping[str, Any], *others: Any) -> dict[str, Any]:
    """What somebody chose, and is not swept over."""
    left_out = {key for other in others for key in ([other] if isinstance(other, str) else other)}
    return {key: s.value for key, s in values.items() if s.origin in EXPLICIT and key not in left_out}


def _absolute(host: Host, spec: str) -> str:
    """Data's place, which means the same in every folder; the name of a data set stays."""
    place = absolute(spec)
    return place if spec not in host.registry.datasets and Path(place).exists() else spec


def _steps(configs: Sequence[RunConfig], over: Mapping[str, Any]) -> dict[str, int]:
    """How many steps all runs take, whoever chose that; nothing where they differ in it."""
    found = {config["steps"] for config in configs}
    return {"steps": found.pop()} if len(found) == 1 and "steps" not in over else {}


def _check(host: Host, config: RunConfig, plan: Plan) -> None:
    """Refuses what a run, or its evaluation, would end with; imports no framework."""
    from multigan.trained.evaluating import choose_metrics
    from multigan.training.best import check_keep_best

    choose_backend(config["backend"] or None)
    _refuse_missing(host, config, plan.against)
    check_keep_best({key: s.value for key, s in config.settings.items()}, config.recipe, host.registry.metrics)
    choose_metrics(host.registry, config.recipe, plan.metrics)
    if plan.checkpoint == "best" and not config["keep_best"]:
        raise UsageError("--checkpoint best: nothing tells which is best; give --keep-best METRIC")
    if config["max_minutes"]:
        raise UsageError(
            f"max_minutes {config['max_minutes']:g} ({config.settings['max_minutes'].origin}): runs that stop at "
            "different steps cannot be compared; leave it out"
        )


def _refuse_missing(host: Host, config: RunConfig, against: str) -> None:
    """Refuses data, and files that options name, which are not there."""
    for spec in filter(None, (config["data"], against)):
        if not spec.startswith(HUBS):
            find_place(spec, config.recipe.modality, host.registry.datasets)
    known = {**data_options(config.recipe.modality), **config.recipe.options}
    for key, setting in config.options.items():
        if known[key].path and setting.value and not Path(setting.value).exists():
            raise UsageError(f"option {key}={setting.value}: no such file or folder")
