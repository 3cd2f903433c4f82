"""The discriminator over texts and the ways on from their prefixes: what lies within a prefix is looked at once."""

from collections.abc import Callable

from keras import ops

from multigan_seqgan.discriminator import TextDiscriminator

__all__ = ["judge_ways"]


def judge_ways(discriminator: TextDiscriminator, texts, ways, counted: Callable):
    """Scores texts, and their rollouts: the same scores as one by one, by two thirds of the convolutions' work.

    A window that ends within a prefix is the same for all rollouts of it. So the largest value over those comes from
    the text, for all prefixes at once, and each rollout adds the windows that reach past its prefix.

    Args:
        discriminator: what judges, without dropout.
        texts: int32 `(batch, length)`.
        ways: of `rollouts`, `(length - 1, count, batch, length)`: entry `t - 1` shares t tokens with the texts.
        counted: tells of texts which tokens count, or None for all.

    Returns:
        Two tensors: `(batch,)`, and `(length - 1, count, batch)`. No gradient goes through them.
    """
    (batch, length), count = texts.shape, ways.shape[1]
    counts = counted(texts)
    seen = discriminator.embed(texts, counts)
    within = [running(discriminator.windows(kernel, seen, counts)) for kernel in discriminator.convolutions]
    whole = discriminator.judge([largest[-1] for largest in within])
    scores, last = [], whole[0]
    for prefix, part in enumerate(ops.unstack(ways, length - 1, axis=0), start=1):
        part = after(ops.reshape(part, (-1, length)), last)
        counts = counted(part)
        seen = discriminator.embed(part, counts)
        pooled = []
        for kernel, largest in zip(discriminator.convolutions, within, strict=True):
            inside = max(0, prefix - kernel.shape[0] + 1)  # so many windows lie within the prefix
            values = ops.max(discriminator.windows(kernel, seen, counts, inside), axis=1)
            pooled.append(ops.maximum(values, ops.tile(largest[inside - 1], (count, 1))) if inside else values)
        scores.append(ops.reshape(discriminator.judge(pooled), (count, batch)))
        last = scores[-1][0, 0]
    return ops.stop_gradient(whole), ops.stop_gradient(ops.stack(scores, axis=0))


def running(values) -> list:
    """The largest of the first window, of the first two, and so on, `(n, filters)` each, of `(n, windows, filters)`."""
    first, *others = ops.unstack(values, values.shape[1], axis=1)
    largest = [first]
    for value in others:
        largest.append(ops.maximum(largest[-1], value))
    return largest


def after(values, done):
    """`values`, but not before the scalar `done` is computed: or all prefixes' windows fill the memory at once."""
    return ops.where(ops.isnan(done), ops.zeros_like(values), values)
