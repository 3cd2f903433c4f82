"""The tables of the text benchmarks, as Markdown."""

import statistics

from text_scores import DIVERSITY, QUALITY

__all__ = ["real_texts_table", "search_table", "text_table"]

TITLES = {
    "oracle-small": "The small oracle: 100 tokens, 12 to a text, hidden 16",
    "oracle": "The paper's oracle: 5,000 tokens, 20 to a text, hidden 32",
}
CONTROLS = {
    "real": "the oracle's own held-out texts (the floor)",
    "replay": "training texts given again",
    "bigram": "a table of bigrams of the training texts",
    "unigram": "independent tokens",
    "uniform": "uniform tokens",
    "repeated": "one training text, repeated",
}

# Of diversity, at which curves are read.
LEVELS = {"oracle-small": (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8), "oracle": (0.04, 0.05, 0.06, 0.08, 0.1, 0.15)}
REAL_SETS = {"english": "English sentences", "quatrains": "Quatrains"}


def text_table(record: dict) -> str:
    """A row a contender, mean and deviation over seeds; the controls that need no training under them."""
    machine = record["machine"]
    paragraphs = [f"Runs up to {record['date'][:10]}; {machine['processor']}, one thread a run."]
    for data, title in TITLES.items():
        runs = [run for run in record["runs"] if run["data"] == data]
        if runs:
            curves = "The curves over temperature, as NLL-oracle where self-BLEU-3 is:"
            paragraphs += [f"### {title}", "\n".join(_rows(runs)), *_verdicts(runs), curves, "\n".join(_curves(runs))]
    return "\n\n".join([*paragraphs, f"Protocol. {record['protocol']}"])


def _rows(runs):
    metrics = list(runs[0]["scores"])
    yield f"| texts of | steps | seeds | {' | '.join(metrics)} | NLL-oracle, matched | minutes | found |"
    yield "|" + "---|" * (len(metrics) + 6)
    base = {run["seed"]: run for run in runs if run["contender"] == "mle"}
    for name in dict.fromkeys(run["contender"] for run in sorted(runs, key=lambda run: run["order"])):
        own = [run for run in runs if run["contender"] == name]
        matched = [value for run in own if (value := matched_quality(run, base)) is not None]
        cells = [
            own[0]["what"],
            f"{own[0]['steps']:,}",
            len(own),
            *(_spread([run["scores"][metric]["value"] for run in own]) for metric in metrics),
            _spread(matched) + (f" ({len(matched)} of {len(own)})" if len(matched) < len(own) else "") if base else "",
            f"{statistics.fmean(run['seconds'] for run in own) / 60:.1f}",
            ", ".join(sorted({finding for run in own for finding in run["findings"]})) or "nothing",
        ]
        yield f"| {' | '.join(map(str, cells))} |"
    for control, told in CONTROLS.items():
        scores = runs[0]["controls"].get(control, {})
        values = [scores.get(metric, {}).get("value") for metric in metrics]
        cells = [told, "", "", *("" if value is None else f"{value:.3f}" for value in values), "", "", ""]
        yield f"| {' | '.join(cells)} |"


def _curves(runs):
    """A row a contender: the quality at each diversity, its mean over the seeds whose curves reach that."""
    from multigan.modalities.text.curve import quality_at

    levels = LEVELS[runs[0]["data"]]
    yield f"| texts of | {' | '.join(f'{level:.2f}' for level in levels)} |"
    yield "|" + "---|" * (len(levels) + 1)
    for name in dict.fromkeys(run["contender"] for run in sorted(runs, key=lambda run: run["order"])):
        own, cells = [run for run in runs if run["contender"] == name], []
        for level in levels:
            found = [quality_at(run["curve"], QUALITY, DIVERSITY, level) for run in own]
            cells.append(_spread([value for value in found if value is not None]))
        yield f"| {own[0]['what']} | {' | '.join(cells)} |"


def matched_quality(run: dict, base: dict[int, dict]) -> float | None:
    """The quality of a run at the diversity of the likelihood model of the same seed; None without."""
    from multigan.modalities.text.curve import quality_at

    if run["seed"] not in base:
        return None
    return quality_at(run["curve"], QUALITY, DIVERSITY, base[run["seed"]]["scores"][DIVERSITY]["value"])


def _verdicts(runs):
    """On how many seeds each adversarial row beats each control at matched diversity."""
    base = {run["seed"]: run for run in runs if run["contender"] == "mle"}
    found = {(run["contender"], run["seed"]): matched_quality(run, base) for run in runs}
    lines = []
    for name in dict.fromkeys(run["contender"] for run in runs if run["contender"].startswith("seqgan")):
        parts = []
        for control, told in (("mle-more", "continued likelihood"), ("constant", "a constant reward")):
            pairs = [
                (value, found[control, seed])
                for (contender, seed), value in found.items()
                if contender == name and value is not None and found.get((control, seed)) is not None
            ]
            if pairs:
                parts.append(f"{sum(own < other for own, other in pairs)} of {len(pairs)} seeds beats {told}")
        if not parts:
            continue
        what = next(run["what"] for run in runs if run["contender"] == name)
        lines.append(f"- {what}: at matched self-BLEU, on {', on '.join(parts)}.")
    return ["\n".join(lines)] if lines else []


def search_table(record: dict, text: dict) -> str:
    """What discriminators know, and what rewards teach; diversity is matched to that of `text`'s likelihood model."""
    machine, runs = record["machine"], sorted(record["runs"], key=lambda run: run["order"])
    paragraphs = [f"Runs up to {record['date'][:10]}; {machine['processor']}, one thread a row."]
    lines = [
        "| discriminator | updates | AUC, held out | AUC, texts seen | agreement with the best |",
        "|---|---|---|---|---|",
    ]
    judges = [run for run in runs if run["part"] == "d"]
    for run in judges:
        values = (f"{run[key]:.3f}" for key in ("auc", "auc_seen", "agreement"))
        lines.append(f"| {run['what']} | {run['updates']:,} | {' | '.join(values)} |")
    best = sorted({f"{run['best_auc']:.3f}" for run in judges})
    lines.append(f"| the best there is | | {' to '.join(best)} | | 1.000 |")
    paragraphs.append("\n".join(lines))
    base = {run["seed"]: run for run in text["runs"] if run["contender"] == "mle" and run["data"] == "oracle-small"}
    lines = [
        "| updates by | updates | NLL-oracle | NLL-gen | self-BLEU-3 | NLL-oracle, matched |",
        "|---|---|---|---|---|---|",
    ]
    for run in [*base.values(), *(run for run in runs if run["part"] == "r")]:
        start = run["contender"] == "mle"
        matched = matched_quality(run, base)
        cells = [
            "the likelihood model, where all begin" if start else run["what"],
            "" if start else f"{run['rounds'] * run['options']['generator_updates']:,}",
            *(f"{run['scores'][metric]['value']:.3f}" for metric in (QUALITY, "NLL-gen", DIVERSITY)),
            "" if matched is None else f"{matched:.3f}",
        ]
        if run["seed"] == 0:
            lines.append(f"| {' | '.join(cells)} |")
    return "\n\n".join([*paragraphs, "\n".join(lines), f"Protocol. {record['protocol']}"])


def _spread(values) -> str:
    if not values:
        return ""
    mean = f"{statistics.fmean(values):.3f}"
    return mean if len(values) == 1 else f"{mean} +- {statistics.stdev(values):.3f}"


def real_texts_table(record: dict) -> str:
    """A row a contender, the controls of the same script under it, and the first texts of each."""
    machine = record["machine"]
    paragraphs = [f"Runs up to {record['date'][:10]}; {machine['processor']}, one thread a run."]
    for data, title in REAL_SETS.items():
        runs = sorted((run for run in record["runs"] if run["data"] == data), key=lambda run: run["steps"])
        if runs:
            paragraphs += [f"### {title}", "\n".join(_real_rows(runs))]
            for run in runs:
                paragraphs += [f"{run['what']}:", "\n".join(["```", *run["texts"], "```"])]
    return "\n\n".join([*paragraphs, f"Protocol. {record['protocol']}"])


def _real_rows(runs):
    metrics, shaped = list(runs[0]["scores"]), runs[0]["form"] is not None
    yield f"| texts of | steps | {' | '.join(metrics)} |{' form |' if shaped else ''} minutes | found |"
    yield "|" + "---|" * (len(metrics) + 4 + shaped)
    for run in runs:
        cells = [
            run["what"],
            f"{run['steps']:,}",
            *(f"{run['scores'][metric]['value']:.3f}" for metric in metrics),
            *([f"{run['form']:.3f}"] if shaped else []),
            f"{run['seconds'] / 60:.0f}",
            ", ".join(run["findings"]) or "nothing",
        ]
        yield f"| {' | '.join(cells)} |"
    for control, told in (("real", "people"), ("bigram", CONTROLS["bigram"])):
        values = [runs[0]["scores"][metric]["controls"].get(control, {}).get("value") for metric in metrics]
        cells = [told, "", *("" if value is None else f"{value:.3f}" for value in values), *[""] * (2 + shaped)]
        yield f"| {' | '.join(cells)} |"
