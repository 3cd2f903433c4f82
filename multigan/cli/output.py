"""Data on stdout: tables for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

__all__ = ["print_json", "print_table"]

PIPE_WIDTH = 200  # columns where there is no terminal to fit into


def print_json(value: Any) -> None:
    """Writes `value` to stdout, indented."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], styles: Mapping[str, str] | None = None) -> None:
    """Writes a table to stdout, as wide as the terminal; cells are plain text, whatever brackets they hold.

    Nothing is coloured when `NO_COLOR` is set, and nothing is styled when stdout is no terminal.

    Args:
        columns: their headings.
        rows: of as many cells.
        styles: a cell's whole text -> its style, such as `"red"`.
    """
    terminal = sys.stdout.isatty()
    console = Console(markup=False, emoji=False, highlight=False, width=None if terminal else PIPE_WIDTH)
    table = Table(box=box.SIMPLE_HEAD if terminal else None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column == columns[0])
    for row in rows:
        table.add_row(*(Text(cell, style=(styles or {}).get(cell, "")) for cell in row))
    console.print(table)
