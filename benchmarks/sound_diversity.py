"""Measures what health measures (`multigan.modalities.audio.figures`) on sets of sounds that are known to be whole,
poor or ill: the figures behind the thresholds of audio.

Run: `python benchmarks/sound_diversity.py`, then `python benchmarks/tables.py`. Two minutes on two cores.
"""

import json
from pathlib import Path

import click
import numpy
from provenance import provenance

from multigan.health.reference import Reference
from multigan.modalities.audio.drums import load
from multigan.modalities.audio.figures import SOUNDS, SoundGauge
from multigan.recipe import DataInfo

RECORDS = Path(__file__).resolve().parent / "records"
PROTOCOL = [
    f"{SOUNDS} sounds each time, of the 1,000 of the embedded drums that the reference of 1,000 does not have; sines",
    "and tones of three harmonics against others of their kind. Noise is white and Gaussian, its root mean square",
    "given against full scale; the whine is a sine of 2,100 Hz, of the given amplitude.",
]
FIGURES = ("diversity", "nearest_distance", "recall", "classes_covered", "silent", "clipped", "dc_offset", "tonal")
RATE, LENGTH = 16_000, 16_384
TIME = numpy.arange(LENGTH) / RATE


class Cases:
    """Sets of sounds, drawn anew each time."""

    def __init__(self, sounds, labels, generator):
        self.sounds, self.labels, self.generator = sounds, labels, generator
        self.whine = numpy.sin(2 * numpy.pi * 2100 * TIME)[None, :, None]

    def drums(self):
        return self.sounds[self.generator.choice(len(self.sounds), SOUNDS, replace=False)]

    def noise(self, decibels):
        return self.generator.normal(0, 10 ** (decibels / 20), (SOUNDS, LENGTH, 1))

    def repeated(self, kinds):
        chosen = self.generator.choice(len(self.sounds), kinds, replace=False)
        return self.sounds[chosen[numpy.arange(SOUNDS) % kinds]] + self.noise(-50)

    def classes(self, count):
        chosen = self.generator.choice(5, count, replace=False)
        pool = numpy.flatnonzero(numpy.isin(self.labels, chosen))
        return self.sounds[self.generator.choice(pool, SOUNDS, replace=False)]

    def faded(self):
        return self.drums() * numpy.where(numpy.arange(SOUNDS) % 4, 1.0, 1e-3)[:, None, None]

    def all(self):
        yield "other drums", self.drums
        yield "drums, a tenth as loud", lambda: 0.1 * self.drums()
        for decibels in (-40, -30, -20):
            yield f"drums with noise of {decibels} dB", lambda level=decibels: self.drums() + self.noise(level)
        for count in (4, 2):
            yield f"drums of {count} classes", lambda n=count: self.classes(n)
        for kinds in (1, 2, 5, 20):
            yield f"{kinds} drum{'s'[: kinds > 1]} repeated, with noise of -50 dB", lambda n=kinds: self.repeated(n)
        yield "noise of -20 dB", lambda: self.noise(-20)
        yield "drums, a quarter of them silent", self.faded
        for gain in (2, 4):
            yield f"drums {gain} times as loud, cut off", lambda n=gain: n * self.drums()
        for offset in (0.03, 0.1):
            yield f"drums with an offset of {offset}", lambda n=offset: self.drums() + n
        for level in (0.03, 0.1, 0.3):
            yield f"drums under a whine of {level}", lambda n=level: 0.7 * self.drums() + n * self.whine


def tones(generator, count, harmonics):
    """Steady tones of random pitch, `(count, 16384, 1)`."""
    pitches = generator.uniform(100, 2000, (count, 1))
    levels = generator.uniform(0, 1 / numpy.arange(1, harmonics + 1), (count, harmonics))
    levels[:, 0] = 1
    waves = [levels[:, [n]] * numpy.sin(2 * numpy.pi * (n + 1) * pitches * TIME) for n in range(harmonics)]
    return 0.4 * sum(waves)[..., None]


def _gauge(sounds, labels, classes, rate):
    info = DataInfo(name="", shape=sounds.shape[1:], classes=tuple(classes), facts={"sample_rate": rate})
    return SoundGauge(Reference(sounds, labels), info)


@click.command()
@click.option("--draws", default=20, show_default=True, help="of each case")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="the record's file; benchmarks/records/sound-diversity-DATE.json otherwise",
)
def main(draws, out):
    """Measures, and writes a JSON record."""
    sounds, labels, names, rate = load()
    sounds, generator = sounds[..., None], numpy.random.default_rng(0)
    gauge = _gauge(sounds[::2], labels[::2], names, rate)
    record = {"benchmark": "sound-diversity", **provenance(), "protocol": " ".join(PROTOCOL), "draws": draws}
    record |= {"samples": SOUNDS, "cases": []}
    cases = [(title, gauge, draw) for title, draw in Cases(sounds[1::2], labels[1::2], generator).all()]
    for title, harmonics in (("sines against sines", 1), ("tones against tones", 3)):
        own = _gauge(tones(generator, 500, harmonics).astype("float32"), None, (), rate)
        cases.append((title, own, lambda n=harmonics: tones(generator, SOUNDS, n)))
    for title, measure, draw in cases:
        drawn = [measure.measure(numpy.clip(draw(), -1, 1).astype("float32")).figures for _ in range(draws)]
        columns = {name: numpy.array([figures[name] for figures in drawn]) for name in FIGURES if name in drawn[0]}
        figures = {
            name: {"mean": float(v.mean()), "lowest": float(v.min()), "highest": float(v.max())}
            for name, v in columns.items()
        }
        record["cases"].append({"what": title, "figures": figures})
        click.echo(f"{title}: " + ", ".join(f"{name} {v.mean():.3f}" for name, v in columns.items()), err=True)
    out = out or RECORDS / f"sound-diversity-{record['date'].replace(':', '').replace('-', '')}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
