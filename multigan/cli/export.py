"""`multigan export`: writes a trained generator for other tools."""

import click

from multigan.api.saved import SavedRun
from multigan.cli.options import Place, backend_option, checkpoint_option, json_option, quiet_option
from multigan.cli.output import print_json
from multigan.cli.shell import current_shell
from multigan.errors import UsageError

__all__ = ["export"]


@click.command()
@click.argument("run", type=Place(file_okay=False))
@click.option("--format", "format_", default="keras", show_default=True, help="keras, savedmodel, onnx, or a plugin's.")
@click.option("--out", type=Place(), help="The file or folder to write; by default RUN/export/RECIPE-STEP.")
@click.option(
    "--direction",
    "directions",
    multiple=True,
    metavar="NAME",
    help="Which way the model goes, of a run that goes more than one, such as b2a; by default the first. May repeat: a "
    "file each.",
)
@checkpoint_option
@backend_option
@json_option
@quiet_option
def export(run, format_, out, directions, checkpoint, backend, as_json):
    """Write a trained generator for other tools.

    The written model is read back and compared with the run's own samples; a model that differs is not kept. What is
    at --out already is never replaced; the run's own export of the same step is.
    """
    directions = dict.fromkeys(directions) or (None,)
    if out and len(directions) > 1:
        raise UsageError(f"--out {out}: one file, and {len(directions)} directions; give one --direction at a time")
    shell = current_shell()
    saved = SavedRun(run, checkpoint=checkpoint, backend=backend, device="cpu", host=shell)
    for direction in directions:
        written = saved.export(format_, out, direction)
        if as_json:
            facts = {"format": format_, "path": str(written.path), "step": written.step}
            facts |= {"largest_difference": written.difference} | ({"direction": direction} if direction else {})
            print_json(facts | written.facts)
        if written.told:
            shell.say(written.told)
        shell.say(f"{written.path}: step {written.step}, largest difference from the game {written.difference:.2g}")
