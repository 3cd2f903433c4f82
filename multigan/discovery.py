"""Finds installed plugins in the metadata of the installed packages, without importing any of them."""

import importlib.metadata
import importlib.util
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.machinery import PathFinder

__all__ = ["GROUP", "Entry", "allowed_names", "block", "find_entries", "mentions", "unmet_requirement"]

GROUP = "multigan"


@dataclass(frozen=True)
class Entry:
    """One entry point of the group `multigan`: a plugin that a package offers.

    Args:
        name: what `--plugin` takes.
        target: the import string of the module, or object, that holds the hooks.
        package, version: of the distribution that offers it; empty when its metadata cannot be read.
        requires: the distribution's requirements, as its metadata spells them.
    """

    name: str
    target: str
    package: str
    version: str
    requires: tuple[str, ...] = ()


def find_entries() -> list[Entry]:
    """Returns every plugin that the distributions on `sys.path` offer, sorted by name and package.

    A distribution that is on the path twice counts once, and the first one wins, as it does for `import`.
    """
    entries, seen = set(), set()
    for distribution in importlib.metadata.distributions():
        try:
            text = distribution.read_text("entry_points.txt") or ""
        except (OSError, UnicodeDecodeError):
            continue
        if f"[{GROUP}]" not in text:
            continue
        package, version, requires = _describe(distribution)
        key = re.sub(r"[-_.]+", "-", package).lower()
        if package and key in seen:
            continue
        seen.add(key)
        for name, target in _lines(text):
            entries.add(Entry(name, target, package, version, requires))
    return sorted(entries, key=lambda entry: (entry.name, entry.package, entry.target))


def _describe(distribution: importlib.metadata.Distribution) -> tuple[str, str, tuple[str, ...]]:
    try:
        metadata = distribution.metadata
        return metadata.get("Name") or "", metadata.get("Version") or "", tuple(distribution.requires or ())
    except Exception:  # a half-removed package: what its metadata raises differs between Python versions
        return "", "", ()


def _lines(text: str) -> Iterable[tuple[str, str]]:
    # Not `Distribution.entry_points`: one malformed line there costs the package's sound ones, too.
    section = None
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("["):
            section = line.strip("[]").strip()
        elif section == GROUP and not line.startswith(("#", ";")):
            name, _, target = line.partition("=")
            yield name.strip(), target.strip()


def allowed_names(environ: Mapping[str, str]) -> set[str] | None:
    """Returns the plugins that `MULTIGAN_PLUGINS` admits: a comma-separated list, "" for none; None: all."""
    if "MULTIGAN_PLUGINS" not in environ:
        return None
    return {name.strip() for name in environ["MULTIGAN_PLUGINS"].split(",") if name.strip()}


def block(name: str, blocked: Iterable[str], environ: Mapping[str, str]) -> str:
    """Returns why plugin `name` must not be imported, or ""."""
    if name in blocked:
        return f"--no-plugin {name}"
    allowed = allowed_names(environ)
    return "not in MULTIGAN_PLUGINS" if allowed is not None and name not in allowed else ""


def unmet_requirement(requires: Iterable[str], core_version: str) -> str:
    """Returns the first requirement on multigan that `core_version` does not meet, or "".

    A development or pre-release version of the core counts as what it is: 0.2.0.dev1 meets `>=0.1` but not `>=0.2`.

    Raises:
        packaging.requirements.InvalidRequirement: a requirement on multigan cannot be read.
    """
    for line in requires:
        if not line.strip().lower().startswith("multigan"):
            continue
        from packaging.requirements import Requirement  # 50 ms, so only when there is something to read

        requirement = Requirement(line)
        if requirement.name.lower() != "multigan":
            continue
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        # packaging before 26 left pre-releases out unless told.
        if applies and not requirement.specifier.contains(core_version, prereleases=True):
            return f"multigan{requirement.specifier}"
    return ""


def mentions(entry: Entry, word: str) -> bool:
    """Whether the source of the plugin's module contains `word`; True when there is no source to look at.

    Nothing is imported, not even a parent package.
    """
    path = None
    try:
        parts = entry.target.partition(":")[0].strip().split(".")
        for end in range(1, len(parts) + 1):
            find = importlib.util.find_spec if end == 1 else lambda name, path=path: PathFinder.find_spec(name, path)
            spec = find(".".join(parts[:end]))
            path = spec.submodule_search_locations
        return word.encode() in spec.loader.get_data(spec.origin)
    except Exception:  # no module, no source, an import hook with its own ways: importing it will tell
        return True
