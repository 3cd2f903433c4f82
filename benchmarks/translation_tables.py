"""The tables of what makes pictures of pictures, as Markdown."""

import statistics
from collections.abc import Callable

from table_rows import step_table

__all__ = ["TRANSLATION_TABLES"]

WAYS = {"translation-known": ("to cold", "to warm"), "seasons": ("to winter", "to summer")}
HOLES = {"boxes": "boxes", "strokes": "strokes"}


def unpaired_table(record: dict) -> str:
    """Both directions of what is learned without pairs, beside what needs no training."""
    told = WAYS[record["benchmark"]]
    runs = [run for run in record["runs"] if run["contender"] != "rows"]
    (rows,) = (run["scores"] for run in record["runs"] if run["contender"] == "rows")
    lines = [
        f"| what | steps | seeds | L1 {told[0]} | L1 {told[1]} | cycle-L1 | inverted, % | classes swapped | minutes |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in rows["a2b"]:
        values = [_number(rows[way][name]["L1"], 3) for way in ("a2b", "b2a")]
        turned = " / ".join(f"{100 * rows[way][name]['inverted']:.0f}" for way in ("a2b", "b2a"))
        swaps = _swaps([{way: rows[way][name] for way in rows}], ["a2b", "b2a"])
        lines.append(f"| {name} | | | {' | '.join(values)} | | {turned} | {swaps} | |")
    for own in _by_contender(runs):
        scores = [run["scores"] for run in own]
        ways = [way for way in ("a2b", "b2a") if way in scores[0]]
        cells = [
            f"{own[0]['what']} (`{own[0]['recipe']}`)",
            f"{own[0]['steps']:,}",
            len(own),
            *(_spread([s[way]["L1"] for s in scores], 3, max) if way in ways else "" for way in ("a2b", "b2a")),
            " / ".join(_mean([s[way]["cycle-L1"] for s in scores], 3) for way in ways if "cycle-L1" in scores[0][way]),
            " / ".join(_mean([100 * s[way]["inverted"] for s in scores], 1) for way in ways),
            _swaps(scores, ways),
            _minutes(own),
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return _page(record, lines)


def _swaps(scores, ways):
    if "swapped" not in scores[0][ways[0]]:
        return ""
    found = sorted({each for s in scores for way in ways for each in s[way].get("swapped", ())})
    return ", ".join(found) or "none"


def photos_table(record: dict) -> str:
    """Grey photographs in colour."""
    columns = {
        "L1 in a\\*b\\*": (lambda run: run["L1 in a*b*"], 2, max),
        "feature distance": (lambda run: run["feature distance"], 2, max),
        "colourfulness, of real's": (lambda run: run["colourfulness"], 2, min),
        "L1": (lambda run: run["L1"], 3, max),
    }
    return _by_data(record, columns)


def holes_table(record: dict) -> str:
    """Holes in photographs, filled."""
    columns = {}
    for kind, told in HOLES.items():
        for metric, digits in (("L1", 3), ("feature distance", 2)):
            columns[f"{told}: {metric}"] = (_of_holes(kind, metric), digits, max)
    columns["outside"] = (lambda run: max(run["holes"][kind]["outside"] for kind in HOLES), 0, max)
    return _by_data(record, columns)


def _of_holes(kind, metric):
    return lambda run: run["holes"][kind][metric]


def sizes_table(record: dict) -> str:
    """Photographs, enlarged."""
    columns = {
        "PSNR, dB": (lambda run: run["PSNR"], 2, min),
        "SSIM": (lambda run: run["SSIM"], 3, min),
        "feature distance": (lambda run: run["feature distance"], 2, max),
    }
    return _by_data(record, columns)


def emoji_table(record: dict) -> str:
    """Emoji of their edges, and of another style."""
    columns = {
        "L1": (lambda run: run["L1"], 3, max),
        "L1, back": (lambda run: run.get("L1, back"), 3, max),
        "feature distance": (lambda run: run["feature distance"], 2, max),
        "back": (lambda run: run.get("feature distance, back"), 2, max),
    }
    return _by_data(record, columns)


def terrain_table(record: dict) -> str:
    """Pictures of label maps."""
    columns = {
        "mean IoU": (lambda run: run["mean IoU"], 3, min),
        "accuracy": (lambda run: run["accuracy"], 3, min),
        "feature distance": (lambda run: run["feature distance"], 2, max),
        "Frechet distance": (lambda run: run.get("Frechet distance"), 1, max),
        "styles": (lambda run: run["styles"], 3, min),
        "broken, %": (lambda run: 100 * run["broken"], 1, max),
    }
    return _by_data(record, columns)


def earth_table(record: dict) -> str:
    """Tiles of the Earth, of maps of its climates."""
    columns = {
        "Frechet distance": (lambda run: run["Frechet distance"], 1, max),
        "feature distance": (lambda run: run["feature distance"], 2, max),
        "L1": (lambda run: run["L1"], 3, max),
    }
    return _by_data(record, columns)


def translate_table(record: dict) -> str:
    """A folder of pictures, beside a peer."""
    size = f"{record['count']:,} pictures of {record['size']} px, width {record['width']}, {record['blocks']} blocks"
    lines = [
        f"| {size} | seconds: median (lowest to highest) | multigan's time over its (lowest to highest) |",
        "|---|---|---|",
    ]
    for name, told in (("multigan", "multigan on TensorFlow"), ("torch", "plain PyTorch")):
        seconds, ratio = [run["seconds"] for run in record["contenders"][name]], record["ratio"]
        share = "" if name == "multigan" else f"{ratio['median']:.3f} ({ratio['min']:.3f} to {ratio['max']:.3f})"
        middle = statistics.median(seconds)
        lines.append(f"| {told} | {middle:.1f} ({min(seconds):.1f} to {max(seconds):.1f}) | {share} |")
    return _page(record, lines, f"{record['rounds']} folders each")


def _by_data(record, columns: dict[str, tuple[Callable, int, Callable]]) -> str:
    """A table for each of the data, with a row a contender: what reads a run's value, its digits, and the worse one."""
    parts = []
    for data in dict.fromkeys(run["data"] for run in record["runs"]):
        here = [run for run in record["runs"] if run["data"] == data]
        told_time = "processor minutes" if any("processor seconds" in run for run in here) else "minutes"
        lines = [
            f"| {data}, {here[0]['count']} pictures | steps | seeds | {' | '.join(columns)} | {told_time} |",
            "|" + "---|" * (4 + len(columns)),
        ]
        trained = [run for run in here if run["recipe"]]
        plain = [run for run in here if not run["recipe"]]
        for own in [*_by_contender(plain), *_by_contender(trained)]:
            told = own[0]["what"]
            if "interpolation" in own[0]:
                told += f", interpolation {own[0]['interpolation']:g}"
            cells = [
                told,
                f"{own[0]['steps']:,}" if own[0]["steps"] else "",
                len(own) if own[0]["recipe"] else "",
                *(_spread([read(run) for run in own], digits, worst) for read, digits, worst in columns.values()),
                _minutes(own) if own[0]["recipe"] else "",
            ]
            lines.append(f"| {' | '.join(map(str, cells))} |")
        parts.append("\n".join(lines))
    return _page(record, ["\n\n".join(parts)])


def _by_contender(runs) -> list[list[dict]]:
    names = dict.fromkeys(run["contender"] for run in runs)
    return [[run for run in runs if run["contender"] == name] for name in names]


def _page(record, lines, more="one thread a run") -> str:
    first = f"Runs up to {record['date'][:10]}; {record['machine']['processor']}; {more}."
    return "\n\n".join([first, "\n".join(lines), f"Protocol. {record['protocol']}"])


def _minutes(own) -> str:
    return f"{statistics.fmean(run.get('processor seconds', run['seconds']) for run in own) / 60:.1f}"


def _number(value, digits) -> str:
    return f"{value:.{digits}f}"


def _mean(values, digits) -> str:
    return _number(statistics.fmean(values), digits)


def _spread(values, digits, worst) -> str:
    if None in values:
        return ""
    if len(values) == 1:
        return _number(values[0], digits)
    return f"{_mean(values, digits)} +- {statistics.stdev(values):.{digits}f} (worst {worst(values):.{digits}f})"


TRANSLATION_TABLES = {
    "translation-known": unpaired_table,
    "seasons": unpaired_table,
    "photos": photos_table,
    "holes": holes_table,
    "sizes": sizes_table,
    "emoji": emoji_table,
    "terrain": terrain_table,
    "earth": earth_table,
    "cyclegan": step_table,
    "pix2pix": step_table,
    "gaugan": step_table,
    "translate": translate_table,
}
