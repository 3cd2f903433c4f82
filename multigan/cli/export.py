"""`multigan export`: writes a trained generator for other tools."""

import os
import tempfile
from pathlib import Path

import click

from multigan.backend import quiet_libraries
from multigan.cli.options import Place, backend_option, checkpoint_option, json_option, quiet_option
from multigan.cli.output import print_json
from multigan.cli.shell import current_shell
from multigan.disk import naming_the_disk
from multigan.errors import UsageError
from multigan.modality import find_modality
from multigan.recipe import load_object, suggest
from multigan.runs import RunDirectory

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
    for direction in directions:
        _export(run, format_, out, direction, checkpoint, backend, as_json)


def _export(run, format_, out, direction, checkpoint, backend, as_json) -> None:
    shell = current_shell()
    exporters = shell.registry.exporters
    if format_ not in exporters:
        raise UsageError(f"format {format_}: not one of {', '.join(exporters)}{suggest(format_, exporters)}")
    exporter = exporters[format_]
    from multigan.cli.progress import show_progress
    from multigan.modalities.file_names import refuse_run, refuse_unwritable
    from multigan.trained.opening import Trained

    if out:
        _refuse(out, format_, exporter)
        refuse_run(out)
    refuse_unwritable(out.parent if out else RunDirectory.open(run).path)

    with show_progress(shell.quiet) as progress:
        progress.part("opening the run")
        trained = Trained(
            run,
            shell.registry,
            checkpoint=checkpoint,
            backend=backend,
            device="cpu",
            warn=shell.say,
            direction=direction,
        )
        way = f"-{direction}" if direction else ""
        name = f"{trained.recipe.name}-{trained.step:08d}{way}{exporter.suffix}"
        out = out or trained.directory.path / "export" / name
        difference = _write(trained, format_, exporter, out, progress)
    room = find_modality(trained.recipe.modality)
    more, told = room.load("exported")(trained.data) if room.exported else ({}, "")
    if as_json:
        facts = {"format": format_, "path": str(out), "step": trained.step, "largest_difference": difference}
        print_json(facts | ({"direction": direction} if direction else {}) | more)
    if told:
        shell.say(told)
    shell.say(f"{out}: step {trained.step}, largest difference from the game {difference:.2g}")


def _write(trained, format_, exporter, out, progress) -> float:
    """Writes, compares and puts in place; returns the largest difference from the game."""
    # These import Keras: not before the run's backend is chosen.
    from multigan.fields import asked_fields
    from multigan.trained.exporting import verifier

    out.parent.mkdir(parents=True, exist_ok=True)
    precision, fields = trained.facts["settings"]["precision"]["value"], asked_fields(trained.game, trained.data)
    classes = min((len(field.classes) for field in fields.values() if field.classes), default=2)
    differences, check = [], verifier(trained.game, precision, classes)
    progress.part(f"writing {out.name}")

    def verify(function):
        progress.part(f"comparing {out.name} with the run's samples")
        differences.append(check(function))

    # Written beside its place and renamed when it has been compared, so that a file under its name is a good one.
    with naming_the_disk(out), tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as folder:
        try:
            with quiet_libraries():
                written = load_object(exporter.export)(trained.game, Path(folder) / out.name, verify)
        except ImportError as error:
            raise UsageError(f'format {format_}: {error}; install it with: pip install "{exporter.extra}"') from error
        if not differences:
            raise UsageError(f"format {format_}: its exporter did not compare what it wrote with the game")
        if out.exists():  # the run's own, of this step, from an earlier call
            os.replace(out, Path(folder) / "earlier")
        os.replace(written, out)
    return max(differences)


def _refuse(out, format_, exporter):
    if exporter.suffix and out.suffix != exporter.suffix:
        raise UsageError(f"--out {out}: a {format_} file ends in {exporter.suffix}")
    if os.path.lexists(out):
        raise UsageError(f"{out}: exists already; delete it or choose another --out")
