"""The tables of the benchmarks of clips, as Markdown."""

from table_rows import step_table

__all__ = ["ANIMATION_TABLES"]

COLUMNS = {
    "accuracy(clip-local)": "direction, %",
    "identity": "identity, %",
    "motion": "motion",
    "content-distance": "content",
    "FD(clip-pca-64)": "FD(clip-pca-64)",
    "FD(clip-changes)": "FD(clip-changes)",
    "FD(frame-pca-64)": "FD(frame-pca-64)",
    "FD(clip-local)": "FD(clip-local)",
    "diversity(clip-pixels)": "diversity",
    "memorisation(clip-pca-64)": "memorised",
}
SHARES = ("accuracy(clip-local)", "identity")
CONTROLS = {
    "real": "other real clips",
    "frozen": "the same, frozen",
    "shuffled": "the same, shuffled",
    "reversed": "the same, reversed",
    "two digits in one clip": "the same, half of another digit",
    "noise": "white noise",
}


def _table(record: dict) -> str:
    machine, runs = (
        record["machine"],
        sorted(record["runs"], key=lambda run: (run["contender"] != "animation", run["seed"])),
    )
    lines = [
        f"| clips | ms a step | steps | processor seconds | {' | '.join(COLUMNS.values())} | found |",
        "|" + "---|" * (5 + len(COLUMNS)),
    ]
    for run in runs:
        values = {name: score["value"] for name, score in run["scores"].items()}
        cells = [f"{run['what']} (`{run['contender']}`), seed {run['seed']}", f"{1e3 * run['step_seconds']:.0f}"]
        cells += [f"{run['steps']:,}", f"{run['processor_seconds']:.0f}", *_values(values)]
        lines.append(f"| {' | '.join(cells)} | {', '.join(run['findings']) or 'nothing'} |")
    scores = runs[0]["scores"]
    for control, told in CONTROLS.items():
        values = {name: score["controls"].get(control, {}).get("value") for name, score in scores.items()}
        lines.append(f"| {told} |  |  |  | {' | '.join(_values(values))} |  |")
    first = f"Runs up to {record['date'][:10]}; {machine['processor']}, one thread a run."
    accuracy = scores["identity"]["details"]["reader_accuracy"]
    read = f"The reader of frames names the digits of {accuracy:.1%} of real frames rightly."
    return "\n\n".join([first, "\n".join(lines), read, f"Protocol. {record['protocol']}"])


def _values(values: dict) -> list[str]:
    return [_told(name, values.get(name)) for name in COLUMNS]


def _told(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name in SHARES:
        return f"{100 * value:.1f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


CREATURES = {
    ("characters", "animation"): {
        "accuracy(clip-local)": "action, %",
        "motion": "motion",
        "motion-distance": "motion-distance",
        "content-distance": "content",
        "FD(clip-pca-64)": "FD(clip-pca-64)",
        "FD(frame-pca-64)": "FD(frame-pca-64)",
        "diversity(clip-pixels)": "diversity",
        "memorisation(clip-pca-64)": "memorised",
    },
    ("tween",): {
        "clip-L1": "L1",
        "feature-distance(clip-pca-64)": "feature distance (clip-pca-64)",
        "feature-distance(clip-changes)": "feature distance (clip-changes)",
        "motion": "motion",
    },
}
BESIDE = {
    ("characters", "animation"): {name: CONTROLS[name] for name in ("real", "frozen", "shuffled", "reversed")},
    ("tween",): {"cross-fade": "key frames cross-faded", "nearest key frame": "the nearest key frame held"},
}


def _creatures(record: dict) -> str:
    machine = record["machine"]
    parts = [f"Runs up to {record['date'][:10]}; {machine['processor']}, one thread a run."]
    for names, columns in CREATURES.items():
        runs = sorted(
            (run for run in record["runs"] if run["contender"] in names), key=lambda run: names.index(run["contender"])
        )
        if not runs:
            continue
        lines = [
            f"| clips | ms a step | steps | processor seconds | {' | '.join(columns.values())} | found |",
            "|" + "---|" * (5 + len(columns)),
        ]
        for run in runs:
            cells = [f"{run['what']} (`{run['recipe']}`), seed {run['seed']}", f"{1e3 * run['step_seconds']:.0f}"]
            cells += [f"{run['steps']:,}", f"{run['processor_seconds']:.0f}"]
            cells += [_told(metric, run["scores"][metric]["value"]) for metric in columns]
            lines.append(f"| {' | '.join(cells)} | {', '.join(run['findings']) or 'nothing'} |")
        for control, told in BESIDE[names].items():
            values = [run["scores"][metric]["controls"].get(control, {}).get("value") for metric in columns]
            cells = [_told(metric, value) for metric, value in zip(columns, values, strict=True)]
            lines.append(f"| {told} |  |  |  | {' | '.join(cells)} |  |")
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, f"Protocol. {record['protocol']}"])


ANIMATION_TABLES = {"animation": _table, "creatures": _creatures, "clips": step_table}
