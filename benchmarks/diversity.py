"""Measures `multigan.metrics.diversity` on scikit-learn's digits: the figures behind the threshold of `collapse`.

Run: `python benchmarks/diversity.py`; a Markdown table goes to stdout. About a minute on two cores.
"""

import numpy
from PIL import Image
from sklearn.datasets import load_digits

from multigan.metrics.diversity import diversity

SAMPLES = 64
DRAWS = 2000
NOISE = 0.05  # standard deviation, of a range of 2


def digits(size=32):
    """The 1,797 digits as `(count, size, size, 1)` in [-1, 1]."""
    pictures = [Image.fromarray((image * 255 / 16).astype("uint8")) for image in load_digits().images]
    enlarged = [numpy.asarray(picture.resize((size, size), Image.Resampling.LANCZOS)) for picture in pictures]
    return (numpy.stack(enlarged).astype("float32") / 127.5 - 1)[..., None]


def repeated(data, kinds, generator):
    """`SAMPLES` pictures of only `kinds` different ones, as evenly as it goes, with a little noise."""
    chosen = generator.choice(len(data), kinds, replace=False)
    samples = data[chosen[numpy.arange(SAMPLES) % kinds]]
    return samples + generator.normal(0, NOISE, samples.shape).astype("float32")


def main():
    data = digits()
    generator = numpy.random.default_rng(0)
    cases = {"real images": lambda: data[generator.choice(len(data), SAMPLES, replace=False)]}
    cases |= {f"{k} picture{'s'[: k > 1]} repeated": (lambda k=k: repeated(data, k, generator)) for k in (1, 2, 5, 10)}
    print("| 64 samples | mean | deviation | lowest | highest | below 0.3 | below 0.5 | below 0.7 |")
    print("|---|---|---|---|---|---|---|---|")
    for name, draw in cases.items():
        ratios = numpy.array([diversity(draw(), data, seed) for seed in range(DRAWS)])
        shares = " | ".join(f"{(ratios < limit).mean():.1%}" for limit in (0.3, 0.5, 0.7))
        spread = f"{ratios.mean():.3f} | {ratios.std(ddof=1):.3f} | {ratios.min():.3f} | {ratios.max():.3f}"
        print(f"| {name} | {spread} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
