"""From what is asked for to what a run does: the recipe by its name or by the data, and every value. No framework."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from multigan.api.host import Host
from multigan.backend import choose_backend, running_backend
from multigan.errors import UsageError
from multigan.onefile import is_file, load_file, recipe_in, recipe_of_run
from multigan.recipe import Recipe, as_typed
from multigan.runs import RunDirectory, Setting
from multigan.training.configuration import RunConfig, Worker, read_config, resolve, with_target

__all__ = ["configure", "refuse_address"]


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
    worker: Worker | None = None,
) -> RunConfig:
    """Returns everything that a run depends on.

    Args:
        host: with the plugins.
        recipe: its name, its plugin's, or the path of a file that is a plugin; None: what `environ`, `config` or
            `resume` name.
        flags: settings by their names in `multigan.settings.SETTINGS`; None means not given.
        options: of the recipe and of its data.
        to: of the data, what is to be made out of them.
        run_dir, resume: the new run's folder, or that of a run to go on with.
        config: a TOML file.
        environ: the process's environment.
        origin: see `multigan.training.configuration.resolve`.
        worker: which of several processes this is, where somebody else starts them.

    Raises:
        UsageError: nothing or nothing known is asked for, a value is refused, or the run cannot go on so.
        DataError: the data cannot be told apart.
    """
    if resume and run_dir:
        raise UsageError("--run-dir and --resume exclude each other: a resumed run stays where it is")
    # As it was before a plugin's file made a backend begin, which sets variables.
    values, environ = read_config(config) if config else {}, dict(environ)
    asked = recipe or environ.get("MULTIGAN_PLUGIN") or values.get("plugin")
    if asked and not isinstance(asked, str):
        raise UsageError(f"{config}: plugin={as_typed(asked)}: expected text, the name of a plugin or recipe")
    if resume:
        name, chosen = _of_run(host, resume, recipe, flags, environ, values)
    elif not asked:
        raise UsageError(f"nothing to train: give --plugin NAME{_installed(host.registry)}, or --resume DIR")
    else:
        name, chosen = _for_data(host, asked, flags, environ, values)
    resolved = resolve(
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
    return replace(_together(host, resolved), worker=worker)


def _together(host: Host, config: RunConfig) -> RunConfig:
    """Returns a configuration with which processes can train together; one of a single process as it is.

    Raises:
        UsageError: what cannot be done by several processes is asked for, or JAX is not installed.
    """
    count, size = config["workers"], config["batch_size"]
    if config["ray"]:
        _refuse_cluster(config)
    if count == 1:
        return config
    if size % count:
        less, more = size - size % count, size - size % count + count
        mend = f"--batch-size {less} or {more}" if less else f"--batch-size {more}, or at most --workers {size}"
        if config.resume:  # its batches stay as they are
            fitting = [str(number) for number in range(1, size + 1) if size % number == 0]
            mend = f"--workers {', '.join(fitting[:-1])} or {fitting[-1]}" if fitting[1:] else "--workers 1"
        raise UsageError(f"--workers {count}: a batch of {size} cannot be dealt out evenly; give {mend}")
    if config["jit"] == "off":
        raise UsageError(f"--workers {count}: several processes run what XLA compiles; leave --no-jit out")
    if config["backend"] == "jax":
        return config
    if importlib.util.find_spec("jax") is None:
        raise UsageError(
            f"--workers {count}: several processes train together on JAX, which is not installed; install it with: pip "
            'install "multigan[jax]"'
        )
    if (chosen := config["backend"] or choose_backend()) != "jax":
        host.say(f"--workers {count}: trains on jax, since {chosen} trains in one process only")
    return replace(config, settings={**config.settings, "backend": Setting("jax", "workers")})


def _refuse_cluster(config: RunConfig) -> None:
    """Raises `UsageError` where no cluster can be meant, none can be used, or there is nothing to place on it."""
    address, asked = config["ray"], config.settings["ray"].origin not in ("run", "environment")
    if config["workers"] == 1:
        # A run of a cluster's goes on in this process alone; one that the environment names is there for others.
        if not asked:
            return
        raise UsageError(
            f"--ray {address}: give --workers N, too, how many processes the cluster is to place, 2 or more"
        )
    refuse_address(address, "" if asked else '; or train on this machine alone: --ray ""')


def refuse_address(address: str, elsewhere: str = "") -> None:
    """Raises `UsageError` where `--ray` cannot mean a cluster, or none can be used.

    Args:
        address: that was given.
        elsewhere: what an error adds about doing without.
    """
    if "://" in address:
        raise UsageError(
            f"--ray {address}: a cluster is not trained on from outside; start the same command on one of its "
            "machines, or by `ray job submit`, with --ray auto"
        )
    host, _, port = address.rpartition(":")
    if address != "auto" and not (host and port.isdigit() and 0 < int(port) < 65536):
        raise UsageError(
            f"--ray {address}: not auto or HOST:PORT; give the head node's address, as `ray start` has told it"
        )
    if importlib.util.find_spec("ray") is None:
        raise UsageError(
            f"--ray {address}: Ray is not installed; install it on every node with: pip install "
            f'"multigan[ray]"{elsewhere}'
        )


def _of_run(host, resume, plugin, flags, environ, values) -> tuple[str, Recipe]:
    """The recipe of the run to go on with; of one whose plugin is a file, `plugin` may be where that is by now."""
    facts = RunDirectory.open(resume).facts(resume=True)
    moved = plugin if plugin and is_file(plugin) and "plugin_file" in facts else ""
    if plugin and not moved and plugin not in (facts["plugin"], facts["recipe"]):
        raise UsageError(f"{resume}: cannot be resumed with --plugin {plugin}: it is a run of {facts['recipe']}")
    own = {key: facts["settings"].get(key, {}).get("value") for key in ("backend", "device", "workers")}
    chosen = _machine(flags, environ, values, own)
    if "plugin_file" in facts:  # as it will be chosen where nobody asked, which need not be what the run was trained on
        chosen["backend"] = choose_backend(chosen["backend"] or running_backend())
    return recipe_of_run(host.registry, facts, warn=host.say, moved=moved, **chosen)


def _machine(flags, environ, values, own: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The backend and the device that are asked for, as far as that is known before there is a recipe, and whether this
    process may look at devices: not where several are to train, each on its own.
    """
    names = {"backend": ("MULTIGAN_BACKEND", "KERAS_BACKEND"), "device": ("MULTIGAN_DEVICE",)}
    names["workers"] = ("MULTIGAN_WORKERS",)
    given = {key: (flags.get(key), *map(environ.get, names[key]), values.get(key)) for key in names}
    found = {key: next(filter(None, values), (own or {}).get(key)) or None for key, values in given.items()}
    alone = str(found.pop("workers") or 1) == "1"
    return found | {"look": alone} | ({} if alone else {"backend": "jax"})


def _for_data(host, asked, flags, environ, values) -> tuple[str, Recipe]:
    """The recipe that was asked for, or its plugin's only one for what the data are."""
    from multigan.data import modality_of

    file = load_file(host.registry, asked, **_machine(flags, environ, values)) if is_file(asked) else None
    data = flags.get("data") or environ.get("MULTIGAN_DATA") or values.get("data")
    modality = modality_of(str(data), host.registry.datasets) if data else None
    name, recipe = recipe_in(host.registry, file, modality) if file else host.registry.recipe_for(asked, modality)
    if recipe.name != asked and modality and not file:
        host.say(f"data {data} are {modality}: training {recipe.name}")
    return name, recipe


def _installed(registry):
    names = ", ".join(sorted(registry.recipes))
    return f" (installed: {names})" if names else " (none is installed; multigan install dcgan for a first one)"
