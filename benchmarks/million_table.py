"""The table of folders of very many files, from its record."""

__all__ = ["MILLION_TABLES", "million_table"]

CONTENDERS = {
    "first": "multigan, first opening",
    "again": "multigan, opened again",
    "shards-first": "multigan, of tar archives",
    "shards-again": "the same, opened again",
    "torch-0": "PyTorch, num_workers=0",
    "torch-2": "PyTorch, num_workers=2",
}
PEER = "torch-0"


def million_table(record: dict) -> str:
    """The record as Markdown."""
    machine, commit = record["machine"], record["commit"][:12] + (" with changes" if record["modified"] else "")
    told = (
        f"Measured {record['date'][:10]}, commit {commit}; {machine['processor']}, {machine['cpus']} processors; "
        f"medians of {record['rounds']} processes, in brackets the lowest and the highest."
    )
    parts = [told]
    for size in record["sizes"]:
        parts += [f"**{size['count']:,} files**", "\n".join(_rows(size["contenders"])), _finding(size["contenders"])]
    return "\n\n".join([*parts, f"Protocol. {record['protocol']}"])


def _rows(contenders):
    heads = ["", "first batch after", "processor time until then", "images a second", "a processor second"]
    heads += ["memory", "at most until the first batch", "with its imports", "descriptors"]
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for name, facts in contenders.items():
        cells = [
            f"{_span(facts['first batch'], '.2f')} s",
            f"{facts['first batch, processor']['median']:.2f} s",
            f"{facts['images a second']['median']:,.0f}",
            f"{facts['images a processor second']['median']:,.0f}",
            f"{facts['MiB']['median']:.0f} MiB",
            f"{facts['peak MiB']['median']:.0f} MiB",
            f"{facts['MiB with imports']['median']:.0f} MiB",
            f"{facts['descriptors']['median']:.0f}",
        ]
        yield f"| {CONTENDERS[name]} | {' | '.join(cells)} |"


def _span(figure, form):
    median, low, high = (format(figure[key], form) for key in ("median", "min", "max"))
    return f"{median} ({low} to {high})"


def _finding(contenders):
    parts = []
    for name in ("first", "again"):
        ours, theirs = contenders[name], contenders[PEER]
        time, memory = (ours[key]["median"] / theirs[key]["median"] for key in ("first batch", "MiB"))
        parts.append(f"{CONTENDERS[name]}: {time:.2f} of the time and {memory:.2f} of the memory")
    return f"Beside {CONTENDERS[PEER]}: {'; '.join(parts)}."


MILLION_TABLES = {"million": million_table}
