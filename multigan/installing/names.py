"""From what a plugin is called to the package that has it."""

import re
from pathlib import Path

from multigan.errors import UsageError
from multigan.plugins import Registry
from multigan.recipe import suggest

__all__ = ["PUBLISHED", "distributions_of", "requirement_of"]

# The plugins that the project itself publishes, for the near names in errors.
PUBLISHED = (
    "animation", "cgan", "cyclegan", "dcgan", "gan", "gaugan", "inpaint", "mlflow", "pix2pix", "seqgan", "studio",
    "superres", "tensorboard", "wavegan", "wgan", "wgan-gp",
)  # fmt: skip
PREFIX = "multigan-"
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*?)(\[[A-Za-z0-9,._ -]+\])?((?:[<>=!~]=?=?[0-9][\w.*+!,<>=~ -]*)?)")


def requirement_of(name: str) -> str:
    """Returns what an installer is to be told: `cyclegan` is in the package `multigan-cyclegan`.

    Args:
        name: of a plugin, perhaps with a version, `"cyclegan>=0.2"`, or an extra; of its package; or the path of a
            wheel or of a package's folder.

    Raises:
        UsageError: none of these.
    """
    if name.endswith((".whl", ".tar.gz")) or "/" in name or name in (".", ".."):
        if not Path(name).expanduser().exists():
            raise UsageError(f"{name}: no file or folder is there; give a plugin's name, as in multigan install dcgan")
        return str(Path(name).expanduser())
    found = _NAME.fullmatch(name.strip())
    if not found:
        raise UsageError(f"{name}: no name of a plugin, such as dcgan, nor a path")
    plugin, extra, version = found[1], found[2] or "", found[3]
    if _plain(plugin) == "multigan":
        raise UsageError("multigan is the tool itself; give a plugin's name, as in multigan install dcgan")
    package = plugin if _plain(plugin).startswith(PREFIX) else f"{PREFIX}{plugin}"
    return f"{package}{extra}{version}"


def distributions_of(names: tuple[str, ...], registry: Registry) -> dict[str, list[str]]:
    """Returns the packages to be removed for plugins of these names, each with all plugins that it has.

    Raises:
        UsageError: no such plugin is installed, or two packages offer it.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        wanted = _plain(name)
        packages = {info.package for info in registry.plugins if info.name == name or _plain(info.package) == wanted}
        if wanted == "multigan":
            raise UsageError("multigan is the tool itself: remove it with the installer that you have it of")
        if not packages:
            installed = {info.name for info in registry.plugins}
            raise UsageError(f"{name}: no plugin that is installed is called so{suggest(name, installed)}")
        if len(packages) > 1:
            both = " and ".join(sorted(packages))
            raise UsageError(f"{name}: {both} both offer it; give the name of the package that is to go")
        (package,) = packages
        if not package:
            raise UsageError(f"{name}: its package has no metadata, so no installer can remove it; delete its files")
        found[package] = [info.name for info in registry.plugins if info.package == package]
    return found


def near(requirement: str) -> str:
    """Returns `"; did you mean X?"` for a package that is called nearly like one of the project's."""
    name = re.split(r"[\[<>=!~]", _plain(requirement))[0].removeprefix(PREFIX)
    return "" if name in PUBLISHED else suggest(name, PUBLISHED)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
