"""`multigan sample`: draws samples from a trained run."""

from pathlib import Path

import click

from multigan.backend import BACKENDS
from multigan.cli.options import json_option, quiet_option
from multigan.cli.output import print_json
from multigan.cli.shell import current_shell

__all__ = ["sample"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.option("-n", "count", type=click.IntRange(1), default=64, show_default=True, help="How many samples.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of the latents; the same samples on every backend.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the files; RUN/samples/step-STEP-seed-SEED.",
)
@click.option(
    "--format", "format_", default=None, help="One file a sample in this format; by default the modality's own."
)
@click.option("--checkpoint", default="latest", show_default=True, metavar="latest|best|STEP", help="Which weights.")
@click.option("--backend", type=click.Choice(BACKENDS), help="By default the run's own.")
@click.option("--device", type=click.Choice(["cpu", "gpu"]), help="By default a gpu where there is one.")
@json_option
@quiet_option
def sample(run, count, seed, out, format_, checkpoint, backend, device, as_json):
    """Draw samples from a trained run.

    Writes one file a sample, and a preview of the first 64.
    """
    shell = current_shell()
    from multigan.training.samples import formats, preview_suffix, write_each, write_samples
    from multigan.training.trained import Trained

    trained = Trained(run, shell.registry, checkpoint=checkpoint, backend=backend, device=device, warn=shell.say)
    modality = trained.recipe.modality
    format_ = format_ or formats(modality)[0]
    out = out or trained.directory.samples / f"step-{trained.step:08d}-seed-{seed}"
    samples = trained.game.sample(count, seed)
    paths = write_each(out, samples, modality, format_)
    preview = write_samples(out / f"preview{preview_suffix(modality)}", samples[:64], modality)
    if as_json:
        print_json(
            {
                "step": trained.step,
                "seed": seed,
                "folder": str(out),
                "files": [p.name for p in paths],
                "preview": str(preview),
            }
        )
    shell.say(f"{len(paths)} samples of step {trained.step} in {out}; preview: {preview}")
