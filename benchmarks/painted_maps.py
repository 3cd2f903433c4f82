"""Label maps as a person paints them: one class alone, classes that never met, tiny islands."""

import numpy as np

__all__ = ["painted"]


def painted(size: int, names: list[str]) -> np.ndarray:
    """Returns maps int32 `(count, size, size)`: each class alone; stripes of all classes; islands of each class, one to
    five pixels wide, in the first; a map half of which is no class; one of no class at all.
    """
    count = len(names)
    alone = [np.full((size, size), number) for number in range(count)]
    stripes = np.broadcast_to(np.arange(size) * count // size, (size, size))
    islands = np.zeros((size, size), int)
    for number in range(1, count):
        for width in range(1, 6):
            top, left = number * size // count, width * size // 7
            islands[top : top + width, left : left + width] = number
    half = stripes.T.copy()
    half[:, size // 2 :] = 255
    return np.stack([*alone, stripes, islands, half, np.full((size, size), 255)]).astype("int32")
