"""Fake packages with plugins: a dist-info folder and a module in a temporary folder on the path."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
RECIPE = """
from multigan import Option, Recipe, hookimpl

@hookimpl
def register_recipes():
    yield Recipe(name={name!r}, summary="Made for tests", modality="images", game="nowhere.game:Game", data="digits",
                 options={{"width": Option(default=8, minimum=1, help="how wide", reference="arXiv 1406.2661")}})
"""


class Site:
    """A folder like site-packages, which `install` fills."""

    def __init__(self, path: Path):
        self.path = path

    def install(
        self, name, source=None, *, package=None, version="1.0", requires=("multigan",), module=None, path=None
    ):
        """Writes a package that offers the plugin `name`, with `source` as its module; returns the module's name."""
        package, path = package or f"multigan-{name}", path or self.path
        module = module or package.replace("-", "_")
        path.mkdir(exist_ok=True)
        info = path / f"{package.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = [f"Name: {package}", f"Version: {version}", *(f"Requires-Dist: {line}" for line in requires)]
        (info / "METADATA").write_text("Metadata-Version: 2.1\n" + "\n".join(lines) + "\n")
        (info / "entry_points.txt").write_text(f"[console_scripts]\nx = y:z\n\n[multigan]\n{name} = {module}\n")
        (path / f"{module}.py").write_text(RECIPE.format(name=name) if source is None else dedent(source))
        importlib.invalidate_caches()
        return module


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A fake site-packages on `sys.path`; what was imported from it is forgotten afterwards."""
    monkeypatch.delenv("MULTIGAN_PLUGINS", raising=False)
    place = Site(tmp_path / "site")
    place.path.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(place.path)
    yield place
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "") or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def multigan(site, tmp_path):
    """Runs the real command line in a process of its own, with the fake packages; `importtime` adds to stderr."""

    def run(*words, importtime=False, path=(), **environ):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("MULTIGAN_", "_MULTIGAN", "PYTHON"))}
        folders = os.pathsep.join(map(str, [*path, site.path, ROOT]))
        flags = ["-X", "importtime"] if importtime else []
        return subprocess.run(
            [sys.executable, *flags, "-m", "multigan", *words],
            env={**kept, "PYTHONPATH": folders, "COLUMNS": "100", **environ},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
