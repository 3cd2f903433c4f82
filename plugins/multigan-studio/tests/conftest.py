"""Tiny runs of every kind, the real command that serves them, and a real browser."""

import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
EVERY = ("--steps", 4, "--log-every", 2, "--sample-every", 2, "--checkpoint-every", 80, "--batch-size", 4)
CLASSES = "0, sea, #1f4fa0\n1, meadow, #5a9a3c\n2, rock, #8a8078\n"
# Name of the run: what it is trained with.
RUNS = {
    "digits": ("dcgan", "--data", "digits", "-o", "size=16", "-o", "width=4", "--steps", 80, "--sample-every", 40),
    "classes": ("cgan", "--data", "digits", "-o", "size=16", "-o", "width=4"),
    "points": ("gan", "--data", "ring"),
    "sounds": ("wavegan", "--data", "{}/notes.npy", "-o", "dim=1", "-o", "critic_steps=1", "-o", "sample_rate=16000"),
    "texts": ("seqgan", "--data", "{}/lines.txt", "-o", "pretrain_steps=2"),
    "grey": ("pix2pix", "--data", "{}/pictures", "-o", "width=2", "-o", "size=16", "-o", "make=grey"),
    "maps": (
        "pix2pix", "--data", "{}/labels", "--to", "{}/pictures", "-o", "maps=true", "-o", "width=2", "-o", "size=16",
    ),
    "holes": ("inpaint", "--data", "{}/pictures", "-o", "size=16", "-o", "width=2", "-o", "perceptual=0"),
    "larger": ("superres", "--data", "{}/pictures", "-o", "size=32", "-o", "make=low", "-o", "scale=2"),
    "styled": (
        "gaugan", "--data", "{}/labels", "--to", "{}/pictures", "-o", "width=2", "-o", "size=16", "-o", "scales=1",
        "-o", "perceptual=0",
    ),
    "both": ("cyclegan", "--data", "{}/pictures", "--to", "{}/others", "-o", "size=16", "-o", "start=blank"),
}  # fmt: skip


def train(place, name, place_name=""):
    """Trains one of the runs in this process, by the command line, in a folder of its name or another one."""
    from multigan.cli import main

    plugin, *words = RUNS[name]
    words = [str(word).format(place) for word in words]
    told = io.StringIO()
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(told), pytest.raises(SystemExit) as ended:
        main(
            [
                str(word)
                for word in ("run", "--plugin", plugin, *EVERY, *words, "--run-dir", place / (place_name or name))
            ]
        )
    assert ended.value.code == 0, told.getvalue()
    return place / (place_name or name)


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """Pictures, maps and lines of text."""
    place = tmp_path_factory.mktemp("studio")
    for folder in ("pictures", "others", "labels"):
        (place / folder).mkdir()
    (place / "labels" / "classes.txt").write_text(CLASSES)
    for number in range(8):
        draw = np.random.default_rng(number)
        small = Image.fromarray(draw.integers(0, 256, (4, 4, 3), dtype=np.uint8))
        small.resize((32, 32), Image.Resampling.BICUBIC).save(place / "pictures" / f"p{number}.png")
        small.resize((32, 32), Image.Resampling.NEAREST).save(place / "others" / f"p{number}.png")
        Image.fromarray(draw.integers(0, 3, (4, 4), dtype=np.uint8).repeat(8, 0).repeat(8, 1)).save(
            place / "labels" / f"p{number}.png"
        )
    draw, words = (
        np.random.default_rng(0),
        ("the", "a", "cat", "dog", "bird", "sat", "ran", "sang", "on", "to", "by", "mat", "tree", "sun"),
    )
    (place / "lines.txt").write_text("\n".join(" ".join(draw.choice(words, 6)) for _ in range(64)))
    np.save(place / "notes.npy", np.sin(np.outer(draw.uniform(0.05, 0.4, 8), np.arange(16384))).astype("float32"))
    return place


@pytest.fixture(scope="session")
def runs(chromium, data):
    """All of them, trained a little; where there is no browser, nothing is."""
    return {name: train(data, name) for name in RUNS}


class Server:
    """`multigan studio`, in a process of its own.

    Attributes:
        url: of the page.
        said: its lines on stderr so far.
    """

    def __init__(self, paths):
        words = [sys.executable, "-m", "multigan", "studio", *map(str, paths), "--port", "0"]
        kept = {key: value for key, value in os.environ.items() if not key.startswith("MULTIGAN_")}
        env = {**kept, "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
        self.said, self._open = [], threading.Event()
        self._process = subprocess.Popen(words, env=env, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        assert self._open.wait(180), self.said
        self.url = re.search(r"http://\S+", "".join(self.said))[0]

    def _listen(self):
        for line in self._process.stderr:
            self.said.append(line)
            if "the studio is at" in line:
                self._open.set()
        self._open.set()

    def end(self):
        """Ends it as Ctrl-C does; returns its exit code."""
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(60)
        self._listener.join(60)
        self._process.stderr.close()
        return code


@pytest.fixture(scope="session")
def growing(chromium, data):
    """A run that can go on; a copy of none of the others."""
    return train(data, "digits", place_name="growing")


@pytest.fixture(scope="session")
def studio(runs, growing):
    """A server of all the runs."""
    server = Server([*runs.values(), growing])
    yield server
    server.end()
    assert "Traceback" not in "".join(server.said)


@pytest.fixture(scope="session")
def chromium():
    """A browser without a head."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the page needs playwright: uv sync --group browser")
    if not Path(CHROMIUM).exists():
        pytest.skip("the page needs a browser: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, studio):
    """Opens the page at a run's tab: `open_page("digits", width=1280)`; nothing of it may be asked for elsewhere."""
    pages, outside, errors = [], [], []

    def look(request):
        if not request.url.startswith((f"{studio.url}/", "data:", "blob:")):
            outside.append(request.url)

    def opened(name="digits", width=1280):
        page = chromium.new_context(viewport={"width": width, "height": 900}).new_page()
        page.set_default_timeout(45_000)
        page.on("request", look)
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        # The page listens once it has begun to send a sign of life.
        with page.expect_response(lambda response: "heartbeat" in response.url):
            page.goto(studio.url)
        page.get_by_role("tab", name=name, exact=True).click()
        return page

    yield opened
    for page in pages:
        page.context.close()
    assert (outside, errors) == ([], [])
