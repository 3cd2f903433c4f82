"""The tables of docs/health.md, of the records of `diversity.py`, `sound_diversity.py`, `text_health.py` and
`health.py`."""

__all__ = ["HEALTH_TABLES"]


def measures_table(record: dict) -> str:
    """What is measured on known sets of samples."""
    names = list(dict.fromkeys(name for case in record["cases"] for name in case["figures"]))
    titles = [name.replace("_", " ") for name in names]
    lines = [f"| {record.get('samples', 256)} samples | {' | '.join(titles)} |", "|---|" + "---|" * len(names)]
    for case in record["cases"]:
        cells = [_cell(case["figures"][name], name) if name in case["figures"] else "" for name in names]
        lines.append(f"| {case['what']} | {' | '.join(cells)} |")
    told = f"Mean (lowest to highest) of {record['draws']} draws. {record['protocol']} {_when(record)}"
    return "\n".join(lines) + f"\n\n{told}"


def confusion_table(record: dict) -> str:
    """Every run with what the doctor found, and how often it was right."""
    lines = ["| run | data, steps, seed | options | expected | found | right |", "|---|---|---|---|---|---|"]
    for case in record["cases"]:
        options = " ".join(f"{key}={value}" for key, value in case["options"].items())
        lines.append(
            f"| {case['what']} (`{case['recipe']}`) | {case['data']}, {case['steps']:,}, {case['seed']} | {options} | "
            f"{' or '.join(case['expected']) or 'nothing'} | {', '.join(case['found']) or case['verdict']} | "
            f"{'yes' if case['right'] else '**no**'} |"
        )
    ill = [case for case in record["cases"] if case["expected"]]
    healthy = [case for case in record["cases"] if not case["expected"]]
    counts = ["| | a finding | none |", "|---|---|---|"]
    for title, cases in (("ill", ill), ("healthy", healthy)):
        found = sum(bool(case["found"]) for case in cases)
        counts.append(f"| {title} ({len(cases)}) | {found} | {len(cases) - found} |")
    right = sum(case["right"] for case in record["cases"])
    told = f"Right on {right} of {len(record['cases'])}. {record['protocol']} {_when(record)}"
    return "\n".join([*counts, "", *lines]) + f"\n\n{told}"


def _cell(figures: dict, name: str) -> str:
    digits = {"classes_covered": 1, "clipped": 3}.get(name, 2)
    mean, low, high = (f"{figures[key]:.{digits}f}" for key in ("mean", "lowest", "highest"))
    return f"{mean} ({low} to {high})"


def _when(record: dict) -> str:
    changed = " with changes" if record["modified"] else ""
    return f"Measured {record['date'][:10]}: multigan {record['multigan']}, commit {record['commit'][:12]}{changed}."


HEALTH_TABLES = {
    "diversity": measures_table,
    "sound-diversity": measures_table,
    "text-health": measures_table,
    "health": confusion_table,
}
