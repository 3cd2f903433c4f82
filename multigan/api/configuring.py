"""From what is asked for to what a run does: the recipe by its name or by the data, and every value. No framework."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multigan.api.host import Host
from multigan.errors import UsageError
from multigan.recipe import as_typed
from multigan.runs import RunDirectory
from multigan.training.configuration import RunConfig, read_config, resolve, with_target

__all__ = ["configure"]


def configure(
    host: Host,
    recipe: str | None,
    *,
    flags: Mapping[str, Any],
    options: Mapping[str, Any],
    to: str | None = None,
    run_dir: Path | None = None,
    resume: Path | None = None,
    config: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    origin: str = "flag",
) -> RunConfig:
    """Returns everything that a run depends on.

    Args:
        host: with the plugins.
        recipe: its name or its plugin's; None: what `environ`, `config` or `resume` name.
        flags: settings by their names in `multigan.settings.SETTINGS`; None means not given.
        options: of the recipe and of its data.
        to: of the data, what is to be made out of them.
        run_dir, resume: the new run's folder, or that of a run to go on with.
        config: a TOML file.
        environ: the process's environment.
        origin: see `multigan.training.configuration.resolve`.

    Raises:
        UsageError: nothing or nothing known is asked for, a value is refused, or the run cannot go on so.
        DataError: the data cannot be told apart.
    """
    if resume and run_dir:
        raise UsageError("--run-dir and --resume exclude each other: a resumed run stays where it is")
    values = read_config(config) if config else {}
    asked = recipe or environ.get("MULTIGAN_PLUGIN") or values.get("plugin")
    if asked and not isinstance(asked, str):
        raise UsageError(f"{config}: plugin={as_typed(asked)}: expected text, the name of a plugin or recipe")
    if resume:
        facts = RunDirectory.open(resume).facts(resume=True)
        if recipe and recipe not in (facts["plugin"], facts["recipe"]):
            raise UsageError(f"{resume}: cannot be resumed with --plugin {recipe}: it is a run of {facts['recipe']}")
        asked = facts["recipe"]
    if not asked:
        raise UsageError(f"nothing to train: give --plugin NAME{_installed(host.registry)}, or --resume DIR")
    data = flags.get("data") or environ.get("MULTIGAN_DATA") or values.get("data")
    name, chosen = host.registry.recipe(asked) if resume else _for_data(host, asked, data)
    return resolve(
        name,
        chosen,
        flags=flags,
        options=with_target(options, to, chosen.modality),
        environ=environ,
        config=values,
        config_file=config or "config file",
        datasets=host.registry.datasets,
        directory=resume or run_dir,
        resume=bool(resume),
        origin=origin,
    )


def _for_data(host, asked, data):
    """The recipe that was asked for, or its plugin's only one for what the data are."""
    from multigan.data import modality_of

    modality = modality_of(str(data), host.registry.datasets) if data else None
    name, recipe = host.registry.recipe_for(asked, modality)
    if recipe.name != asked and modality:
        host.say(f"data {data} are {modality}: training {recipe.name}")
    return name, recipe


def _installed(registry):
    names = ", ".join(sorted(registry.recipes))
    return f" (installed: {names})" if names else " (none is installed; pip install multigan-dcgan for a first one)"
