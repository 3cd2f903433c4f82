"""Who installs into the environment that runs multigan: pip, uv or pipx."""

import importlib.util
import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from multigan.errors import UsageError

__all__ = ["Environment", "this_environment"]


@dataclass(frozen=True)
class Environment:
    """A Python environment, and what changes it.

    Args:
        prefix: its folder.
        installer: "pip", "uv" or "pipx".
        command: how that is called, up to its own words.
        note: what to know before anything is installed there, or "".
    """

    prefix: Path
    installer: str
    command: tuple[str, ...]
    note: str = ""

    def install(self, requirements: list[str], upgrade: bool, places: list[str], offline: bool) -> list[str]:
        """Returns the command that installs.

        Args:
            requirements: packages, perhaps with versions, or paths.
            upgrade: take newer versions of what is installed.
            places: folders or pages with wheels.
            offline: look nowhere else.
        """
        more = ["--upgrade"] if upgrade else []
        more += [word for place in places for word in ("--find-links", place)] + (["--no-index"] if offline else [])
        if self.installer == "pipx":
            passed = [f"--pip-args={' '.join(more)}"] if more else []
            return [*self.command, "inject", "multigan", *passed, *requirements]
        return [*self.command, "install", *self._python(), *more, *requirements]

    def uninstall(self, packages: list[str]) -> list[str]:
        """Returns the command that removes."""
        if self.installer == "pipx":
            return [*self.command, "uninject", "multigan", *packages]
        return [*self.command, "uninstall", *self._python(), *(["--yes"] if self.installer == "pip" else []), *packages]

    def _python(self) -> list[str]:
        return ["--python", sys.executable] if self.installer == "uv" else []


def this_environment(prefix: str | None = None, base: str | None = None) -> Environment:
    """Returns the environment that this process runs in, with the tool that made it where that is here, else another.

    Args:
        prefix, base: of the environment, and of the Python that it was made of; by default this process's.

    Raises:
        UsageError: nothing may be installed there, or nothing that could is here; says what to do.
    """
    folder, made_of = Path(prefix or sys.prefix), Path(base or sys.base_prefix)
    if folder == made_of and (Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED").exists():
        raise UsageError(
            f"{folder}: this Python belongs to the system, whose packages its own tools keep; make an environment of "
            "your own: python3 -m venv ~/multigan && ~/multigan/bin/pip install multigan"
        )
    if (folder / "pipx_metadata.json").exists() and (pipx := shutil.which("pipx")):
        return Environment(folder, "pipx", (pipx,))
    pip = (sys.executable, "-m", "pip") if importlib.util.find_spec("pip") else None
    uv = _uv()
    if uv and (_made_by_uv(folder) or not pip):
        return Environment(folder, "uv", (*uv, "pip"), _forgotten(folder))
    if pip:
        return Environment(folder, "pip", pip)
    raise UsageError(f"{folder}: neither pip nor uv is here to install with; run: {sys.executable} -m ensurepip")


def _uv() -> tuple[str, ...] | None:
    found = os.environ.get("UV") or shutil.which("uv")
    if found:
        return (found,)
    return (sys.executable, "-m", "uv") if importlib.util.find_spec("uv") else None


def _made_by_uv(folder: Path) -> bool:
    try:
        lines = (folder / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return any(line.partition("=")[0].strip() == "uv" for line in lines)


def _forgotten(folder: Path) -> str:
    """What makes uv take packages out again that its own files do not name."""
    if (folder / "uv-receipt.toml").exists():
        return "note: uv tool upgrade removes it again; to keep it: uv tool install multigan --with PACKAGE"
    if (folder.parent / "uv.lock").exists():
        return "note: uv sync removes it again; to keep it in the project: uv add PACKAGE"
    return ""
