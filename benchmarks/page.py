"""Times the studio's page, from a click to the pictures that it asks for, in a real browser on this machine.

Run: `uv run --group browser python benchmarks/page.py`, on a machine that does nothing else, with Debian's chromium.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import numpy as np
from provenance import provenance

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = """
`multigan studio` serves runs of a few steps, of networks as large as the recipes make them; what their weights are
makes no picture slower. Chromium, without a head, runs on the same machine. A click on the button that makes samples
is timed by the page's own clock until every picture on the stage is new and decoded. Two clicks before that are not
timed: the first one waits for the framework.
"""
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync")
# Recipe, options, and what is seen of it.
RUNS = {
    "dcgan": ("dcgan", ("--data", "digits", "-o", "size=64"), "DCGAN, 64 x 64"),
    "cgan": ("cgan", ("--data", "digits", "-o", "size=64"), "conditional GAN, 64 x 64"),
}
CLICK = """
([button, stage]) => new Promise(resolve => {
  const mark = () => document.querySelector(stage + ' [data-made]')?.dataset.made ?? '';
  const before = mark(), begun = performance.now();
  const look = async () => {
    if (mark() === before) { setTimeout(look, 2); return; }
    const all = [...document.querySelectorAll(stage + ' img')];
    await Promise.all(all.map(each => each.decode()));
    resolve([performance.now() - begun, all.length]);
  };
  document.querySelector(button).click();
  look();
})
"""


@click.command()
@click.option("--counts", default="1,16", show_default=True, help="samples of a click, joined by commas")
@click.option("--clicks", default=30, show_default=True, help="that are timed")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=RECORDS / "page.json")
def main(counts, clicks, out):
    """Trains the runs, opens the page, and writes the record."""
    from playwright.sync_api import sync_playwright

    facts, entries = provenance(), []
    with tempfile.TemporaryDirectory() as place, sync_playwright() as driver:
        paths = [trained(Path(place), name) for name in RUNS]
        server, url = opened(paths)
        try:
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
            page = browser.new_page()
            page.set_default_timeout(120_000)
            page.goto(url)
            for number, (name, (_, _, what)) in enumerate(RUNS.items()):
                page.get_by_role("tab", name=name, exact=True).click()
                for count in map(int, counts.split(",")):
                    page.fill(f"#count-{number}-0 input[type=number]", str(count))
                    spots = [f"#make-{number}-0", f"#stage-{number}-0"]
                    timed = [page.evaluate(CLICK, spots)[0] for _ in range(clicks + 2)][2:]
                    low, middle, most = np.quantile(timed, (0.05, 0.5, 0.95))
                    entries.append({"what": what, "count": count, "ms": {"5%": low, "median": middle, "95%": most}})
                    click.echo(json.dumps(entries[-1]), err=True)
            browser.close()
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)
    record = {"benchmark": "page", "protocol": " ".join(PROTOCOL.split()), **facts, "clicks": clicks, "pages": entries}
    out.write_text(json.dumps(record, indent=1) + "\n")


def trained(place: Path, name: str) -> Path:
    """Trains a run for two steps; returns where."""
    recipe, options, _ = RUNS[name]
    command = [sys.executable, "-m", "multigan", "run", "--plugin", recipe, *options, "--quiet"]
    subprocess.run([*command, "--steps", "2", "--batch-size", "4", "--run-dir", str(place / name)], check=True)
    return place / name


def opened(paths) -> tuple[subprocess.Popen, str]:
    """Starts the page's server; returns it, and the page's address."""
    command = [sys.executable, "-m", "multigan", "studio", *map(str, paths), "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    for line in server.stderr:
        if "the studio is at" in line:
            return server, re.search(r"http://\S+", line)[0]
    raise click.ClickException("the studio did not start")


if __name__ == "__main__":
    main()
