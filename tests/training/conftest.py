"""Small runs of the real DCGAN, in this process or through the command line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from small import EVERY, ROOT, SMALL, Collector


@pytest.fixture
def environ(monkeypatch):
    """The environment without what would steer a run."""
    for name in list(os.environ):
        if name.startswith("MULTIGAN_"):
            monkeypatch.delenv(name)
    return {"KERAS_BACKEND": os.environ["KERAS_BACKEND"]} if "KERAS_BACKEND" in os.environ else {}


@pytest.fixture
def train(environ):
    """Trains in this process; further plugins are given as `name=module-like object`."""
    from multigan.plugins import load_plugins
    from multigan.training.configuration import resolve
    from multigan.training.session import start

    def run(
        directory, *, recipe="dcgan", resume=False, display=None, strict=False, options=None, plugins=None, **flags
    ):
        registry = load_plugins(environ={})
        for name, plugin in (plugins or {}).items():
            registry.register(name, plugin)
        plugin, chosen = registry.recipe(recipe)
        fresh = {} if resume else EVERY
        if options is None:
            options = {} if resume else SMALL
        config = resolve(
            plugin, chosen, flags={**fresh, **flags}, options=options, environ=environ, config={},
            datasets=registry.datasets, directory=directory, resume=resume,
        )  # fmt: skip
        return start(config, registry, display or Collector(), strict)

    return run


@pytest.fixture(scope="session")
def kept_runs():
    """Where straight runs lie, by their steps."""
    return {}


@pytest.fixture
def trained(train, kept_runs, tmp_path_factory):
    """Leaves in a folder what `train(folder, steps=steps)` leaves there; each length is trained once, and copied."""

    def run(directory, steps):
        if steps not in kept_runs:
            place = tmp_path_factory.mktemp("kept") / "run"
            train(place, steps=steps)
            kept_runs[steps] = place
        shutil.copytree(kept_runs[steps], directory, dirs_exist_ok=True)

    return run


@pytest.fixture
def command(tmp_path, forked):
    """Runs the command line in a process of its own, with an extra plugin `watcher` whose source is given.

    It is a fork of one that has imported Keras already, unless `fresh`, a variable or a word is about how it begins.
    """

    def run(*words, watcher=None, fresh=False, **environ):
        site = tmp_path / "site"
        if watcher is not None:
            info = site / "watcher-1.0.dist-info"
            info.mkdir(parents=True, exist_ok=True)
            (info / "METADATA").write_text("Metadata-Version: 2.1\nName: watcher\nVersion: 1.0\n")
            (info / "entry_points.txt").write_text("[multigan]\nwatcher = watcher_plugin\n")
            (site / "watcher_plugin.py").write_text(
                "from multigan import hookimpl\nimport os, signal\n" + dedent(watcher)
            )
        kept = {k: v for k, v in os.environ.items() if not k.startswith("MULTIGAN_")}
        paths = [site, ROOT, ROOT / "plugins" / "multigan-dcgan" / "src"]
        env = {**kept, "PYTHONPATH": os.pathsep.join(map(str, paths)), "COLUMNS": "100", **environ}
        begins = fresh or "--backend" in words or any(name.startswith(("PYTHON", "KERAS")) for name in environ)
        # Others than TensorFlow have threads as soon as they are imported, and few tests with processes.
        if not begins and env.get("KERAS_BACKEND", "tensorflow") == "tensorflow":
            return forked(words, cwd=tmp_path, env=env)
        return subprocess.run(
            [sys.executable, "-m", "multigan", *map(str, words)],
            env=env, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    return run
