"""`multigan doctor`: what a run suffers from, and what to try."""

import shlex
from collections.abc import Iterator
from textwrap import wrap

import click

from multigan.cli.options import Place, json_option, quiet_option
from multigan.cli.output import print_json
from multigan.cli.shell import current_shell
from multigan.recipe import as_typed

__all__ = ["doctor"]

WIDTH = 100


@click.command()
@click.argument("run", type=Place(file_okay=False))
@json_option
@quiet_option
def doctor(run, as_json):
    """Explain what a run suffers from, and what to try.

    Every finding with its figures, what it means, the options of the recipe that treat it, and a command to run. The
    exit code is 0 for the healthy and for the ill.
    """
    from multigan.health.doctor import diagnose

    recipes = {recipe.name: recipe for _, recipe in current_shell().registry.recipes.values()}
    diagnosis = diagnose(run, recipes)
    if as_json:
        print_json(diagnosis)
    else:
        click.echo("\n".join(_told(diagnosis)))


def _told(diagnosis) -> Iterator[str]:
    yield "{run}: {recipe} on {data}, {step:,} steps, {outcome}".format(**diagnosis)
    if diagnosis["recoveries"]:
        yield f"It went back to a checkpoint {diagnosis['recoveries']} times, after values that were not finite."
    for notice in diagnosis["notices"]:
        yield f"Note: {notice.removesuffix('.')}."
    found = diagnosis["findings"]
    for number, finding in enumerate(found, start=1):
        yield ""
        yield from _finding(number, finding, diagnosis["recipe"])
    yield ""
    if not found and diagnosis["verdict"] == "unknown":
        yield "It cannot be judged yet."
    elif not found:
        yield "Healthy, as far as its log tells."
    if found or diagnosis["verdict"] == "healthy":
        others = [words for name, words in diagnosis["checks"].items() if name not in {f["name"] for f in found}]
        yield from _wrapped(f"Looked for{', and not found' if found else ''}: {'; '.join(others)}.", "")
    for entry in diagnosis["past"]:
        yield f"Past: {entry['name']}, found at step {entry['step']:,}, is no more."
    by_reason = {}
    for name, reason in diagnosis["pending"].items():
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        yield from _wrapped(f"Not judged: {', '.join(names)}: {reason}.", "")
    if not found and diagnosis["figures"]:
        told = ", ".join(f"{name} {value:.3g}" for name, value in diagnosis["figures"].items() if _is_number(value))
        yield from _wrapped(f"Newest figures: {told}.", "")


def _finding(number, finding, recipe) -> Iterator[str]:
    since = "" if finding["since"] is None else f", since step {finding['since']:,}"
    yield f"{number}. {finding['name']}{since}"
    yield from _wrapped(f"Seen: {finding['message']}.")
    for name, values in finding["figures"].items():
        told = ", ".join(f"{value:.4g} at {step:,}" if _is_number(value) else f"{value}" for step, value in values)
        yield from _wrapped(f"{name}: {told}", "     ")
    yield from _wrapped(finding["meaning"])
    if finding["treatments"]:
        yield f"   Options of {recipe} that treat it:"
        for treatment in finding["treatments"]:
            yield from _treatment(treatment)
    for other in finding["recipes"]:
        yield from _wrapped(f"Another game: {other['recipe']}: {other['why']}.")
    if finding["command"]:
        yield f"   Try: {finding['command']}"


def _treatment(treatment) -> Iterator[str]:
    from multigan.settings import SETTINGS

    name, value = treatment["name"], as_typed(treatment["value"])
    flag = shlex.join([f"--{name.replace('_', '-')}", value] if name in SETTINGS else ["-o", f"{name}={value}"])
    now = f" (now {as_typed(treatment['now'])})" if treatment["now"] not in (None, "") else ""
    source = f" (arXiv {treatment['reference']})" if treatment["reference"] else ""
    yield from _wrapped(f"{flag}{now}: {treatment['why']}{source}", "     ")


def _wrapped(text, indent="   ") -> list[str]:
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _is_number(value) -> bool:
    return isinstance(value, (int, float))
