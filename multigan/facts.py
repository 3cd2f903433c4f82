"""run.toml: what a run was started with, read with care for a file that is damaged. Imports no framework."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multigan.command_line import command_line
from multigan.errors import UsageError
from multigan.field import Field
from multigan.modality import modalities
from multigan.recipe import DataInfo

__all__ = ["check_resumable", "data_info", "read_facts"]

# What drawing samples takes, by table; "" is the top.
NEEDED = {
    "": {"recipe": str},
    "settings": {"seed": int, "precision": str},
    "options": {},
    "data": {"name": str, "shape": list, "count": int, "classes": list, "fingerprint": str},
    "versions": {},  # it stands behind the data, so that without it those may have been cut short
}
# What going on takes beyond that.
RESUMED = {
    "": {"plugin": str, "started": str},
    "settings": {"data": str, "steps": int, "batch_size": int},
    # All that stands last in the file, so that nothing before it was cut off.
    "machine": {"backend": str, "device": str, "system": str, "processor": str, "cpus": int},
}


def read_facts(path: Path) -> dict[str, Any]:
    """Reads a run.toml that tells enough to draw samples.

    Returns:
        its tables as they stand in the file, `machine` empty where it is missing.

    Raises:
        UsageError: it cannot be read, or something in it is missing or of another kind; says what.
    """
    try:
        facts = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _damaged(path, f"it cannot be read: {error}") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    _check(path, facts, NEEDED, "")
    if not isinstance(facts.setdefault("machine", {}), Mapping):
        facts["machine"] = {}
    return facts


def check_resumable(path: Path, facts: Mapping[str, Any]) -> None:
    """Raises `UsageError` where facts that suffice for samples do not suffice for going on."""
    _check(path, facts, RESUMED, "; multigan sample and evaluate can still use the run, --resume cannot")


def data_info(facts: Mapping[str, Any]) -> DataInfo:
    """What a run's game was told of its data; facts that older versions did not write have their defaults."""
    data, known = facts["data"], modalities().get(facts.get("modality", ""))
    return DataInfo(
        name=data["name"],
        shape=tuple(data["shape"]),
        count=data["count"],
        classes=tuple(data["classes"]),
        fingerprint=data["fingerprint"],
        condition=data.get("condition", 0),
        field=known.field if known else "image",
        beside=tuple(map(Field.of_table, data.get("beside", ()))),
        facts={key: _frozen(data.get(key, default)) for key, default in (known.facts if known else {}).items()},
    )


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _check(path: Path, facts: Mapping[str, Any], needed: Mapping[str, Mapping[str, type]], rest: str) -> None:
    for table, keys in needed.items():
        entries = facts if not table else facts.get(table)
        if not isinstance(entries, Mapping):
            raise _damaged(path, f"it has no table [{table}]", rest)
        for key, kind in keys.items():
            name, value = f"{table}.{key}".lstrip("."), entries.get(key)
            if table == "settings":
                value = value.get("value") if isinstance(value, Mapping) else None
            if value is None:
                raise _damaged(path, f"it does not tell {name}", rest)
            if not isinstance(value, kind) or isinstance(value, bool):
                raise _damaged(path, f"{name} is {value!r}, and should be {_WORDS[kind]}", rest)
        if table in ("settings", "options"):
            for key, entry in entries.items():
                if not isinstance(entry, Mapping) or "value" not in entry:
                    raise _damaged(path, f"{table}.{key} has no value", rest)
        if table == "data" and not all(isinstance(n, int) and n > 0 for n in entries.get("shape", ())):
            raise _damaged(path, f"data.shape is {entries['shape']!r}, and should be whole numbers", rest)


_WORDS = {str: "a text", int: "a whole number", list: "a list"}


def _damaged(path: Path, what: str, rest: str = "") -> UsageError:
    look = command_line("doctor", path.parent)
    mend = rest or f"; put a copy of it back; its log and samples are still there, see: {look}"
    return UsageError(f"{path}: damaged: {what}{mend}")
