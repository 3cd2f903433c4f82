"""`multigan run`: trains a recipe, or goes on with a run."""

import click

from multigan.api.configuring import configure
from multigan.api.train import train_configured
from multigan.cli.ending import tell_end
from multigan.cli.options import (
    Place,
    PluginName,
    json_option,
    keeping_options,
    key_value,
    quiet_option,
    setting_option,
    to_option,
)
from multigan.cli.output import print_json, print_table
from multigan.cli.shell import current_shell
from multigan.cli.workers import check_worker, end_worker, worker_of
from multigan.recipe import as_typed

__all__ = ["run"]


@click.command()
@click.option(
    "--plugin",
    type=PluginName(),
    help="Plugin (or recipe) to train; see `multigan plugins`. Or a file that is one, such as ./my_gan.py.",
)
@setting_option("--data", "data", metavar="SOURCE")
@to_option
@setting_option("--steps", "steps", metavar="N")
@setting_option("--batch-size", "batch_size", metavar="N")
@click.option(
    "-o",
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    callback=key_value,
    help="An option of the recipe or its data; see `multigan recipes NAME`.",
)
@setting_option("--seed", "seed", metavar="N")
@setting_option("--backend", "backend")
@setting_option("--device", "device")
@setting_option("--precision", "precision")
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
@keeping_options
@setting_option("--max-minutes", "max_minutes", metavar="M")
@setting_option("--workers", "workers", metavar="N")
@setting_option("--worker-timeout", "worker_timeout", metavar="SECONDS")
@setting_option("--ray", "ray", metavar="ADDRESS")
@setting_option("--ray-restarts", "ray_restarts", metavar="N")
@setting_option("--ray-timeout", "ray_timeout", metavar="SECONDS")
@click.option(
    "--coordinator",
    metavar="HOST:PORT",
    help="Where worker 0 listens, when something else, such as SLURM, starts the N workers; with --process.",
)
@click.option(
    "--process", type=click.IntRange(min=0), metavar="I", help="Which of the N workers this is, from 0; with the above."
)
@click.option("--strict", is_flag=True, help="End the run when a plugin that watches it fails.")
@click.option("--dry-run", is_flag=True, help="Print every value with where it comes from, and stop.")
@json_option
@quiet_option
def run(plugin, options, to, run_dir, resume, config, strict, dry_run, as_json, jit, coordinator, process, **flags):
    """Train a recipe, or go on with a run.

    Values come from flags, then MULTIGAN_* environment variables, then the --config file, then the recipe.
    Ctrl-C finishes the step, writes a checkpoint and exits with 130.
    """
    shell = current_shell()
    resolved = configure(
        shell,
        plugin,
        flags=flags | {"jit": {True: "on", False: "off", None: None}[jit]},
        options=options,
        to=to,
        run_dir=run_dir,
        resume=resume,
        config=config,
        worker=worker_of(coordinator, process),
    )
    if resolved.worker:
        check_worker(resolved)
    if dry_run:
        from multigan.training.best import check_keep_best

        values = {key: setting.value for key, setting in resolved.settings.items()}
        check_keep_best(values, resolved.recipe, shell.registry.metrics)
        _show(resolved, as_json)
        return
    if resolved.worker:
        end_worker(lambda: _train(resolved, shell, strict, as_json), shell)
    if code := _train(resolved, shell, strict, as_json):
        raise SystemExit(code)


def _train(config, shell, strict, as_json) -> int:
    """Trains, tells how it ended and returns the exit code."""
    finished = train_configured(config, shell, strict=strict)
    if finished.run is not None:
        tell_end(finished, shell, as_json)
    if finished.result.outcome == "interrupted":
        return 130
    return 3 if finished.observer_failed else 0


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
