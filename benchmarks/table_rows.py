"""The tables of the benchmarks that compare recipes, as Markdown."""

import statistics

__all__ = ["images_table", "modes_table", "sounds_table", "step_table"]

TITLES = {"ring": "Ring of 8", "grid": "Grid of 25", "stacked": "Stacked digits, 1,000 modes"}


def modes_table(record: dict) -> str:
    """Mode coverage: a row a contender, mean and deviation over seeds, and the worst seed."""
    machine, runs = record["machine"], record["runs"]
    first = f"Runs up to {record['date'][:10]}; {machine['processor']}, one thread a run."
    paragraphs = [first]
    for data, title in TITLES.items():
        here = [run for run in runs if run["data"] == data]
        if here:
            paragraphs += [f"### {title}", "\n".join(_mode_rows(here, data))]
    return "\n\n".join([*paragraphs, f"Protocol. {record['protocol']}"])


def _mode_rows(runs, data):
    quality = data != "stacked"
    yield "| recipe | steps, batch | seeds | modes | high quality, % | reverse KL | minutes | health found |"
    yield "|---|---|---|---|---|---|---|---|"
    names = dict.fromkeys(run["contender"] for run in runs)
    for name in sorted(names, key=lambda name: name == "best"):
        own = [run for run in runs if run["contender"] == name]
        scores, run = [r["scores"] for r in own], own[0]
        found = sorted({finding for r in own for finding in r["findings"]})
        cells = [
            f"{run['what']} (`{run['recipe']}`)",
            f"{run['steps']:,}, {run['batch_size']}",
            len(own),
            _spread([s["modes"] for s in scores], 1, min),
            _spread([100 * s["high_quality"] for s in scores], 1, min) if quality else "",
            _spread([s["reverse_kl"] for s in scores], 3, max),
            f"{statistics.fmean(r['seconds'] for r in own) / 60:.1f}",
            ", ".join(found) or "nothing",
        ]
        yield f"| {' | '.join(map(str, cells))} |"
    if quality:
        real = runs[0]["scores"]["real"]
        cells = ["the data themselves", "", 1, real["modes"], f"{100 * real['high_quality']:.1f}"]
        cells += [f"{real['reverse_kl']:.3f}", "", ""]
        yield f"| {' | '.join(map(str, cells))} |"
    else:
        accuracy = runs[0]["scores"]["classifier_accuracy"]
        yield f"\nThe classifier names {accuracy:.1%} of held-out digits rightly."


def _spread(values, digits, worst) -> str:
    mean = f"{statistics.fmean(values):.{digits}f}"
    if len(values) == 1:
        return mean
    return f"{mean} +- {statistics.stdev(values):.{digits}f} (worst {worst(values):.{digits}f})"


def images_table(record: dict) -> str:
    """Image recipes: a row a contender, mean and deviation over seeds, and the worst seed."""
    machine, runs = record["machine"], record["runs"]
    counts = {score["count"] for run in runs for score in run["scores"].values()}
    told = " or ".join(f"{count:,}" for count in sorted(counts))
    first = f"Runs up to {record['date'][:10]}; {machine['processor']}; {told} images of each kind."
    lines = [
        "| recipe | steps | seeds | FD(efficientnet-lite0) | precision | recall | asked class, % | minutes | found |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    order = dict.fromkeys(run["contender"] for run in runs)
    for name in [*(n for n in order if n != "real"), *(["real"] if "real" in order else [])]:
        own = [run for run in runs if run["contender"] == name]
        values = {key: [run["scores"][key]["value"] for run in own] for key in own[0]["scores"]}
        accuracy = ""
        if "accuracy(local)" in values:
            real = own[0]["scores"]["accuracy(local)"]["extractor"]["held_out_accuracy"]
            accuracy = f"{_spread([100 * v for v in values['accuracy(local)']], 1, min)}; real {100 * real:.1f}"
        cells = [
            f"{own[0]['what']}{' (`' + own[0]['recipe'] + '`)' if own[0]['recipe'] else ''}",
            f"{own[0]['steps']:,}" if own[0]["steps"] else "",
            len(own),
            _spread(values["FD(efficientnet-lite0)"], 1, max),
            _spread(values["precision(efficientnet-lite0)"], 3, min),
            _spread(values["recall(efficientnet-lite0)"], 3, min),
            accuracy,
            f"{statistics.fmean(run['seconds'] for run in own) / 60:.1f}",
            ", ".join(sorted({finding for run in own for finding in run["findings"]})) or "nothing",
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n\n".join([first, "\n".join(lines), f"Protocol. {record['protocol']}"])


def sounds_table(record: dict) -> str:
    """Recipes for sounds: a row a contender and data set, and the same of other real sounds and of noise under it."""
    machine, runs = record["machine"], record["runs"]
    metrics = list(runs[0]["scores"])
    lines = [
        f"| sounds | steps, batch | minutes | {' | '.join(metrics)} | FD(local-mel) to noise's | found |",
        "|" + "---|" * (5 + len(metrics)),
    ]
    for run in sorted(runs, key=lambda run: (run["data"], run["contender"], run["seed"])):
        scores = run["scores"]
        local = scores["FD(local-mel)"]
        cells = [
            f"{run['data']}: {run['what']}, seed {run['seed']}",
            f"{run['steps']:,}, {run['batch_size']}",
            f"{run['seconds'] / 60:.0f}",
            *(_short(scores[name]["value"]) for name in metrics),
            f"{local['value'] / local['controls']['noise']['value']:.3f}",
            ", ".join(run["findings"]) or "nothing",
        ]
        lines.append(f"| {' | '.join(cells)} |")
        for control, told in (("real", "other real sounds"), ("noise", "white noise")):
            values = [scores[name]["controls"].get(control, {}).get("value") for name in metrics]
            cells = [f"{run['data']}: {told}", "", "", *("" if v is None else _short(v) for v in values), "", ""]
            lines.append(f"| {' | '.join(cells)} |")
    first = f"Runs up to {record['date'][:10]}; {machine['processor']}, one thread a run."
    return "\n\n".join([first, "\n".join(lines), f"Protocol. {record['protocol']}"])


def _short(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.3g}"


def step_table(record: dict) -> str:
    """The record of a step beside one peer's."""
    machine = record["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in sorted(record["versions"].items()))
    commit = record["commit"][:12] + (" with changes" if record["modified"] else "")
    lines = [
        f"Measured {record['date'][:10]}: commit {commit};",
        f"Python {record['python']}, {versions}; {machine['processor']}, {machine['cpus']} processors;",
        f"{record['rounds']} rounds of {record['steps_in_a_block']} steps.",
        "",
        "| one step | ms: median (lowest to highest) | multigan's time over its: median (middle half; all) |",
        "|---|---|---|",
    ]
    for entry in record["sizes"]:
        if "dim" in entry:
            side = f"{entry['length']:,} samples, batch {entry['batch_size']}, dim {entry['dim']}"
        else:
            side = f"{entry['size']} x {entry['size']}, batch {entry['batch_size']}, width {entry['width']}"
        if "frames" in entry:
            colours = "grey" if entry["channels"] == 1 else f"{entry['channels']} channels"
            side = f"{entry['frames']} frames of {side}, {colours}"
        for name, contender in entry["contenders"].items():
            step, ratio = contender["step"], entry["ratio"]
            median, low, high = (f"{1e3 * step[key]:.4g}" for key in ("median", "min", "max"))
            parts = {key: f"{ratio[key]:.3f}" for key in ratio}
            told = (
                ""
                if name == "multigan"
                else (f"{parts['median']} ({parts['lower']} to {parts['upper']}; {parts['min']} to {parts['max']})")
            )
            lines.append(f"| {contender['what']}; {side} | {median} ({low} to {high}) | {told} |")
    return "\n".join([*lines, "", f"Protocol. {record['protocol']}"])
