"""Packages as an index would get them, and environments that hold nothing else of this checkout."""

import contextlib
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

__all__ = ["EXAMPLE", "PACKAGES", "ROOT", "Built", "Environment"]

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "third-party-infogan"
PACKAGES = [ROOT, *sorted(path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml"))]


class Built:
    """A package's sdist, and the wheel that is built from that, as `uv build` and `python -m build` do it."""

    def __init__(self, source: Path, out: Path):
        self.source = source
        self.sdist = Path(next(SdistBuilder(str(source)).build(directory=str(out), versions=["standard"])))
        self.unpacked = out / self.sdist.name.removesuffix(".tar.gz")
        with tarfile.open(self.sdist) as archive:
            archive.extractall(out, filter="data")
        self.wheel = Path(next(WheelBuilder(str(self.unpacked)).build(directory=str(out), versions=["standard"])))


class Environment:
    """A virtual environment without multigan and without any plugin, over what else this one has installed."""

    def __init__(self, path: Path):
        self.path, self.uv = path, shutil.which("uv")
        # Not what ensurepip brings, where uv is at hand: that takes seconds.
        venv.create(path, symlinks=True, with_pip=not self.uv)
        self.bin = path / ("Scripts" if os.name == "nt" else "bin")
        (self.site,) = path.glob("lib/python*/site-packages")
        # In folders of their own: parts of one namespace may lie in several.
        sites = [Path(folder) for folder in sys.path if Path(folder).name == "site-packages"]
        for number, folder in enumerate(sites):
            (path / f"deps-{number}").mkdir()
            for entry in folder.iterdir():
                if entry.suffix != ".pth" and not entry.name.startswith("__editable__") and not ours(entry):
                    (path / f"deps-{number}" / entry.name).symlink_to(entry)
        folders = [str(path / f"deps-{number}") for number in range(len(sites))]
        (self.site / "dependencies.pth").write_text("\n".join(folders))

    def install(self, *wheels: Path):
        """Installs wheels, and nothing that they need."""
        python = self.bin / "python"
        installer = [self.uv, "pip", "install", "--offline", "--python", python]
        installer = installer if self.uv else [python, "-m", "pip", "install", "--quiet"]
        done = subprocess.run([*installer, "--no-index", "--no-deps", *wheels], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def run(self, program, *words, cwd, code=0, **environ):
        """Runs a program of the environment in a folder that is not the checkout's; returns (stdout, stderr)."""
        left_out = ("MULTIGAN_", "MLFLOW_", "PYTHON", "VIRTUAL")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
        done = subprocess.run(
            [self.bin / program, *map(str, words)],
            cwd=cwd,
            env={**kept, "COLUMNS": "200", **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == code, f"{done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout, done.stderr

    @contextlib.contextmanager
    def edited(self, name: str, text: str):
        """A file of an installed package has other content for a while."""
        path = self.site / name
        before = path.read_text()
        shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)
        path.write_text(text)
        try:
            yield
        finally:
            path.write_text(before)
            shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)


def ours(entry: Path) -> bool:
    """Whether an entry of site-packages is multigan, or what is installed of a plugin."""
    points = entry / "entry_points.txt"
    plugin = entry.suffix == ".dist-info" and points.is_file() and "[multigan]" in points.read_text()
    return plugin or entry.name.startswith("multigan")
