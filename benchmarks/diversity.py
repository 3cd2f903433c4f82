"""Measures what health measures (`multigan.modalities.images.figures`) on sets of scikit-learn's digits that are known
to be whole, poor or collapsed: the figures behind the thresholds of collapse.

Run: `python benchmarks/diversity.py`, then `python benchmarks/tables.py`. About two minutes on two cores.
"""

import json
from pathlib import Path

import click
import numpy
from PIL import Image
from provenance import provenance
from sklearn.datasets import load_digits

from multigan.health.reference import Reference
from multigan.modalities.images.figures import ImageGauge
from multigan.recipe import DataInfo

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = [
    "256 samples each time, against 1,000 of scikit-learn's 1,797 digits, enlarged to 32 x 32 and scaled",
    "to [-1, 1], in the space of its first 50 principal components; diversity of 128 of each, between pixels. Noise is",
    "Gaussian, its deviation given for a range of 2.",
]
SAMPLES = 256
FIGURES = ("diversity", "nearest_distance", "recall", "classes_covered")


def digits(size=32):
    """The 1,797 digits as `(count, size, size, 1)` in [-1, 1], and their labels."""
    data = load_digits()
    pictures = [Image.fromarray((image * 255 / 16).astype("uint8")) for image in data.images]
    enlarged = [numpy.asarray(picture.resize((size, size), Image.Resampling.LANCZOS)) for picture in pictures]
    return (numpy.stack(enlarged).astype("float32") / 127.5 - 1)[..., None], data.target


class Cases:
    """Sets of samples, drawn anew each time."""

    def __init__(self, data, labels, generator):
        self.data, self.labels, self.generator = data, labels, generator
        flat = data.reshape(len(data), -1)
        self.mean = flat.mean(axis=0)
        self.components = numpy.linalg.svd(flat - self.mean, full_matrices=False)[2]

    def real(self):
        return self.data[self.generator.choice(len(self.data), SAMPLES, replace=False)]

    def means(self):
        """Means of two digits of one class: blurred, and none of them a copy."""
        first = self.generator.choice(len(self.data), SAMPLES, replace=False)
        second = [self.generator.choice(numpy.flatnonzero(self.labels == self.labels[index])) for index in first]
        return 0.5 * (self.data[first] + self.data[second])

    def blurred(self, components):
        """Digits as so many principal components show them."""
        flat, basis = self.real().reshape(SAMPLES, -1) - self.mean, self.components[:components]
        return (flat @ basis.T @ basis + self.mean).clip(-1, 1).reshape(SAMPLES, *self.data.shape[1:])

    def repeated(self, kinds, noise):
        """Only `kinds` different ones, as evenly as it goes, with noise."""
        chosen = self.generator.choice(len(self.data), kinds, replace=False)
        samples = self.data[chosen[numpy.arange(SAMPLES) % kinds]]
        return (samples + self.generator.normal(0, noise, samples.shape)).astype("float32")

    def classes(self, count):
        """Digits of so many classes."""
        chosen = self.generator.choice(10, count, replace=False)
        pool = numpy.flatnonzero(numpy.isin(self.labels, chosen))
        return self.data[self.generator.choice(pool, SAMPLES, replace=len(pool) < SAMPLES)]

    def all(self):
        yield "real digits", self.real
        yield "means of two digits of a class", self.means
        for components in (20, 10, 5):
            yield f"digits blurred to {components} components", lambda n=components: self.blurred(n)
        for count in (9, 5):
            yield f"digits of {count} classes", lambda n=count: self.classes(n)
        for noise in (0.05, 0.3):
            for kinds in (1, 2, 5, 10, 20, 50):
                title = f"{kinds} digit{'s'[: kinds > 1]} repeated, with noise of {noise}"
                yield title, lambda n=kinds, deviation=noise: self.repeated(n, deviation)


@click.command()
@click.option("--draws", default=100, show_default=True, help="of each case")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="the record's file; benchmarks/records/diversity-DATE.json otherwise",
)
def main(draws, out):
    """Measures, and writes a JSON record."""
    data, labels = digits()
    info = DataInfo(name="digits", shape=data.shape[1:], classes=tuple(map(str, range(10))))
    gauge = ImageGauge(Reference(data, labels), info)
    record = {"benchmark": "diversity", **provenance(), "protocol": " ".join(PROTOCOL), "draws": draws, "cases": []}
    for title, draw in Cases(data, labels, numpy.random.default_rng(0)).all():
        drawn = [gauge.measure(draw()).figures for _ in range(draws)]
        columns = {name: numpy.array([figures[name] for figures in drawn]) for name in FIGURES}
        figures = {
            name: {"mean": float(v.mean()), "lowest": float(v.min()), "highest": float(v.max())}
            for name, v in columns.items()
        }
        record["cases"].append({"what": title, "figures": figures})
        click.echo(f"{title}: " + ", ".join(f"{name} {v.mean():.3f}" for name, v in columns.items()), err=True)
    out = out or RECORDS / f"diversity-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
