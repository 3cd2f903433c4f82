"""Rollouts: from every prefix of every text many ways to go on, all in one batch that starts from cached states."""

import keras
from keras import ops

from multigan_seqgan.policy import Policy

__all__ = ["rollout_uniforms", "rollouts"]


def rollout_uniforms(length: int, count: int, batch: int, seed):
    """Draws what `rollouts` needs, before its loop: `(length (length - 1) / 2, count, batch)` on [0, 1).

    At place s (from 1) there are s prefixes to go on from, those of 1 to s tokens; the places follow one another.
    """
    return keras.random.uniform((length * (length - 1) // 2, count, batch), seed=seed)


def rollouts(policy: Policy, tokens, uniforms, end: int = -1, temperature=1.0):
    """Completes every prefix of texts.

    One loop over time: at place s it draws for the prefixes of 1 to s tokens only, so that no token is drawn twice, and
    the tokens of a prefix are gone through once for all its rollouts.

    Args:
        policy: what goes on.
        tokens: texts, int32 `(batch, length)`.
        uniforms: of `rollout_uniforms`.
        end: the token that ends a text, or -1.
        temperature: divides the logits.

    Returns:
        int32 `(length - 1, count, batch, length)`: entry `t - 1` has the rollouts of the prefixes of `t` tokens.

    Reference: the search of arXiv 1609.05473, section 3.1, which goes through it a prefix at a time.
    """
    batch, length = tokens.shape
    count, prefixes, reader = uniforms.shape[1], policy.states(tokens), policy.reader(temperature)
    places = ops.unstack(tokens, length, axis=1)
    columns, state, before, first = [], None, None, 0
    for place in range(1, length):
        # The prefix that ends here joins those that are under way.
        fresh = tuple(ops.tile(part, (count, 1)) for part in prefixes[place])
        last = ops.tile(places[place - 1], (count,))
        if state is None:
            state, before = fresh, last
        else:
            state = policy.advance(state, before)
            state = tuple(ops.concatenate(pair, axis=0) for pair in zip(state, fresh, strict=True))
            before = ops.concatenate([before, last], axis=0)
        here = ops.reshape(uniforms[first : first + place], (-1,))
        drawn = policy.choose(state, here, reader)
        before = drawn if end < 0 else ops.where(before == end, end, drawn)
        first += place
        longer = ops.broadcast_to(places[place][None, None], (length - 1 - place, count, batch))
        columns.append(ops.concatenate([ops.reshape(before, (place, count, batch)), longer], axis=0))
    start = ops.broadcast_to(places[0][None, None], (length - 1, count, batch))
    return ops.stack([start, *columns], axis=-1)
