"""Sweeps of the smallest recipe there is."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What takes the place of a run's process: it says something, writes a result or not, and ends.
FAKE = """
import json, pathlib, signal, sys, time
folder, name, how = sys.argv[1:4]
with open(pathlib.Path(folder, "started"), "a") as file:
    file.write(name + "\\n")
if how == "fails":
    print("one thing", file=sys.stderr)
    sys.exit("multigan: error: the loss is not finite")
if how == "crashes":
    signal.raise_signal(signal.SIGKILL)
def stop(*_):
    pathlib.Path(folder, "asked-" + name).touch()
    while how == "lingers" and not pathlib.Path(folder, "go").exists():
        time.sleep(0.01)
    sys.exit(130)
if how in ("waits", "lingers"):
    signal.signal(signal.SIGTERM, stop)
    pathlib.Path(folder, "ready-" + name).touch()
    while sys.stdin.buffer.read(1):
        pass
    pathlib.Path(folder, "orphaned").write_text(name)
    sys.exit(1)
place = pathlib.Path(folder, "results", name + ".json")
place.parent.mkdir(exist_ok=True)
record = {"metric": "recall(points)", "value": 0.5, "better": "higher", "protocol": "p", "generated": 64, "real": 64,
          "seeds": [0, 1], "data": "ring"}
place.write_text(json.dumps({"records": [record], "findings": []}))
"""


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    """The environment says nothing of runs."""
    for name in [name for name in os.environ if name.startswith("MULTIGAN_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def fake(tmp_path):
    """Returns what starts a false run: `fake(folder, job, how)`."""
    script = tmp_path / "fake.py"
    script.write_text(FAKE)
    return lambda folder, job, how="done": [sys.executable, "-S", str(script), str(folder.path), job.name, how]


@pytest.fixture
def environ(tmp_path):
    """Returns the environment of a command whose plugin `watcher` has a given source."""

    def make(watcher, **variables):
        site = tmp_path / "site"
        info = site / "watcher-1.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: watcher\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[multigan]\nwatcher = watcher_plugin\n")
        (site / "watcher_plugin.py").write_text(watcher)
        paths = [site, ROOT, ROOT / "plugins" / "multigan-gan" / "src"]
        return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "COLUMNS": "100", **variables}

    return make
