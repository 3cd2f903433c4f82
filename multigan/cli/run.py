"""`multigan run`: trains a recipe, or goes on with a run."""

import os

import click

from multigan.backend import choose_backend
from multigan.cli.ending import tell_end
from multigan.cli.options import Place, PluginName, json_option, key_value, quiet_option, to_option, with_target
from multigan.cli.output import print_json, print_table
from multigan.cli.shell import current_shell
from multigan.errors import UsageError
from multigan.onefile import is_file, load_file, recipe_in, recipe_of_run
from multigan.recipe import as_typed
from multigan.runs import RunDirectory
from multigan.settings import SETTINGS
from multigan.training.configuration import read_config, resolve

__all__ = ["run"]


def _setting(flag, key, **kwargs):
    option = SETTINGS[key]
    kind = click.Choice([c for c in option.choices if c]) if option.choices else option.type
    return click.option(
        flag, key, type=kind, default=None, help=option.help[0].upper() + option.help[1:] + ".", **kwargs
    )


@click.command()
@click.option(
    "--plugin",
    type=PluginName(),
    help="Plugin (or recipe) to train; see `multigan plugins`. Or a file that is one, such as ./my_gan.py.",
)
@_setting("--data", "data", metavar="SOURCE")
@to_option
@_setting("--steps", "steps", metavar="N")
@_setting("--batch-size", "batch_size", metavar="N")
@click.option(
    "-o",
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    callback=key_value,
    help="An option of the recipe or its data; see `multigan recipes NAME`.",
)
@_setting("--seed", "seed", metavar="N")
@_setting("--backend", "backend")
@_setting("--device", "device")
@_setting("--precision", "precision")
@click.option(
    "--jit/--no-jit",
    "jit",
    default=None,
    help="Compile with XLA, or not. By default on JAX, and on TensorFlow on a gpu.",
)
@click.option(
    "--run-dir",
    type=Place(file_okay=False),
    help="Where the run goes; runs/NAME-K in the current folder.",
)
@click.option("--resume", type=Place(file_okay=False), help="Go on with the run in this folder, bit for bit.")
@click.option(
    "--config",
    type=Place(dir_okay=False),
    help="A TOML file with these settings, and options in [options].",
)
@_setting("--log-every", "log_every", metavar="N")
@_setting("--sample-every", "sample_every", metavar="N")
@_setting("--checkpoint-every", "checkpoint_every", metavar="N")
@_setting("--keep-checkpoints", "keep_checkpoints", metavar="N")
@_setting("--keep-best", "keep_best", metavar="METRIC")
@_setting("--best-count", "best_count", metavar="N")
@_setting("--patience", "patience", metavar="N")
@_setting("--recover", "recover", metavar="N")
@_setting("--max-minutes", "max_minutes", metavar="M")
@click.option("--strict", is_flag=True, help="End the run when a plugin that watches it fails.")
@click.option("--dry-run", is_flag=True, help="Print every value with where it comes from, and stop.")
@json_option
@quiet_option
def run(plugin, options, to, run_dir, resume, config, strict, dry_run, as_json, jit, **flags):
    """Train a recipe, or go on with a run.

    Values come from flags, then MULTIGAN_* environment variables, then the --config file, then the recipe.
    Ctrl-C finishes the step, writes a checkpoint and exits with 130.
    """
    shell = current_shell()
    resolved = _configure(
        shell,
        plugin,
        options,
        to,
        run_dir,
        resume,
        config,
        flags | {"jit": {True: "on", False: "off", None: None}[jit]},
    )
    if dry_run:
        from multigan.training.best import check_keep_best

        values = {key: setting.value for key, setting in resolved.settings.items()}
        check_keep_best(values, resolved.recipe, shell.registry.metrics)
        _show(resolved, as_json)
        return
    from multigan.cli.display import show_run
    from multigan.training.session import start

    with show_run(shell.quiet) as display:
        finished = start(resolved, shell.registry, display, strict)
    tell_end(finished, shell, as_json)
    if finished.result.outcome == "interrupted":
        raise SystemExit(130)
    if finished.observer_failed:
        raise SystemExit(3)


def _configure(shell, plugin, options, to, run_dir, resume, config, flags):
    if resume and run_dir:
        raise UsageError("--run-dir and --resume exclude each other: a resumed run stays where it is")
    # As it was before a plugin's file made a backend begin, which sets variables.
    values, environ = read_config(config) if config else {}, dict(os.environ)
    asked = plugin or environ.get("MULTIGAN_PLUGIN") or values.get("plugin")
    if asked and not isinstance(asked, str):
        raise UsageError(f"{config}: plugin={as_typed(asked)}: expected text, the name of a plugin or recipe")
    if resume:
        name, recipe = _of_run(shell, resume, plugin, flags, environ, values)
    elif not asked:
        raise UsageError(f"nothing to train: give --plugin NAME{_installed(shell.registry)}, or --resume DIR")
    else:
        name, recipe = _for_data(shell, asked, flags, environ, values)
    return resolve(
        name,
        recipe,
        flags=flags,
        options=with_target(options, to, recipe.modality),
        environ=environ,
        config=values,
        config_file=config or "config file",
        datasets=shell.registry.datasets,
        directory=resume or run_dir,
        resume=bool(resume),
    )


def _of_run(shell, resume, plugin, flags, environ, values):
    """The recipe of the run to go on with; of one whose plugin is a file, `plugin` may be where that is by now."""
    facts = RunDirectory.open(resume).facts(resume=True)
    moved = plugin if plugin and is_file(plugin) and "plugin_file" in facts else ""
    if plugin and not moved and plugin not in (facts["plugin"], facts["recipe"]):
        raise UsageError(f"{resume}: cannot be resumed with --plugin {plugin}: it is a run of {facts['recipe']}")
    own = {key: facts["settings"].get(key, {}).get("value") for key in ("backend", "device")}
    chosen = {key: value or own[key] or None for key, value in _machine(flags, environ, values).items()}
    if "plugin_file" in facts:  # as it will be chosen where nobody asked, which need not be what the run was trained on
        chosen["backend"] = choose_backend(chosen["backend"])
    return recipe_of_run(shell.registry, facts, warn=shell.say, moved=moved, **chosen)


def _machine(flags, environ, values):
    """The backend and the device that are asked for, as far as that is known before there is a recipe."""
    names = {"backend": ("MULTIGAN_BACKEND", "KERAS_BACKEND"), "device": ("MULTIGAN_DEVICE",)}
    given = {key: (flags.get(key), *map(environ.get, names[key]), values.get(key)) for key in names}
    return {key: next(filter(None, found), None) for key, found in given.items()}


def _for_data(shell, asked, flags, environ, values):
    """The recipe that was asked for, or its plugin's only one for what the data are."""
    from multigan.data import modality_of

    file = load_file(shell.registry, asked, **_machine(flags, environ, values)) if is_file(asked) else None
    data = flags.get("data") or environ.get("MULTIGAN_DATA") or values.get("data")
    modality = modality_of(str(data), shell.registry.datasets) if data else None
    name, recipe = recipe_in(shell.registry, file, modality) if file else shell.registry.recipe_for(asked, modality)
    if recipe.name != asked and modality and not file:
        shell.say(f"data {data} are {modality}: training {recipe.name}")
    return name, recipe


def _installed(registry):
    names = ", ".join(sorted(registry.recipes))
    return f" (installed: {names})" if names else " (none is installed; pip install multigan-dcgan for a first one)"


def _show(config, as_json):
    origins = {"settings": config.settings, "options": config.options}
    if as_json:
        table = {
            kind: {k: {"value": s.value, "origin": s.origin} for k, s in values.items()}
            for kind, values in origins.items()
        }
        print_json(
            {
                "plugin": config.plugin,
                "recipe": config.recipe.name,
                "directory": config.directory and str(config.directory),
                **table,
            }
        )
        return
    rows = [("plugin", config.plugin, ""), ("recipe", config.recipe.name, "")]
    rows += [(key, as_typed(s.value), s.origin) for key, s in config.settings.items()]
    rows += [(f"-o {key}", as_typed(s.value), s.origin) for key, s in config.options.items()]
    print_table(("name", "value", "origin"), rows)
