"""`multigan evaluate`: scores a run with its recipe's metrics."""

from pathlib import Path

import click

from multigan.backend import BACKENDS
from multigan.cli.options import json_option, quiet_option
from multigan.cli.output import print_json, print_table
from multigan.cli.shell import current_shell

__all__ = ["evaluate"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--checkpoint", default="latest", show_default=True, metavar="latest|best|all|STEP", help="Which weights."
)
@click.option(
    "--metric",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only this metric; may repeat. By default the recipe's own.",
)
@click.option(
    "-n",
    "count",
    type=click.IntRange(8),
    default=1000,
    show_default=True,
    help="Samples, real and generated; fewer when the data has fewer.",
)
@click.option(
    "--seeds", type=click.IntRange(1), default=3, show_default=True, help="How many draws; the value is their mean."
)
@click.option("--data", metavar="SOURCE", help="By default what the run was trained on.")
@click.option("--backend", type=click.Choice(BACKENDS), help="By default the run's own.")
@click.option("--device", type=click.Choice(["cpu", "gpu"]), help="By default a gpu where there is one.")
@json_option
@quiet_option
def evaluate(run, checkpoint, names, count, seeds, data, backend, device, as_json):
    """Score a run with its metrics.

    Every value is printed with its protocol and appended to RUN/scores.jsonl.
    """
    shell = current_shell()
    from multigan.training.evaluation import evaluate_run

    records, failed = evaluate_run(
        run,
        shell.registry,
        checkpoint=checkpoint,
        names=names,
        count=count,
        seeds=seeds,
        data=data,
        backend=backend,
        device=device,
        talk=shell.say,
    )
    if as_json:
        print_json(records)
    else:
        rows = [
            (str(r["step"]), r["metric"], f"{r['value']:.4f}", f"{r['deviation']:.4f}", r["better"], r["protocol"])
            for r in records
        ]
        print_table(("step", "metric", "value", "+-", "better", "protocol"), rows)
    if failed:
        raise SystemExit(3)
