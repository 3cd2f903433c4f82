"""Paths through latents: what lies between the samples of a seed."""

import numpy as np

__all__ = ["linear", "spherical"]


def linear(keys: np.ndarray, count: int) -> np.ndarray:
    """Latents at even steps on the straight lines from key to key: for uniform latents, which stay in their cube.

    Args:
        keys: latents `(keys, ...)` in the order in which the path visits them; the first begins it, the last ends it.
        count: how many latents; two or more.

    Returns:
        `(count, ...)`, of the keys' type.

    Raises:
        ValueError: fewer than two keys or latents.
    """
    return _path(keys, count, lambda start, end, part: (1 - part) * start + part * end)


def spherical(keys: np.ndarray, count: int) -> np.ndarray:
    """Latents at even angles between each key and the next, with lengths that go evenly: for normal latents.

    Those lie near a sphere; the middle of a straight line between two is far inside it, where the generator never
    trained. Arguments, result and errors are those of `linear`.

    Reference: White, 2016, arXiv 1609.04468.
    """
    return _path(keys, count, _on_sphere)


def _path(keys, count, between) -> np.ndarray:
    if len(keys) < 2 or count < 2:
        raise ValueError(f"a path of {count} latents through {len(keys)} keys: expected at least two of each")
    flat = np.reshape(keys, (len(keys), -1)).astype(np.float64)
    places = np.linspace(0.0, len(keys) - 1, count)
    # The last place is the end of the last line, not the start of one more.
    lines = np.minimum(places.astype(int), len(keys) - 2)
    points = [between(flat[line], flat[line + 1], place - line) for line, place in zip(lines, places, strict=True)]
    return np.reshape(points, (count, *keys.shape[1:])).astype(keys.dtype)


def _on_sphere(start, end, part):
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    product = lengths[0] * lengths[1]
    angle = np.arccos(np.clip(start @ end / product, -1.0, 1.0)) if product else 0.0
    if np.sin(angle) < 1e-6:  # no plane is given by the two: alike, opposite, or one of them zero
        return (1 - part) * start + part * end
    length = (1 - part) * lengths[0] + part * lengths[1]
    weights = np.sin((1 - part) * angle) / lengths[0], np.sin(part * angle) / lengths[1]
    return length * (weights[0] * start + weights[1] * end) / np.sin(angle)
