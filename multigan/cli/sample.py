"""`multigan sample`: draws samples from a trained run."""

from pathlib import Path

import click

from multigan.api.saved import SavedRun
from multigan.api.writing import write_samples
from multigan.cli.options import (
    Place,
    backend_option,
    checkpoint_option,
    device_option,
    json_option,
    named_values,
    quiet_option,
)
from multigan.cli.output import print_json
from multigan.cli.shell import current_shell

__all__ = ["sample"]

# Texts that are printed beside being written.
PRINTED = 10
# Bad files that are named.
NAMED = 100


@click.command()
@click.argument("run", type=Place(file_okay=False))
@click.option(
    "-n",
    "count",
    type=click.IntRange(1),
    help="How many samples; by default 64, or one for each file of --input.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Of the latents; the same samples on every backend.",
)
@click.option(
    "--interpolate",
    "keys",
    type=click.IntRange(2),
    metavar="N",
    help="Draw the samples on a path from the first through the Nth latent of the seed. Not for points and texts.",
)
@click.option(
    "--hold",
    metavar="NAME",
    help="With --interpolate: latents of this name stay at the first, where a run has several, as content and motion.",
)
@click.option(
    "--frames",
    type=click.IntRange(2, 4096),
    metavar="N",
    help="Of clips: how many frames each has, of runs that make any number; by default as many as in training.",
)
@click.option(
    "--out",
    type=Place(file_okay=False),
    help="Folder for the files; RUN/samples/step-STEP-seed-SEED.",
)
@click.option("--overwrite", is_flag=True, help="Replace files of the same names that are in --out already.")
@click.option(
    "--format",
    "format_",
    default=None,
    help="Images: png, jpg, webp; points: csv; sounds: wav, flac, ogg; texts: txt, jsonl; clips: gif, webp, apng, mp4, "
    "png; all: npy. By default the first.",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME",
    help="Only this class, by name, or by its place from 0 where names are not numbers; may repeat. The samples are "
    "shared evenly.",
)
@click.option(
    "--condition",
    type=Place(dir_okay=False),
    metavar="FILE.npy",
    help="Vectors (m, k) to ask for, row by row in turn.",
)
@click.option(
    "--input",
    "inputs",
    type=Place(exists=True),
    multiple=True,
    metavar="FILE_OR_FOLDER",
    help="What samples are made of, such as pictures to translate; samples are called like these files. May repeat.",
)
@click.option(
    "--direction",
    metavar="NAME",
    help="Which way to go, of a run that goes more than one, such as b2a; by default the first.",
)
@click.option(
    "--as-is",
    is_flag=True,
    help="What --input gives goes in as it is, such as a drawing: nothing is made of it as training does.",
)
@click.option(
    "--compare",
    is_flag=False,
    flag_value="",
    metavar="[FOLDER]",
    help="Also write sheets of what went in and what came out, with what was wanted beside it: pictures of the same "
    "names in FOLDER, or what the input is made of.",
)
@click.option(
    "--tile",
    type=click.IntRange(32),
    metavar="PIXELS",
    help="Side of the tiles that large pictures go through in; smaller ones take less memory. By default 768.",
)
@click.option(
    "--ask",
    "asks",
    multiple=True,
    metavar="NAME=VALUE",
    callback=named_values,
    help="Any field that the run is asked by, by its name: a class, a file, or numbers parted by commas. May repeat.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    metavar="T",
    help="Of texts: below 1 likelier and more alike, above 1 more varied and worse; 0: always the likeliest token.",
)
@click.option("--prefix", default="", metavar="TEXT", help="Of texts: how all of them begin.")
@checkpoint_option
@backend_option
@device_option
@json_option
@quiet_option
def sample(
    run,
    count,
    seed,
    keys,
    hold,
    frames,
    out,
    overwrite,
    format_,
    labels,
    condition,
    inputs,
    direction,
    as_is,
    compare,
    tile,
    asks,
    temperature,
    prefix,
    checkpoint,
    backend,
    device,
    as_json,
):
    """Draw samples from a trained run.

    Writes one file a sample (points and texts: one file with all) and a preview; the first ten texts are printed, too.
    A conditional run makes as many samples of every class, or uses vectors and pictures that it kept of its data,
    unless --label, --condition, --input or --ask says what to make; with --interpolate all samples are of one class or
    vector, the first, and sounds and clips are also written one after another into one file. A folder of --out may
    hold other files, but none is replaced without --overwrite. Of a folder of --input, pictures that cannot be read are
    left out and named, and the exit code is 3.
    """
    shell = current_shell()
    typed = {"--label": labels, "--condition": [str(condition)] if condition else []}
    typed |= {"--input": [str(each) for each in inputs], **asks}
    saved = SavedRun(run, checkpoint=checkpoint, backend=backend, device=device, host=shell)
    drawn = write_samples(
        saved,
        out,
        count,
        seed,
        typed=typed,
        keys=keys,
        hold=hold,
        frames=frames,
        format=format_,
        direction=direction,
        overwrite=overwrite,
        as_is=as_is,
        compare=compare,
        tile=tile,
        temperature=temperature,
        prefix=prefix,
    )
    out, step = drawn.preview.parent, saved.step
    if as_json:
        told = {"step": step, "seed": seed, "folder": str(out), "files": [_within(p, out) for p in drawn.files]}
        if drawn.labels is not None:
            told["labels"] = [drawn.classes[label] for label in drawn.labels]
        if drawn.sequence:
            told["sequence"] = str(drawn.sequence)
        if drawn.sheets:
            told["sheets"] = [str(sheet) for sheet in drawn.sheets]
        if drawn.skipped:
            told["skipped"] = [{"name": name, "reason": reason} for name, reason in drawn.skipped]
        print_json(told | {"preview": str(drawn.preview)})
    for text in () if as_json else drawn.texts[:PRINTED]:
        click.echo(text)
    heard = f"; one after another: {drawn.sequence}" if drawn.sequence else ""
    for note in drawn.notes:
        shell.say(f"note: {note}")
    if drawn.sheets:
        more = len(drawn.sheets) > 1
        heard += f"; {len(drawn.sheets):,} sheet{'s' * more}: {drawn.sheets[0]}{' and on' * more}"
    made = f"{drawn.count} sample{'s' * (drawn.count != 1)}"
    shell.say(f"{made} of step {step} in {out}; preview: {drawn.preview}{heard}")
    if drawn.skipped:
        _tell_skipped(drawn)
        raise SystemExit(3)


def _tell_skipped(drawn) -> None:
    """Names what could not be read; an error, though not one that stopped anything."""
    total = len(drawn.skipped) + drawn.count
    click.echo(
        f"multigan: error: {len(drawn.skipped):,} of {total:,} files cannot be read and were left out:", err=True
    )
    for name, reason in drawn.skipped[:NAMED]:
        click.echo(f"  {name}: {reason}", err=True)
    if len(drawn.skipped) > NAMED:
        click.echo(f"  and {len(drawn.skipped) - NAMED:,} more; --json lists all", err=True)


def _within(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
