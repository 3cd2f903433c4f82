"""`multigan data`: what will be read of some data, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from multigan.cli.options import Place, json_option, key_value, quiet_option, to_option
from multigan.cli.output import print_json
from multigan.cli.shell import current_shell

if TYPE_CHECKING:
    from pathlib import Path

    from multigan.data.source import DataReport, Source
    from multigan.modality import Modality

__all__ = ["data"]

# How many skipped files are listed for people; --json has all of them.
LISTED = 20


@click.group()
def data() -> None:
    """Look at data before training on them."""


@data.command()
@click.argument("place", metavar="PATH_OR_NAME")
@click.option(
    "-o",
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    callback=key_value,
    help="An option of the data, as multigan run takes it; see multigan recipes NAME.",
)
@click.option(
    "--modality", help="What the data are, as multigan recipes names it. By default as their name or header says."
)
@to_option
@click.option(
    "--sheet",
    type=Place(dir_okay=False),
    help="Write the first samples into this file, as a preview of a run: with what belongs to them side by side, "
    "before flips and random crops.",
)
@json_option
@quiet_option
def check(
    place: str, options: Mapping[str, str], modality: str | None, to: str | None, sheet: Path | None, as_json: bool
) -> None:
    """Tell what will be read, and what is wrong with it.

    Decodes every file once, or a part of very many, as multigan run does before it trains. PATH_OR_NAME is a folder, a
    zip, .npz, .npy, .csv, .tsv, .txt, .txt.gz, IDX, sound or film file, the name of a data set, hf:NAME or tfds:NAME.
    Exits with 2 when the data cannot be trained on.
    """
    from multigan.cli.sheet import draw_sheet
    from multigan.data import modality_of, open_source
    from multigan.errors import MultiganError
    from multigan.modality import find_modality, modalities
    from multigan.terminal.progress import show_progress
    from multigan.training.configuration import with_target

    shell = current_shell()
    datasets = shell.registry.datasets
    # What nothing tells is tried as the first modality; its own error says what is there instead.
    room = find_modality(modality or modality_of(place, datasets) or next(iter(modalities())))
    if not modality:
        _refuse_others(options, room, modalities().values())
    options = with_target(options, to, room.name)
    report, source, failed = None, None, None
    try:
        with show_progress(shell.quiet) as progress:
            progress.part("reading")
            source = open_source(place, room.name, options, datasets, partial(progress.part, "reading"))
            report = source.report
            written = draw_sheet(sheet, room, source) if sheet else None
    except MultiganError as error:
        report, failed = getattr(error, "report", None), error
    if as_json:
        print_json(_description(place, room, report, str(failed or ""), source))
    elif report is not None:
        _show(place, room, report, source)
    if failed:
        raise failed
    if written:
        shell.say(f"the first samples are in {written}")


def _refuse_others(options: Mapping[str, str], room: Modality, rooms: Iterable[Modality]) -> None:
    """Tells of options that another modality has, which the data do not look like."""
    from multigan.errors import UsageError

    for key in options:
        having = [other for other in rooms if key in other.options]
        if key not in room.options and having:
            names = " or ".join(f"--modality {other.name}" for other in having)
            raise UsageError(
                f"option {key}: the data look like {room.noun}, which have no such option; if they are "
                f"{' or '.join(other.noun for other in having)}, add {names}"
            )


def _description(
    place: str, room: Modality, report: DataReport | None, error: str = "", source: Source | None = None
) -> dict[str, Any]:
    """What --json prints."""
    facts: dict[str, Any] = {"data": place, "modality": room.name, "ok": source is not None, "error": error or None}
    if source is not None:
        facts |= {
            "shape": list(source.shape),
            "classes": list(source.classes),
            "in_memory": source.in_memory,
            "fingerprint": source.fingerprint,
            "condition": source.condition,
        }
        facts |= _told(room, source)[1]
    if report is not None:
        facts |= {
            "found": report.found,
            "used": report.used,
            "skipped": [{"name": name, "reason": reason} for name, reason in report.skipped],
            "notes": list(report.notes),
        }
    return facts


def _told(room: Modality, source: Source) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """What the modality tells of its data: rows for people, and facts."""
    if room.tell:
        return room.load("tell")(source)
    shape = f"{' x '.join(map(str, source.shape))} {room.counts}".rstrip()
    return [("shape", shape)], dict(source.facts)


def _show(place: str, room: Modality, report: DataReport, source: Source | None = None) -> None:
    """Prints it for people."""
    from multigan.data.spelling import listed

    click.echo(f"{place}: {report.used:,} of {report.found:,} {room.noun} can be used\n")
    if source is not None:
        for name, text in _told(room, source)[0]:
            _fact(name, text)
        if source.classes or "labels" in room.options:
            _fact("classes", f"{len(source.classes):,} ({listed(source.classes)})" if source.classes else "none")
        if source.condition:
            _fact("conditions", f"vectors of {source.condition:,} numbers")
        _fact("while training", "read from memory" if source.in_memory else "decoded when needed")
        _fact("fingerprint", source.fingerprint[:16])
    for note in report.notes:
        _fact("note", note)
    for name, reason in report.skipped[:LISTED]:
        _fact("skipped", f"{name}: {reason}")
    if len(report.skipped) > LISTED:
        _fact("skipped", f"and {len(report.skipped) - LISTED:,} more; --json lists all")


def _fact(name: str, text: str) -> None:
    click.echo(f"  {name:<16}{text}")
