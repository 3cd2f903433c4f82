"""The table of the benchmark of clips, as Markdown."""

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


ANIMATION_TABLES = {"animation": _table}
