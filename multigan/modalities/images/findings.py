"""How the health of images is judged.

The thresholds of collapse were placed by measurement, on scikit-learn's digits at 32 x 32 (`benchmarks/diversity.py`):

- Diversity (mean pairwise distance over the data's) of 64 samples, 2,000 draws each: real images 0.939 to 1.067, one
  picture repeated 0.098 to 0.105, two 0.211 to 0.781, five 0.614 to 1.006, ten 0.794 to 1.059. It tells a collapse to
  one or two pictures and no other.
- Nearest distance (median distance of a sample to its nearest other sample, over the data's; near duplicates betray a
  small support, arXiv 1706.08224) of 256 samples: docs/health.md has the table. With noise of 0.05 in a range of 2, two
  to a hundred pictures repeated stay below 0.06; with noise of 0.3, that a picture is full of, below 0.3 up to twenty;
  real images are above 0.9, means of two digits of a class above 0.7.

Diversity of runs: the plugin dcgan at width 16 makes recognisable digits of 16 x 16 at 0.75, and a small DCGAN in plain
PyTorch at 32 x 32 above 0.83; of the latter those that failed stayed below 0.62.
"""

from multigan.health.illness import Health

__all__ = ["HEALTH"]

HEALTH = Health(
    steps=1000,
    collapsed={
        "diversity": (0.6, "1 = as the data"),
        "nearest_distance": (0.3, "1 = as the data; near 0: duplicates"),
    },
    # A penalty of single samples and batch norm exclude each other.
    needs={"r1": {"spectral_norm": True}},
)
