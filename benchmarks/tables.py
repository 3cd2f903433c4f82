"""Writes the tables of seven pages of docs/ from the newest record of each benchmark.

Run: `python benchmarks/tables.py`; with `--check` it changes nothing and fails when the page is stale.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

import click
from animation_table import ANIMATION_TABLES
from health_tables import HEALTH_TABLES
from kills_table import kills_table
from million_table import MILLION_TABLES
from seqgan_table import seqgan_table
from table_rows import images_table, modes_table, sounds_table, step_table
from text_tables import real_texts_table, search_table, text_table
from translation_tables import TRANSLATION_TABLES
from workers_table import WORKERS_TABLES

__all__ = ["render", "updated"]

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
HEALTH_PAGE = ROOT / "docs" / "health.md"
TRANSLATION_PAGE = ROOT / "docs" / "translation.md"
ANIMATION_PAGE = ROOT / "docs" / "animation.md"
STUDIO_PAGE = ROOT / "docs" / "studio.md"
WORKERS_PAGE = ROOT / "docs" / "workers.md"
DATA_PAGE = ROOT / "docs" / "data.md"
RECORDS = ROOT / "benchmarks" / "records"


def engine_table(record: dict) -> str:
    """The engine's record as Markdown."""
    machine, commit = record["machine"], record["commit"][:12] + (" with changes" if record["modified"] else "")
    versions = ", ".join(f"{name} {number}" for name, number in sorted(record["versions"].items()))
    paragraphs = [
        "\n".join(
            [
                f"Measured {record['date'][:10]}: multigan {record['multigan']}, commit {commit};",
                f"Python {record['python']}, {versions};",
                f"{machine['processor']}, {machine['cpus']} processors;",
                f"{record['rounds']} rounds of {record['steps_in_a_block']} steps.",
            ]
        )
    ]
    for entry in record["sizes"]:
        paragraphs += [_heading(entry), "\n".join(_rows(entry)), "\n".join(_findings(entry))]
    return "\n\n".join([*paragraphs, f"Protocol. {record['protocol']}"])


def _heading(entry):
    side, count = f"{entry['size']} x {entry['size']}", sum(entry["parameters"].values())
    sizes = f"{entry['channels']} channels, batch {entry['batch_size']}, width {entry['width']}"
    return f"### {side}, {sizes}: {count:,} parameters"


def _rows(entry):
    yield "| one step | ms: median (lowest to highest) | multigan's time over its: median (middle half; all) | share |"
    yield "|---|---|---|---|"
    for name, contender in entry["contenders"].items():
        step, share = contender["step"], entry["share"][name]
        median, low, high = (f"{1e3 * step[key]:.4g}" for key in ("median", "min", "max"))
        ratio = "" if name == "multigan" else _ratio(entry["ratios"][name])
        shares = f"{share['with padding']['median']:.0%} ({share['without padding']['median']:.0%})"
        yield f"| {contender['what']} | {median} ({low} to {high}) | {ratio} | {shares} |"


def _findings(entry):
    bare, faster = entry["ratios"]["tensorflow"], entry["faster_peer"]
    median, lower, upper = (f"{bare[key] - 1:+.1%}" for key in ("median", "lower", "upper"))
    yield f"- Beside the bare TensorFlow step: {median} (middle half {lower} to {upper})."
    if "tensorflow-fused" in entry["ratios"]:
        fused = entry["ratios"]["tensorflow-fused"]
        median, lower, upper = (f"{fused[key] - 1:+.1%}" for key in ("median", "lower", "upper"))
        spread = f"{median} (middle half {lower} to {upper})"
        yield f"- The engine's overhead and Keras' Adam, beside the fused step: {spread}."
    what, ratio = entry["contenders"][faster]["what"], entry["ratios"][faster]["median"]
    yield f"- The fastest peer of equal work: {what}. multigan takes {ratio:.3f} of its time."
    flops, product = entry["flops"]["multigan"], entry["product"]
    counts = " or ".join(f"{flops[rule] / 1e9:.1f} GFLOP {rule}" for rule in ("with padding", "without padding"))
    rate = f"{product['flops_per_second']['median'] / 1e9:.0f} GFLOP/s ({product['library']})"
    yield f"- Share: of the float32 matrix product's {rate}. multigan's step has {counts}, whose share is in brackets."
    others = sorted(n for contender in entry["contenders"].values() for n in contender["others"] if n is not None)
    if others:
        middle = others[len(others) // 2]
        yield f"- Other processes kept {middle:.2f} processors busy meanwhile (median; at most {others[-1]:.2f})."


def page_table(record: dict) -> str:
    """The studio's page as Markdown."""
    lines = ["| run | samples | click to pictures, ms: median (5 % to 95 %) |", "|---|---|---|"]
    for entry in record["pages"]:
        low, middle, most = (f"{entry['ms'][key]:.0f}" for key in ("5%", "median", "95%"))
        lines.append(f"| {entry['what']} | {entry['count']} | {middle} ({low} to {most}) |")
    machine = "{processor}, {cpus} processors".format(**record["machine"])
    told = f"Measured {record['date'][:10]}; {machine}; {record['clicks']} clicks."
    return "\n\n".join([told, "\n".join(lines), f"Protocol. {record['protocol']}"])


def _ratio(ratio: dict) -> str:
    median, lower, upper, low, high = (f"{ratio[key]:.3f}" for key in ("median", "lower", "upper", "min", "max"))
    return f"{median} ({lower} to {upper}; {low} to {high})"


TABLES = {
    "engine": engine_table,
    "wgan-gp": step_table,
    "wavegan": step_table,
    "seqgan": seqgan_table,
    "modes": modes_table,
    "images": images_table,
    "sounds": sounds_table,
    "text": text_table,
    "reward-search": lambda record: search_table(record, _newest("text", RECORDS)),
    "real-texts": real_texts_table,
    "kills": kills_table,
}


STUDIO_TABLES = {"page": page_table}


def render(benchmark: str, records: Path = RECORDS) -> str:
    """Returns a benchmark's tables as Markdown, of its newest record."""
    record = _newest(benchmark, records)
    if record is None:
        return f"No record yet: `python benchmarks/{benchmark.replace('-', '_')}.py` makes one."
    tables = (
        TABLES | HEALTH_TABLES | TRANSLATION_TABLES | ANIMATION_TABLES | STUDIO_TABLES | WORKERS_TABLES | MILLION_TABLES
    )
    return tables[benchmark](record)


def _newest(benchmark: str, records: Path) -> dict | None:
    found = [json.loads(path.read_text()) for path in records.glob(f"{benchmark}*.json") if _is_of(path, benchmark)]
    return max(found, key=lambda record: record["date"], default=None)


def _is_of(path: Path, benchmark: str) -> bool:
    """Whether a record is named after the benchmark: alone where runs are added to it, else with its date."""
    return re.fullmatch(rf"{re.escape(benchmark)}(-\w+)?", path.stem) is not None


def updated(page: str, records: Path = RECORDS, tables: Iterable[str] | None = None) -> str:
    """Returns the page with every marked block as the records have it.

    Raises:
        ValueError: a benchmark has no marked block on the page.
    """
    for benchmark in TABLES if tables is None else tables:
        begin, end = f"<!-- begin {benchmark} -->", f"<!-- end {benchmark} -->"
        block = re.compile(f"{begin}.*?{end}", re.DOTALL)
        if not block.search(page):
            raise ValueError(f"no block between {begin} and {end}")
        text = f"{begin}\n\n{render(benchmark, records)}\n\n{end}"
        page = block.sub(lambda _, text=text: text, page)
    return page


@click.command()
@click.option("--check", is_flag=True, help="change nothing; fail when the page is stale")
def main(check):
    """Writes the tables."""
    pages = {PAGE: TABLES, HEALTH_PAGE: HEALTH_TABLES, TRANSLATION_PAGE: TRANSLATION_TABLES}
    pages |= {ANIMATION_PAGE: ANIMATION_TABLES, STUDIO_PAGE: STUDIO_TABLES, WORKERS_PAGE: WORKERS_TABLES}
    pages |= {DATA_PAGE: MILLION_TABLES}
    for path, tables in pages.items():
        page = path.read_text()
        new = updated(page, tables=tables)
        if check and new != page:
            raise click.ClickException(f"docs/{path.name} is stale; run: python benchmarks/tables.py")
        if not check and new != page:
            path.write_text(new)


if __name__ == "__main__":
    main()
