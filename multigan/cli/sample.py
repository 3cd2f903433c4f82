"""`multigan sample`: draws samples from a trained run."""

from pathlib import Path

import click

from multigan.cli.options import backend_option, checkpoint_option, device_option, json_option, quiet_option
from multigan.cli.output import print_json
from multigan.cli.shell import current_shell

__all__ = ["sample"]

# Samples in a preview; of other modalities 64.
PREVIEWED = {"points": 2500}


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
@click.option("--format", "format_", default=None, help="In this format; by default the modality's own.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME",
    help="Only this class, by name or number; may repeat. The samples are shared evenly.",
)
@click.option(
    "--condition",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.npy",
    help="Vectors (m, k) to ask for, row by row in turn.",
)
@checkpoint_option
@backend_option
@device_option
@json_option
@quiet_option
def sample(run, count, seed, out, format_, labels, condition, checkpoint, backend, device, as_json):
    """Draw samples from a trained run.

    Writes one file a sample (points: one file with all) and a preview. A conditional run makes as many samples of every
    class, or uses the vectors that it kept of its data, unless --label or --condition says what to make.
    """
    shell = current_shell()
    from multigan.training.conditions import ask
    from multigan.training.samples import formats, write_each
    from multigan.training.trained import Trained

    trained = Trained(run, shell.registry, checkpoint=checkpoint, backend=backend, device=device, warn=shell.say)
    modality = trained.recipe.modality
    format_ = format_ or formats(modality)[0]
    out = out or trained.directory.samples / f"step-{trained.step:08d}-seed-{seed}"
    asked = ask(trained, count, labels, condition)
    samples = trained.game.sample(count, seed, asked)
    facts = {"labels": asked, "classes": trained.data.classes} if trained.game.conditional == "label" else {}
    paths = write_each(out, samples, modality, format_, **facts)
    preview = _write_preview(out, trained, samples, facts)
    if as_json:
        told = {"step": trained.step, "seed": seed, "folder": str(out), "files": [p.name for p in paths]}
        if facts:
            told["labels"] = [trained.data.classes[label] for label in asked]
        print_json(told | {"preview": str(preview)})
    shell.say(f"{count} samples of step {trained.step} in {out}; preview: {preview}")


def _write_preview(out, trained, samples, facts):
    """Writes a preview: of the first samples, or of some of each class, in whose order they are."""
    import numpy as np

    from multigan.training.reference import read_reference
    from multigan.training.samples import preview_suffix, write_samples

    modality, shown = trained.recipe.modality, np.arange(len(samples))
    most = PREVIEWED.get(modality, 64)
    if len(samples) > most:
        shown = np.linspace(0, len(samples) - 1, most).astype(int) if facts else shown[:most]
    if facts:
        facts = facts | {"labels": facts["labels"][shown]}
    if modality == "points":
        reference = read_reference(trained.directory.reference)
        facts |= {"data": None if reference is None else reference.samples, "score": trained.game.score}
    return write_samples(out / f"preview{preview_suffix(modality)}", samples[shown], modality, **facts)
