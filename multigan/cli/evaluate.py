"""`multigan evaluate`: scores a run with its recipe's metrics."""

import click

from multigan.api.saved import SavedRun
from multigan.backend import BACKENDS
from multigan.cli.options import Place, json_option, key_value, quiet_option
from multigan.cli.output import print_json, print_table
from multigan.cli.shell import current_shell

__all__ = ["evaluate"]


def _list(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        metrics = sorted(current_shell(context).registry.metrics.values(), key=lambda m: (m.modality, m.name))
        print_table(
            ("metric", "of", "best", "what it tells"), [(m.name, m.modality, m.better, m.summary) for m in metrics]
        )
        context.exit()


@click.command()
@click.argument("run", type=Place(file_okay=False))
@click.option(
    "--checkpoint", default="latest", show_default=True, metavar="latest|best|all|STEP", help="Which weights."
)
@click.option(
    "--metric",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only this metric: recall(pixels), or recall with --extractor; may repeat. By default the recipe's own.",
)
@click.option("--extractor", metavar="NAME", help="The feature extractor, in place of each metric's own.")
@click.option(
    "-n",
    "count",
    type=click.IntRange(8),
    default=1000,
    show_default=True,
    help="Samples, real and generated: at least 8, as scores of fewer tell nothing; fewer when the data has fewer.",
)
@click.option(
    "--seeds", type=click.IntRange(1), default=3, show_default=True, help="How many draws; the value is their mean."
)
@click.option(
    "--data", metavar="SOURCE", help="Compare with this, such as data kept out. By default what the run was trained on."
)
@click.option(
    "-o",
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    callback=key_value,
    help="An option of the data, in place of the run's own: such as labels=FILE, where that file has moved.",
)
@click.option(
    "--curve", is_flag=True, help="Texts: at temperatures from 0.5 to 1.5, to hold quality against diversity."
)
@click.option(
    "--direction",
    metavar="NAME",
    help="Which way to go, of a run that goes more than one, such as b2a; by default all of them.",
)
@click.option("--backend", type=click.Choice(BACKENDS), help="By default the run's own.")
@click.option("--device", type=click.Choice(["cpu", "gpu"]), help="By default a gpu where there is one.")
@click.option(
    "--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List all metrics and exit."
)
@json_option
@quiet_option
def evaluate(
    run, checkpoint, names, extractor, count, seeds, data, options, curve, direction, backend, device, as_json
):
    """Score a run with its metrics.

    Every value is printed with its protocol and appended to RUN/scores.jsonl.
    """
    shell = current_shell()
    saved = SavedRun(run, checkpoint=checkpoint, backend=backend, device=device, host=shell)
    records = saved.evaluate(
        names,
        count=count,
        seeds=seeds,
        data=data,
        extractor=extractor,
        curve=curve,
        options=options,
        direction=direction,
    )
    if as_json:
        print_json(records)
    else:
        beside = dict.fromkeys(name for r in records for name in r.get("controls", ()))
        at = _drawn_at(shell, run) if curve else ()
        at = ("direction", *at) if any("direction" in r for r in records) else at
        rows = [
            (
                str(r["step"]),
                r["metric"],
                *(str(r.get(key, "")) for key in at),
                *_figures(r),
                *_controls(r, beside),
                r["better"],
                _protocol(r),
            )
            for r in records
        ]
        print_table(("step", "metric", *at, "value", "+-", *beside, "better", "protocol"), rows)
        for note in dict.fromkeys(f"{r['metric']}: {note}" for r in records for note in r["notes"]):
            shell.say(f"note: {note}")
        for picture in dict.fromkeys(r["picture"] for r in records if "picture" in r):
            shell.say(f"picture: {run / picture}")
    if saved.observer_failed:
        raise SystemExit(3)


def _drawn_at(shell, run):
    """What a curve's records tell of how samples were drawn, such as "temperature"."""
    from multigan.onefile import recipe_of_run
    from multigan.runs import RunDirectory
    from multigan.trained.evaluating import draws_of

    _, recipe = recipe_of_run(shell.registry, RunDirectory.open(run).facts())
    return tuple(draws_of(recipe.modality)[0].facts)


def _figures(record):
    """Value and deviation; no deviation of one seed."""
    return [_figure(record["value"]), _figure(record["deviation"])]


def _controls(record, names):
    """The same metric's value of other real samples and of noise, where the record has them."""
    found = record.get("controls", {})
    return [_figure(found[name]["value"] if name in found else None) for name in names]


def _figure(value):
    """Four decimals, or as many digits as a small figure needs."""
    return "" if value is None else f"{value:.4f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.2e}"


def _protocol(record):
    """The protocol, with what else the metric tells."""
    told = [f"{key.replace('_', ' ')} {value:.4g}" for key, value in record["details"].items() if _is_number(value)]
    return f"{record['protocol']} ({', '.join(told)})" if told else record["protocol"]


def _is_number(value):
    return isinstance(value, (int, float))
