"""Writes a new plugin from the templates of its kind."""

import datetime
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from multigan.errors import UsageError
from multigan.kit.names import class_name, package_name
from multigan.recipe import suggest

__all__ = ["KINDS", "Kit", "default_modality", "known_modalities", "write_plugin"]

# Kind: what it is, in a word for help and errors. Each has a folder of templates.
KINDS = {
    "two-player": "a generator against a discriminator, with every shared stabiliser",
    "game": "a game of one's own: players, turns, losses, codes that samples are asked for by",
    "translator": "pictures made out of pictures, learned from pairs",
    "observer": "hooks that watch a run",
    "data": "a data set that is generated",
    "modality": "a kind of sample of its own: how it is read, shown and measured, with data and a game",
}
# In every kind's folder: what does not depend on the modality.
ANY = "any"
# A path's placeholders, and what a template's name ends in.
PACKAGE, DOT, SUFFIX = "PACKAGE", "dot_", ".jinja"
USUAL = "images"


@dataclass(frozen=True)
class Kit:
    """A plugin to be written.

    Args:
        name: what `--plugin` takes.
        kind: one of `KINDS`.
        modality: what its samples are; "" where the kind has none.
    """

    name: str
    kind: str
    modality: str = ""

    @property
    def folder(self) -> str:
        """The name of its folder, and of the distribution."""
        return f"multigan-{self.name}"

    def facts(self) -> dict[str, object]:
        """What its templates are rendered with."""
        return {
            "name": self.name,
            "folder": self.folder,
            "package": package_name(self.name),
            "identifier": self.name.replace("-", "_"),
            "game": class_name(self.name),
            "modality": self.modality,
            "kind": self.kind,
            "requirement": _requirement(),
            "year": datetime.datetime.now(datetime.UTC).year,
        }


def known_modalities(kind: str) -> list[str]:
    """Returns the modalities that a kind has templates for; none where it has nothing to do with one."""
    folder = _templates() / kind
    return sorted(child.name for child in folder.iterdir() if child.is_dir() and child.name != ANY)


def default_modality(kind: str, wanted: str | None) -> str:
    """Returns the modality to write a kind for: the wanted one, images, or "" where the kind has none.

    Raises:
        UsageError: the kind has no templates for the wanted one; says which it has.
    """
    known = known_modalities(kind)
    if wanted and not known:
        raise UsageError(f"--modality {wanted}: a plugin of the kind {kind} is of no modality; leave it out")
    if wanted and wanted not in known:
        has = f"it is written for {', '.join(known)} alone"
        look = "for others read a plugin that has them, as the list of multigan recipes tells"
        raise UsageError(f"--modality {wanted}: no plugin of the kind {kind}: {has}; {look}{suggest(wanted, known)}")
    return wanted or (USUAL if USUAL in known else "")


def write_plugin(kit: Kit, parent: Path) -> list[Path]:
    """Writes a plugin's folder in `parent`, wholly or not at all; returns its files, relative to that folder.

    Raises:
        UsageError: there is something of that name already, or nothing can be written there.
    """
    target = parent / kit.folder
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target}: is there already, and nothing is replaced; choose another name or --out FOLDER")
    rendered = dict(_rendered(kit))
    try:
        parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{kit.folder}-", dir=parent))
    except OSError as error:
        raise UsageError(f"{parent}: nothing can be written there ({error.strerror}); choose another --out") from None
    try:
        for path, text in rendered.items():
            (aside / path).parent.mkdir(parents=True, exist_ok=True)
            (aside / path).write_text(text, encoding="utf-8")
        aside.chmod(0o777 & ~_umask())  # a temporary folder is its owner's alone
        aside.rename(target)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written ({error.strerror})") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return sorted(rendered)


def _rendered(kit: Kit) -> Iterator[tuple[Path, str]]:
    """Each file's path in the plugin's folder, and its text. What a modality has takes the place of what all have."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("multigan.kit"), undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    facts, found = kit.facts(), {}
    for layer in ("common", f"{kit.kind}/{ANY}", f"{kit.kind}/{kit.modality}"):
        found |= {
            name.removeprefix(f"{layer}/"): name
            for name in environment.list_templates(extensions=[SUFFIX[1:]])
            if name.startswith(f"{layer}/")
        }
    for path, name in found.items():
        parts = [_part(part, facts) for part in path.removesuffix(SUFFIX).split("/")]
        yield Path(*parts), environment.get_template(name).render(facts)


def _part(part: str, facts: dict) -> str:
    named = part.replace(PACKAGE, facts["package"]).replace("NAME", facts["identifier"])
    return f".{named.removeprefix(DOT)}" if named.startswith(DOT) else named


def _templates():
    return files("multigan.kit") / "templates"


def _requirement() -> str:
    """The versions of multigan that the plugin is written for: this one, and those that break nothing."""
    from packaging.version import Version

    from multigan.version import version

    now = Version(version())
    first = f"{now.major}.{now.minor}" if not now.is_prerelease else str(now.public)
    after = f"{now.major}.{now.minor + 1}" if not now.major else f"{now.major + 1}"
    return f">={first},<{after}"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
