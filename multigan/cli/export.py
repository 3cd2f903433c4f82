"""`multigan export`: writes a trained generator for other tools."""

import os
import shutil
import tempfile
from pathlib import Path

import click

from multigan.backend import quiet_libraries
from multigan.cli.options import backend_option, checkpoint_option, json_option, quiet_option
from multigan.cli.output import print_json
from multigan.cli.shell import current_shell
from multigan.errors import UsageError
from multigan.recipe import load_object, suggest

__all__ = ["export"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.option("--format", "format_", default="keras", show_default=True, help="keras, savedmodel, onnx, or a plugin's.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="The file or folder to write; by default RUN/export/RECIPE-STEP."
)
@checkpoint_option
@backend_option
@json_option
@quiet_option
def export(run, format_, out, checkpoint, backend, as_json):
    """Write a trained generator for other tools.

    The written model is read back and compared with the run's own samples; a model that differs is not kept.
    """
    shell = current_shell()
    exporters = shell.registry.exporters
    if format_ not in exporters:
        raise UsageError(f"format {format_}: not one of {', '.join(exporters)}{suggest(format_, exporters)}")
    exporter = exporters[format_]
    from multigan.training.trained import Trained

    trained = Trained(run, shell.registry, checkpoint=checkpoint, backend=backend, device="cpu", warn=shell.say)
    from multigan.training.exporters import verifier  # imports Keras: not before the run's backend is chosen

    out = out or trained.directory.path / "export" / f"{trained.recipe.name}-{trained.step:08d}{exporter.suffix}"
    if exporter.suffix and out.suffix != exporter.suffix:
        raise UsageError(f"--out {out}: a {format_} file ends in {exporter.suffix}")
    if out.exists():
        raise UsageError(f"{out}: exists already; delete it or choose another --out")
    out.parent.mkdir(parents=True, exist_ok=True)
    precision, classes = trained.facts["settings"]["precision"]["value"], len(trained.data.classes)
    differences, check = [], verifier(trained.game, precision, classes)

    def verify(function):
        differences.append(check(function))

    # Written beside its place and renamed when it has been compared, so that a file under its name is a good one.
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as folder:
        try:
            with quiet_libraries():
                written = load_object(exporter.export)(trained.game, Path(folder) / out.name, verify)
        except ImportError as error:
            raise UsageError(f'format {format_}: {error}; install it with: pip install "{exporter.extra}"') from error
        if not differences:
            raise UsageError(f"format {format_}: its exporter did not compare what it wrote with the game")
        (shutil.move if written.is_dir() else os.replace)(written, out)
    if as_json:
        facts = {"format": format_, "path": str(out), "step": trained.step, "largest_difference": max(differences)}
        print_json(facts | ({"origin": list(trained.data.origin)} if trained.data.origin else {}))
    if trained.data.origin:
        shell.say(f"add {', '.join(f'{start:.17g}' for start in trained.data.origin)} to the points that it makes")
    shell.say(f"{out}: step {trained.step}, largest difference from the game {max(differences):.2g}")
