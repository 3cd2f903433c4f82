"""Work on many rows, some at a time."""

from collections.abc import Callable, Mapping

from keras import ops

from multigan import accelerators

__all__ = ["in_parts"]

# Fewer rows than these at a time cost more in calls than the caches give back.
FEWEST = 64


def in_parts(function: Callable, arrays: tuple, sizes: Mapping[str, int]):
    """Returns `function(*arrays)`, computed for some of the rows `(n, ...)` at a time, in a loop.

    Args:
        function: maps arrays to one of as many rows; draws nothing and assigns nothing.
        arrays: of as many rows each.
        sizes: how many rows at a time on a "cpu" and on an "accelerator".
    """
    rows, size = arrays[0].shape[0], max(FEWEST, sizes["accelerator" if accelerators() else "cpu"])
    if rows is None or rows <= size:
        return function(*arrays)
    whole = rows // size * size
    folded = [ops.reshape(array[:whole], (-1, size, *array.shape[1:])) for array in arrays]
    done = ops.map(lambda parts: function(*parts), folded)
    done = ops.reshape(done, (whole, *done.shape[2:]))
    if whole == rows:
        return done
    return ops.concatenate([done, function(*(array[whole:] for array in arrays))], axis=0)
