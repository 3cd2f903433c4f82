"""What samples are asked for by: kinds of fields, what a game asks, what nobody chose, and what was typed."""

from multigan.fields.asked import (
    Rows,
    Streamed,
    asked_fields,
    chosen,
    find_kind,
    first_samples,
    is_usual,
    label_of,
    spread,
)

__all__ = [
    "Rows",
    "Streamed",
    "asked_fields",
    "chosen",
    "find_kind",
    "first_samples",
    "is_usual",
    "label_of",
    "spread",
]
