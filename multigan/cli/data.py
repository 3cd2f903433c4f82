"""`multigan data`: what will be read of some data, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from multigan.cli.options import json_option, key_value, quiet_option
from multigan.cli.output import print_json
from multigan.cli.shell import current_shell

if TYPE_CHECKING:
    from multigan.data.source import DataReport, Source

__all__ = ["data"]

# How many skipped files are listed for people; --json has all of them.
LISTED = 20
# Texts that are shown, and characters of each.
EXAMPLES = 3
WIDTH = 80


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
    "--modality", help="What the data are: images, points, audio or text. By default as their name or header says."
)
@json_option
@quiet_option
def check(place: str, options: Mapping[str, str], modality: str | None, as_json: bool) -> None:
    """Tell what will be read, and what is wrong with it.

    Decodes every file once, as multigan run does before it trains. PATH_OR_NAME is a folder, a zip, .npz, .npy, .csv,
    .tsv, .txt, .txt.gz, IDX or sound file, the name of a data set, hf:NAME or tfds:NAME. Exits with 2 when the data
    cannot be trained on.
    """
    from multigan.cli.progress import show_progress
    from multigan.data import modality_of, open_source
    from multigan.data.source import UnreadableDataError
    from multigan.errors import MultiganError

    shell = current_shell()
    datasets = shell.registry.datasets
    modality = modality or modality_of(place, datasets) or "images"
    try:
        with show_progress(shell.quiet) as progress:
            progress.part("reading")
            source = open_source(place, modality, options, datasets, partial(progress.part, "reading"))
    except UnreadableDataError as error:
        _show(_description(place, modality, error.report, str(error)), as_json)
        raise
    except MultiganError as error:
        if as_json:
            _show(_description(place, modality, None, str(error)), as_json)
        raise
    _show(_description(place, modality, source.report, source=source), as_json)


def _description(
    place: str, modality: str, report: DataReport | None, error: str = "", source: Source | None = None
) -> dict[str, Any]:
    facts: dict[str, Any] = {"data": place, "modality": modality, "ok": source is not None, "error": error or None}
    if source is not None:
        facts |= {
            "shape": list(source.shape),
            "classes": list(source.classes),
            "in_memory": source.in_memory,
            "fingerprint": source.fingerprint,
            "condition": source.condition,
        }
        if modality == "points":
            start = source.origin or (0.0,) * len(source.mean)
            mean = [mean + origin for mean, origin in zip(source.mean, start, strict=True)]
            facts |= {"mean": mean, "scale": list(source.scale), "origin": list(source.origin)}
        if modality == "audio":
            facts |= {"sample_rate": source.sample_rate, "seconds": source.seconds, "slices": len(source)}
        if modality == "text":
            facts |= _text_facts(source)
    if report is not None:
        facts |= {
            "found": report.found,
            "used": report.used,
            "skipped": [{"name": name, "reason": reason} for name, reason in report.skipped],
            "notes": list(report.notes),
        }
    return facts


def _show(facts: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(facts)
        return
    what = {"audio": "sounds", "text": "texts"}.get(facts["modality"], facts["modality"])
    click.echo(f"{facts['data']}: {facts['used']:,} of {facts['found']:,} {what} can be used\n")
    if facts["ok"]:
        for name, text in _shape(facts):
            _fact(name, text)
        if facts["modality"] != "text":
            _fact("classes", _listed(facts["classes"]) or "none")
        if facts["condition"]:
            _fact("conditions", f"vectors of {facts['condition']:,} numbers")
        _fact("while training", "read from memory" if facts["in_memory"] else "decoded when needed")
        _fact("fingerprint", facts["fingerprint"][:16])
    for note in facts["notes"]:
        _fact("note", note)
    for skipped in facts["skipped"][:LISTED]:
        _fact("skipped", f"{skipped['name']}: {skipped['reason']}")
    if len(facts["skipped"]) > LISTED:
        _fact("skipped", f"and {len(facts['skipped']) - LISTED:,} more; --json lists all")


def _shape(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    if facts["modality"] == "points":
        rows = [("shape", f"{facts['shape'][0]:,} numbers, in the data's units")]
        mean = _numbers(facts["mean"], 15 if facts["origin"] else 4)
        return [*rows, ("mean", mean), ("scale", _numbers(facts["scale"]))]
    if facts["modality"] == "audio":
        length, channels = facts["shape"]
        rate = facts["sample_rate"]
        return [
            ("shape", f"{length:,} x {channels} (samples x channels) at {rate:,} Hz, values in [-1, 1]"),
            ("slices", f"{facts['slices']:,} of {length / rate:.3g} s, from {facts['seconds']:,.1f} s of sound"),
        ]
    if facts["modality"] == "text":
        length = facts["shape"][0]
        room = f"{length:,} tokens" if facts["end"] < 0 else f"at most {length - 1:,} tokens and an end"
        rows = [("shape", f"{room}, of a vocabulary of {facts['vocabulary']:,}")]
        return rows + [("example", _cut(text)) for text in facts["examples"]]
    height, width, channels = facts["shape"]
    return [("shape", f"{height} x {width} x {channels} (height x width x channels), values in [-1, 1]")]


def _text_facts(source: Source) -> dict[str, Any]:
    import numpy as np

    lengths = np.percentile(source.lengths() - (source.end >= 0), (50, 95, 100))  # without the ends
    examples = source.batch(np.linspace(0, len(source) - 1, min(EXAMPLES, len(source))).astype(int))["text"]
    return {
        "vocabulary": source.vocabulary,
        "end": source.end,
        "oracle": source.oracle,
        "lengths": dict(zip(("median", "95 %", "longest"), lengths.tolist(), strict=True)),
        "held_out": len(source.held_out),
        "examples": source.tokenizer.decode_all(examples),
    }


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}..."


def _numbers(values: list[float], digits: int = 4) -> str:
    return ", ".join(f"{value:.{digits}g}" for value in values[:8]) + (", ..." if len(values) > 8 else "")


def _fact(name: str, text: str) -> None:
    click.echo(f"  {name:<16}{text}")


def _listed(classes: list[str]) -> str:
    shown = ", ".join(classes[:10])
    return f"{len(classes):,} ({shown}{', ...' if len(classes) > 10 else ''})" if classes else ""
