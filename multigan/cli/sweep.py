"""`multigan sweep`: many runs of one recipe, with other values and seeds, in one table."""

import csv

import click

from multigan.cli.options import (
    Place,
    PluginName,
    json_option,
    keeping_options,
    quiet_option,
    setting_option,
    to_option,
)
from multigan.cli.output import print_json, print_table
from multigan.cli.shell import current_shell
from multigan.errors import UsageError
from multigan.recipe import as_typed

__all__ = ["sweep"]


def _once(context, parameter, values):
    """Turns KEY=VALUE into a dict; of a key that is given twice nobody can tell which one is meant."""
    pairs = {}
    for value in values:
        key, equals, text = (part.strip() for part in value.partition("="))
        if not equals or not key:
            raise click.BadParameter(f"{value!r} is not {parameter.metavar}")
        if key in pairs:
            raise UsageError(f"{parameter.opts[0]} {key}: given twice; leave one of them out")
        pairs[key] = text
    return pairs


def _lists(context, parameter, values):
    """Turns `--over KEY=V,V` into a dict of lists; a value with a comma in it stands in double quotes."""
    found = {}
    for key, text in _once(context, parameter, values).items():
        found[key] = [value.strip() for value in next(csv.reader([text], skipinitialspace=True), [])]
        if not all(found[key]):
            raise UsageError(f"--over {key}={text}: a value is empty; give --over {key}=VALUE,VALUE")
    return found


@click.command()
@click.argument("recipe", type=PluginName(), required=False)
@click.option(
    "--over",
    multiple=True,
    metavar="KEY=VALUE,...",
    callback=_lists,
    help="An option or a setting, and the values that it takes; may repeat, for every choice of values.",
)
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=None,
    help="Runs of each choice of values, from --seed on; 3 by default. Of a sweep that goes on, how many by now.",
)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="What runs are scored by, such as recall(pixels); may repeat, the first ranks. By default the recipe's own.",
)
@click.option(
    "-n",
    "count",
    type=click.IntRange(8),
    default=1000,
    show_default=True,
    help="Samples that a score takes, real and generated; fewer when the data has fewer.",
)
@click.option(
    "--draws",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="How many draws of samples a score takes; a run's value is their mean.",
)
@click.option(
    "--checkpoint",
    type=click.Choice(["latest", "best"]),
    default="latest",
    show_default=True,
    help="Whose weights are scored; best needs --keep-best.",
)
@click.option(
    "--against",
    metavar="SOURCE",
    help="Score against this data, such as data kept out; by default what the runs were trained on.",
)
@click.option("--out", type=Place(file_okay=False), help="The sweep's folder; sweeps/RECIPE-K in the current folder.")
@click.option("--resume", type=Place(file_okay=False), help="Go on with the sweep in this folder.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    help="Runs at a time. By default one for each GPU, or else for each core, as far as memory goes; with --ray, as "
    "many as the cluster has room for.",
)
@click.option(
    "--ray",
    metavar="ADDRESS",
    help="The Ray cluster whose nodes do the runs: auto, or HOST:PORT of its head node. By default this machine does.",
)
@click.option(
    "--ray-restarts",
    type=click.IntRange(0),
    default=3,
    show_default=True,
    help="How often a run that is lost with its node goes on from its last checkpoint; then it has failed.",
)
@click.option(
    "--ray-timeout",
    type=click.FloatRange(1),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="How long the cluster has to make room.",
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
    callback=_once,
    help="An option of all runs; see `multigan recipes NAME`.",
)
@setting_option("--seed", "seed", metavar="N")
@setting_option("--backend", "backend")
@setting_option("--device", "device")
@setting_option("--precision", "precision")
@click.option("--config", type=Place(dir_okay=False), help="A TOML file with settings of all runs, as of `run`.")
@keeping_options
@click.option("--dry-run", is_flag=True, help="Print the runs and which are done, and stop.")
@json_option
@quiet_option
@click.pass_context
def sweep(
    context, recipe, over, seeds, metrics, count, draws, checkpoint, against, out, resume, jobs, ray, ray_restarts,
    ray_timeout, to, options, config, dry_run, as_json, **flags,
):  # fmt: skip
    """Train a recipe with many values and seeds, and compare.

    Every choice of the values that --over names is trained with each seed, each run in a process of its own. The same
    command with the same --out goes on where it was. Ctrl-C ends the runs with checkpoints and exits with 130.
    """
    from multigan.sweeps.afar import Cluster
    from multigan.sweeps.asked import make_plan
    from multigan.sweeps.call import planned, run_sweep

    shell = current_shell()
    if resume:
        _refuse_beside_resume(context)
        plan = None
    elif not recipe:
        raise UsageError("nothing to train: give RECIPE, or --resume DIR")
    else:
        how = {"metrics": metrics, "count": count, "draws": draws, "checkpoint": checkpoint, "seeds": seeds or 3}
        how |= {"against": against, "to": to, "config": config}
        plan = make_plan(shell, recipe, over=over, flags=flags, options=options, **how)
    if dry_run:
        _show_runs(planned(shell, plan, resume or out, seeds), resume or out, as_json)
        return
    cluster = Cluster(ray, ray_restarts, ray_timeout) if ray else None
    done = run_sweep(shell, plan, resume or out, jobs, seeds, cluster)
    _show(done, as_json)
    for name, reason in done.failed.items():
        shell.say(f"failed: {name}: {reason}")
    shell.say(f"page: {done.page}")
    if done.table.done < done.table.runs:
        shell.say(f"{done.table.done} of {done.table.runs} runs are done; go on with: {done.resume}")
    if done.interrupted:
        raise SystemExit(130)
    if not done.table.done:
        raise SystemExit(1)
    if done.failed or done.observer_failed:
        raise SystemExit(3)


def _refuse_beside_resume(context: click.Context) -> None:
    """A sweep that goes on is what it was begun as: of all that could be given some would be passed over."""
    allowed = ("resume", "jobs", "ray", "ray_restarts", "ray_timeout", "seeds", "as_json", "dry_run")
    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name) == click.core.ParameterSource.COMMANDLINE
        if given and parameter.expose_value and parameter.name not in allowed:
            name = parameter.opts[0] if parameter.param_type_name == "option" else "RECIPE"
            raise UsageError(f"{name} and --resume exclude each other: a sweep goes on as it was begun")


def _show_runs(plan, out, as_json) -> None:
    from multigan.sweeps.folder import Folder

    done = {job.name for job in plan.jobs() if out and Folder(out).result(job.name) is not None}
    if as_json:
        runs = [{"run": j.name, "values": dict(j.values), "seed": j.seed, "done": j.name in done} for j in plan.jobs()]
        print_json(runs)
        return
    rows = [
        (*map(as_typed, job.values.values()), str(job.seed), "yes" if job.name in done else "no", job.name)
        for job in plan.jobs()
    ]
    print_table((*plan.over, "seed", "done", "run"), rows)


def _show(done, as_json) -> None:
    """The table on stdout, and how its figures were measured."""
    table = done.table
    if as_json:
        print_json(
            {
                "sweep": str(done.path),
                "recipe": done.plan.recipe,
                "interrupted": done.interrupted,
                "rows": table.as_json(),
                "better": dict(table.better),
                "protocols": dict(table.protocols),
                "controls": {name: dict(found) for name, found in table.controls.items()},
                "page": str(done.page),
            }
        )
        return
    columns = [column for name in table.better for column in (name, "+-")]
    rows = [
        (
            *map(as_typed, row.values.values()),
            *(text for name in table.better for text in _figures(row.scores.get(name))),
            f"{len(row.done)} of {len(row.runs)}",
            ", ".join(f"{name} in {count}" for name, count in row.findings.items()),
        )
        for row in table.rows
    ]
    print_table((*done.plan.over, *columns, "runs", "findings"), rows)
    protocols = [(name, table.better[name], _protocol(table, name)) for name in table.better]
    if protocols:
        print_table(("metric", "better", "protocol"), protocols)


def _protocol(table, name) -> str:
    beside = ", ".join(f"{control} {value:.4g}" for control, value in table.controls[name].items())
    return f"{table.protocols[name]}" + (f"; beside it: {beside}" if beside else "")


def _figures(score) -> tuple[str, str]:
    if score is None:
        return "", ""
    return f"{score.mean:.4g}", "" if score.deviation is None else f"{score.deviation:.2g}"
