"""run.toml: what a run was started with, read with care for a file that is damaged. Imports no framework."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from multigan.command_line import command_line
from multigan.errors import UsageError
from multigan.field import Field
from multigan.modality import modalities
from multigan.recipe import DataInfo, as_typed
from multigan.settings import SETTINGS

__all__ = ["asked_by", "check_resumable", "data_info", "read_facts", "sound_facts"]

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
# What may be missing, but is never of another kind.
OPTIONAL = {"": {"modality": str, "asks": list, "plugin_file": str, "plugin_sha256": str}, "data": {"condition": int}}

_MISSING, _EMPTY = "it is missing", "it is empty"


@dataclass(frozen=True)
class _Fault:
    """What is wrong with one entry: where it stands, in words what it is, and whether it is only missing."""

    table: str
    key: str
    told: str
    missing: bool = False


def read_facts(path: Path) -> dict[str, Any]:
    """Reads a run.toml that tells enough to draw samples.

    Returns:
        its tables as they stand in the file, `machine` empty where it is missing.

    Raises:
        UsageError: it cannot be read, or something in it is missing or of another kind; says what.
    """
    facts, told = _parse(path)
    if told:
        raise _damaged(path, told)
    for fault in (*_lacks(facts, NEEDED), *_wrong(facts, NEEDED, OPTIONAL)):
        raise _damaged(path, fault.told)
    if not isinstance(facts.setdefault("machine", {}), Mapping):
        facts["machine"] = {}
    return facts


def check_resumable(path: Path, facts: Mapping[str, Any]) -> None:
    """Raises `UsageError` where facts that suffice for samples do not suffice for going on."""
    for fault in (*_lacks(facts, RESUMED), *_wrong(facts, RESUMED)):
        raise _damaged(path, fault.told, "; multigan sample and evaluate can still use the run, --resume cannot")


def sound_facts(path: Path) -> tuple[dict[str, Any], list[str], list[str]]:
    """Reads as much of a run.toml as is sound, for who looks at a run and needs nothing of it.

    Returns:
        its tables without what is of another kind than it should be; what is wrong with the file, each to be said after
        its name; and what is missing of what samples and a resume take.
    """
    facts, told = _parse(path)
    if told:
        state = told.removeprefix("it ") if told in (_MISSING, _EMPTY) else f"is damaged ({told})"
        return {}, [f"{state}: what was run is not known"], []
    wrong = list(dict.fromkeys(_wrong(facts, NEEDED, RESUMED, OPTIONAL)))
    for fault in wrong:
        inside = facts[fault.table] if fault.table else facts
        inside.pop(fault.key, None) if fault.key else facts.pop(fault.table)
    dropped = {(fault.table, fault.key) for fault in wrong}
    missing = [
        fault
        for fault in (*_lacks(facts, NEEDED), *_lacks(facts, RESUMED))
        if (fault.table, fault.key) not in dropped and (fault.table, "") not in dropped
    ]
    return facts, [f"is damaged: {fault.told}" for fault in wrong], list(dict.fromkeys(fault.told for fault in missing))


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


def asked_by(facts: Mapping[str, Any]) -> dict[str, Field] | None:
    """Returns the fields that a run's game is asked by, by name; None where the run does not tell, as older ones."""
    try:
        return {field.name: field for field in map(Field.of_table, facts["asks"])}
    except (KeyError, TypeError, ValueError):
        return None


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _parse(path: Path) -> tuple[dict[str, Any], str]:
    """What a file holds, and why that is nothing."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        facts = tomllib.loads(text)
    except UnicodeDecodeError:
        return {}, "it cannot be read: it is no text in UTF-8"
    except tomllib.TOMLDecodeError as error:
        return {}, f"it cannot be read: {error}"
    except FileNotFoundError:
        return {}, _MISSING
    except OSError as error:
        return {}, f"it cannot be read: {error.strerror}"
    return facts, "" if facts else _EMPTY


def _lacks(facts: Mapping[str, Any], needed: Mapping[str, Mapping[str, type]]) -> Iterator[_Fault]:
    for table, keys in needed.items():
        entries = facts.get(table) if table else facts
        if not isinstance(entries, Mapping):
            yield _Fault(table, "", f"it has no table [{table}]", missing=True)
            continue
        for key in keys:
            value = _value(entries, key) if table == "settings" else entries.get(key)
            if value is None:
                yield _Fault(table, key, f"it does not tell {_name(table, key)}", missing=True)


def _wrong(facts: Mapping[str, Any], *kinds: Mapping[str, Mapping[str, type]]) -> Iterator[_Fault]:
    """What is there, and of another kind than it should be; of the settings and the options, and of some `kinds`."""
    for needed in kinds:
        for table, keys in needed.items():
            entries = facts.get(table, {}) if table else facts
            if not isinstance(entries, Mapping):
                yield _Fault(table, "", f"it has no table [{table}]")
                continue
            for key, kind in keys.items() if table != "settings" else ():
                if key in entries and not _is(entries[key], kind):
                    yield _Fault(table, key, _told(_name(table, key), entries[key], _WORDS[kind]))
    for table in ("settings", "options"):
        entries = facts.get(table, {})
        for key, entry in entries.items() if isinstance(entries, Mapping) else ():
            if not isinstance(entry, Mapping) or ("value" not in entry and key not in NEEDED[table]):
                yield _Fault(table, key, f"{table}.{key} has no value")
            elif table == "settings" and key in SETTINGS and "value" in entry:
                yield from _refused(key, entry["value"])
    data = facts.get("data", {})
    shape, classes = (data.get(key, []) if isinstance(data, Mapping) else [] for key in ("shape", "classes"))
    if isinstance(shape, list) and not all(_is(n, int) and n > 0 for n in shape):
        yield _Fault("data", "shape", _told("data.shape", shape, "whole numbers"))
    if isinstance(classes, list) and not all(isinstance(name, str) for name in classes):
        yield _Fault("data", "classes", _told("data.classes", classes, "texts"))


def _refused(key: str, value: Any) -> Iterator[_Fault]:
    """A setting that no run can have had."""
    option = SETTINGS[key]
    if not _is(value, (int, float) if option.type is float else option.type):
        yield _Fault("settings", key, _told(f"settings.{key}", value, _WORDS[option.type]))
        return
    try:
        option.parse(key, value, f"settings.{key}")
    except UsageError as error:
        yield _Fault("settings", key, str(error))


def _value(entries: Mapping[str, Any], key: str) -> Any:
    entry = entries.get(key)
    return entry.get("value") if isinstance(entry, Mapping) else entry


def _is(value: Any, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _name(table: str, key: str) -> str:
    return f"{table}.{key}".lstrip(".")


def _told(name: str, value: Any, kind: str) -> str:
    return f"{name} is {repr(value) if isinstance(value, str) else as_typed(value)}, and should be {kind}"


_WORDS = {str: "a text", int: "a whole number", float: "a number", list: "a list"}


def _damaged(path: Path, what: str, rest: str = "") -> UsageError:
    look = command_line("doctor", path.parent)
    mend = rest or f"; put a copy of it back; its log and samples are still there, see: {look}"
    return UsageError(f"{path}: damaged: {what}{mend}")
