"""Previews that are lines of text in a report: a table with a column for each of a few steps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["line_table"]

COLUMNS = 4  # the first preview, some between, the last one
ROWS = 16
BYTES = 1 << 20  # of a file
LENGTH = 400  # characters of a text


def line_table(samples: Mapping[int, Path], notices: list[str]) -> dict[str, Any] | None:
    """Returns `steps` and `rows`, each row the lines of one place at these steps; None where no file can be read.

    Args:
        samples: files of lines by step, in order.
        notices: takes a sentence for each file that could not be read.
    """
    steps = list(samples)
    if len(steps) > COLUMNS:
        steps = [steps[round(index * (len(steps) - 1) / (COLUMNS - 1))] for index in range(COLUMNS)]
    columns = {}
    for step in steps:
        try:
            with open(samples[step], "rb") as file:
                content = file.read(BYTES).decode("utf-8", "replace")
        except OSError as error:
            notices.append(f"samples/{samples[step].name} could not be shown ({type(error).__name__}).")
            continue
        columns[step] = [_short(line) for line in content.split("\n")[:ROWS]]
        if columns[step][-1:] == [""]:  # after the last line's end
            columns[step].pop()
    if not columns:
        return None
    count = max(map(len, columns.values()))
    rows = [[lines[place] if place < len(lines) else "" for lines in columns.values()] for place in range(count)]
    return {"steps": list(columns), "rows": rows}


def _short(text: str) -> str:
    return text if len(text) <= LENGTH else f"{text[:LENGTH]}..."
