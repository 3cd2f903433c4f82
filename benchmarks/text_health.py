"""Measures what health measures (`multigan.modalities.text.figures`) on sets of texts that are known to be whole,
poor or ill: the figures behind the limits of text.

Run: `python benchmarks/text_health.py`, then `python benchmarks/tables.py`. A minute on two cores.
"""

import json
from pathlib import Path

import click
import numpy
from provenance import provenance

from multigan.builtin import DATASETS
from multigan.data import describe_source, open_source
from multigan.health.reference import Reference
from multigan.modalities.text.figures import TEXTS, TextGauge
from multigan.modalities.text.tokens import valid

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = [
    f"{TEXTS} texts each time, of those that were kept out: a third of the sentences of pydoc, a tenth of the",
    "sequences of oracle-small. Pairs of tokens are drawn by how often they follow each other in the rest; at a",
    "temperature, by these counts to the power of one over it. Entropy is that of these tables, each token as often as",
    "the data has it, over that at temperature 1.",
]
FIGURES = ("diversity", "recall", "unique", "below_floor", "entropy")
TEMPERATURES = (1.0, 0.7, 0.5, 0.3)


class Pairs:
    """A table of which tokens follow which in some texts.

    Args:
        rows: token ids `(n, length)`.
        vocabulary, end: of the texts.
    """

    def __init__(self, rows, vocabulary, end):
        self.vocabulary, self.end, self.length = vocabulary, end, rows.shape[1]
        before = numpy.concatenate([numpy.full((len(rows), 1), vocabulary), rows[:, :-1]], axis=1)
        kept = valid(rows, end)
        pairs, self.counts = numpy.unique(
            before[kept].astype(numpy.int64) * vocabulary + rows[kept], return_counts=True
        )
        self.before, self.after = pairs // vocabulary, pairs % vocabulary
        self.first = numpy.searchsorted(self.before, numpy.arange(vocabulary + 2))
        self.tokens = rows[kept]

    def chances(self, temperature):
        """Each pair's probability given its first token."""
        weights = self.counts ** (1 / temperature)
        return weights / numpy.bincount(self.before, weights=weights)[self.before]

    def entropy(self, temperature):
        """Mean over the data's tokens, in nats."""
        chances = self.chances(temperature)
        own = numpy.bincount(self.before, weights=-chances * numpy.log(chances), minlength=self.vocabulary + 1)
        shares = numpy.bincount(self.before, weights=self.counts, minlength=self.vocabulary + 1)
        return float((own * shares).sum() / shares.sum())

    def draw(self, generator, temperature):
        """Texts `(TEXTS, length)`; what nothing follows is followed by any token of the data."""
        chances = numpy.cumsum(self.chances(temperature))
        rows, token = numpy.empty((TEXTS, self.length), numpy.int64), numpy.full(TEXTS, self.vocabulary)
        for place in range(self.length):
            first, last = self.first[token], self.first[token + 1]
            base = numpy.where(first > 0, chances[first - 1], 0.0)
            drawn = numpy.searchsorted(chances, base + generator.random(TEXTS) * (chances[last - 1] - base))
            any_token = self.tokens[generator.integers(len(self.tokens), size=TEXTS)]
            token = numpy.where(last > first, self.after[drawn.clip(first, numpy.maximum(first, last - 1))], any_token)
            rows[:, place] = token
        return numpy.where(valid(rows, self.end), rows, self.end)


class Cases:
    """Sets of texts, drawn anew each time.

    Args:
        known: token ids that the reference is made of.
        others: token ids that it is not.
        source: tells vocabulary and end.
        generator: of all draws.
    """

    def __init__(self, known, others, source, generator):
        self.others, self.generator = others, generator
        self.pairs, self.end, self.vocabulary = (
            Pairs(known, source.vocabulary, source.end),
            source.end,
            source.vocabulary,
        )

    def real(self, count=TEXTS):
        return self.others[self.generator.choice(len(self.others), count, replace=False)]

    def repeated(self, kinds):
        return self.real(kinds)[numpy.arange(TEXTS) % kinds]

    def partly(self, share):
        """One text in the place of so many."""
        rows = self.real()
        rows[: round(share * TEXTS)] = rows[0]
        return rows

    def alike(self, share):
        """One text, of which so many tokens are others of the data: no two texts are equal."""
        rows = numpy.repeat(self.real(1), TEXTS, axis=0)
        places = self.generator.integers(len(self.pairs.tokens), size=rows.shape)
        changed = (self.generator.random(rows.shape) < share) & (rows != self.end)
        return numpy.where(changed, self.pairs.tokens[places], rows)

    def tokens(self, uniform):
        shape = (TEXTS, self.others.shape[1])
        if uniform:
            rows = self.generator.integers(self.vocabulary, size=shape)
        else:
            rows = self.pairs.tokens[self.generator.integers(len(self.pairs.tokens), size=shape)]
        return numpy.where(valid(rows, self.end), rows, self.end)

    def all(self):
        yield "other texts", self.real, None
        for heat in TEMPERATURES:
            entropy = self.pairs.entropy(heat) / self.pairs.entropy(1.0)
            yield f"pairs of tokens, temperature {heat}", lambda t=heat: self.pairs.draw(self.generator, t), entropy
        yield "independent tokens", lambda: self.tokens(False), None
        yield "uniform tokens", lambda: self.tokens(True), None
        for share in (0.25, 0.5, 0.75):
            yield f"{share:.0%} one text, others beside it", lambda s=share: self.partly(s), None
        for kinds in (100, 50, 20, 5, 1):
            yield f"{kinds} text{'s'[: kinds > 1]} repeated", lambda n=kinds: self.repeated(n), None
        for share in (0.3, 0.1):
            yield f"one text, {share:.0%} of its tokens changed", lambda s=share: self.alike(s), None


@click.command()
@click.option("--draws", default=20, show_default=True, help="of each case")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="the record's file; benchmarks/records/text-health-DATE.json otherwise",
)
def main(draws, out):
    """Measures, and writes a JSON record."""
    generator = numpy.random.default_rng(0)
    record = {"benchmark": "text-health", **provenance(), "protocol": " ".join(PROTOCOL), "draws": draws}
    record |= {"samples": TEXTS, "cases": []}
    for name, held_out in (("pydoc", 1 / 3), ("oracle-small", 0.1)):
        source = open_source(name, "text", {"held_out": held_out}, {dataset.name: dataset for dataset in DATASETS})
        known = source.batch(numpy.arange(len(source)))["text"]
        gauge = TextGauge(Reference(known[:2500]), describe_source(source))
        for title, draw, entropy in Cases(known, source.held_out, source, generator).all():
            drawn = [gauge.measure(draw()).figures for _ in range(draws)]
            columns = {figure: [found[figure] for found in drawn] for figure in FIGURES if figure in drawn[0]}
            columns |= {"entropy": [entropy]} if entropy else {}
            figures = {
                figure: {"mean": float(numpy.mean(v)), "lowest": float(min(v)), "highest": float(max(v))}
                for figure, v in columns.items()
            }
            record["cases"].append({"what": f"{name}: {title}", "figures": figures})
            told = ", ".join(
                f"{figure} {v['mean']:.3f} ({v['lowest']:.2f} to {v['highest']:.2f})" for figure, v in figures.items()
            )
            click.echo(f"{name}: {title}: {told}", err=True)
    out = out or RECORDS / f"text-health-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
