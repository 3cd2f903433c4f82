"""The tables of the SeqGAN benchmark, as Markdown."""

__all__ = ["seqgan_table"]


def seqgan_table(record: dict) -> str:
    """A generator's turn, and an epoch of the discriminator: a row a contender."""
    machine, setup = record["machine"], record["setup"]
    versions = ", ".join(f"{name} {number}" for name, number in sorted(record["versions"].items()))
    commit = record["commit"][:12] + (" with changes" if record["modified"] else "")
    turn, epoch, updates = record["turn"], record["epoch"], setup["updates in an epoch"]
    heads = [
        f"Measured {record['date'][:10]}: commit {commit};",
        f"Python {record['python']}, {versions}; {machine['processor']}, {machine['cpus']} processors;",
        f"vocabulary {setup['vocabulary']:,}, length {setup['length']}, batch {setup['batch_size']},",
        f"N = {setup['rollouts']}, filters {setup['filters']:g}:",
        f"{_parameters(epoch):,} parameters of the discriminator;",
        f"{turn['rounds']} rounds of {turn['turns in a block']} turns,",
        f"{epoch['rounds']} of {epoch['updates in a block']} updates.",
    ]
    parts = ["\n".join(heads)]
    for title, entry, units in (
        ("one generator's turn", turn, 1),
        (f"one epoch of the discriminator, {updates} updates", epoch, updates),
    ):
        parts.append("\n".join(_rows(title, entry, units)))
    return "\n\n".join([*parts, f"Protocol. {record['protocol']}"])


def _parameters(entry):
    return entry["contenders"]["multigan"]["parameters"]["discriminator"]


def _rows(title, entry, units):
    yield f"| {title} | s: median (lowest to highest) | multigan's time over its: median (middle half; all) |"
    yield "|---|---|---|"
    for name, contender in entry["contenders"].items():
        median, low, high = (f"{units * contender['unit'][key]:.4g}" for key in ("median", "min", "max"))
        told = ""
        if name in entry["ratios"]:
            at = {key: f"{value:.3f}" for key, value in entry["ratios"][name].items()}
            told = f"{at['median']} ({at['lower']} to {at['upper']}; {at['min']} to {at['max']})"
        yield f"| {contender['what']} | {median} ({low} to {high}) | {told} |"
