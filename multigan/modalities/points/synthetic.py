"""Points whose distribution is known exactly: the data that mode collapse is measured on."""

from __future__ import annotations

import numpy as np

__all__ = ["GRID_SIGMA", "RING_SIGMA", "grid", "grid_centres", "ring", "ring_centres", "swiss_roll"]

COUNT = 100_000
SEED = 0

# Standard deviations of each Gaussian along each axis, as in PacGAN's protocol.
RING_SIGMA = 0.01
GRID_SIGMA = 0.05

SWISS_ROLL_NOISE = 0.25
# Brings the roll's standard deviation to a little under one, as the WGAN-GP authors' toy data have it.
SWISS_ROLL_SCALE = 7.5


def ring_centres() -> np.ndarray:
    """Returns the modes of `ring`, float64 `(8, 2)`: on a circle of radius 1, from (1, 0) on, counter-clockwise.

    Reference: Lin et al., 2018, arXiv 1712.04086, section 4.1.
    """
    angles = 2 * np.pi * np.arange(8) / 8
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def grid_centres() -> np.ndarray:
    """Returns the modes of `grid`, float64 `(25, 2)`: both coordinates from -4 to 4 in steps of 2, row by row.

    Reference: Lin et al., 2018, arXiv 1712.04086, section 4.1.
    """
    steps = np.arange(-4.0, 5.0, 2.0)
    y, x = np.meshgrid(steps, steps, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], axis=1)


def ring() -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Returns (points float32 `(100_000, 2)`, the mode of each, where the modes are), an equal share of each mode."""
    return _gaussians(ring_centres(), RING_SIGMA)


def grid() -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Returns (points float32 `(100_000, 2)`, the mode of each, where the modes are), an equal share of each mode."""
    return _gaussians(grid_centres(), GRID_SIGMA)


def swiss_roll() -> tuple[np.ndarray, None, tuple[str, ...]]:
    """Returns (points float32 `(100_000, 2)`, no labels, no classes): a spiral of one and a half turns.

    The point at angle t, uniform on [1.5 pi, 4.5 pi], is t (cos t, sin t), with Gaussian noise of 0.25, divided by 7.5.

    Reference: Gulrajani et al., 2017, arXiv 1704.00028, figure 1b.
    """
    rng = np.random.default_rng(SEED)
    angle = 1.5 * np.pi * (1 + 2 * rng.random(COUNT))
    spiral = np.stack([angle * np.cos(angle), angle * np.sin(angle)], axis=1)
    noisy = spiral + SWISS_ROLL_NOISE * rng.standard_normal((COUNT, 2))
    return (noisy / SWISS_ROLL_SCALE).astype(np.float32), None, ()


def _gaussians(centres: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    rng = np.random.default_rng(SEED)
    labels = rng.permutation(np.arange(COUNT) % len(centres)).astype(np.int32)
    points = centres[labels] + sigma * rng.standard_normal((COUNT, 2))
    # Adding zero turns -0.0 into 0.0.
    names = tuple("({:.2f}, {:.2f})".format(*(np.round(centre, 2) + 0.0)) for centre in centres)
    return points.astype(np.float32), labels, names
