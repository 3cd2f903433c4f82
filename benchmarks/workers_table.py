"""The tables of runs that several processes train together."""

__all__ = ["WORKERS_TABLES", "workers_table"]


def workers_table(record: dict) -> str:
    """The record of `workers.py` as Markdown: a row for each case and number of workers, and what became of kills."""
    machine, commit = record["machine"], record["commit"][:12] + (" with changes" if record["modified"] else "")
    told = " | ".join(f"{each} (control)" for each in ("equal steps", "losses", "weights"))
    lines = [
        f"Measured {record['date'][:10]}: commit {commit}; {machine['processor']}, {machine['cpus']} processors.",
        "",
        f"| run | what sees the whole batch | workers | {told} | resumed run |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in record["rows"]:
        resumed = "the same to the bit" if not row["resume"] else f"different: {', '.join(row['resume'][:3])}"
        control, steps = row["control"], row["steps"]
        equal = f"{row['equal']} of {steps} ({control['equal']})"
        differences = " | ".join(f"{row[key]:.1e} ({control[key]:.1e})" for key in ("losses", "weights"))
        lines.append(f"| {row['case']} | {row['what']} | {row['workers']} | {equal} | {differences} | {resumed} |")
    return "\n".join([*lines, "", *_kills(record["kills"]), "", f"Protocol. {record['protocol']}"])


def _kills(kills: list[dict]):
    """What became of runs that lost a worker."""
    hit = [kill for kill in kills if kill["victim"] is not None]
    leaders = sum(kill["victim"] == 0 for kill in hit)
    slowest = max((kill["ended_after"] for kill in hit), default=0)
    different, hung = sum(bool(kill["different"]) for kill in hit), sum(kill.get("hung", False) for kill in hit)
    silent = sum(not kill["said"] for kill in hit)
    yield (
        f"Of {len(kills)} runs {len(hit)} lost a worker, {leaders} of these the leader ({len(kills) - len(hit)} had no "
        f"worker yet, or none any more). The slowest ended {slowest:.1f} s after the kill; {hung} hung, {silent} ended "
        f"without a word, and {different} of the resumed runs are not those that nobody disturbed."
    )


WORKERS_TABLES = {"workers": workers_table}
