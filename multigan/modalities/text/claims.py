"""Which data are texts, by their names."""

from multigan.data.seen import Seen

__all__ = ["claims"]

# Names of texts; a .gz alone may be anything.
TEXTS = (".txt", ".text", ".jsonl", ".ndjson", ".txt.gz", ".jsonl.gz", ".ndjson.gz")
TABLES = (".csv", ".tsv")


def claims(seen: Seen) -> float:
    """Returns how sure it is that data are texts, as `multigan.modality.Modality.claims` has it."""
    if seen.suffix in TABLES and not seen.folder:
        return 0.5  # a column of it may hold texts
    share = seen.share(TEXTS)
    return share if share > 0.5 else 0.0  # fewer may be captions, or notes on the others
