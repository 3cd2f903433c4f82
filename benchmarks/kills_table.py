"""The table of killed runs."""

__all__ = ["kills_table"]


def kills_table(record: dict) -> str:
    """The record of `kills.py` as Markdown, a row for each case and backend and one for all."""
    counted = ("runs", "kills", "lost", "different")
    machine, commit = record["machine"], record["commit"][:12] + (" with changes" if record["modified"] else "")
    lines = [
        f"Measured {record['date'][:10]}: commit {commit}; {machine['processor']}, {machine['cpus']} processors.",
        "",
        "| run | what it does | backend | runs killed | kills | lost | different |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in record["rows"]:
        cells = [row["case"], row["what"], row["backend"], *(str(row[key]) for key in counted)]
        lines.append(f"| {' | '.join(cells)} |")
    total = [f"**{sum(row[key] for row in record['rows'])}**" for key in counted]
    lines.append(f"| all | | | {' | '.join(total)} |")
    return "\n".join([*lines, "", f"Protocol. {record['protocol']}"])
