"""After-turn transforms: functions of the game that run inside the compiled step, after an update."""

from collections.abc import Callable

from keras import ops

__all__ = ["clip_weights"]


def clip_weights(player: str, limit: float) -> Callable:
    """Returns a transform that clips a player's trainable weights to [-limit, limit].

    Reference: Arjovsky et al., 2017, arXiv 1701.07875, algorithm 1 (limit 0.01).
    """
    if limit <= 0:
        raise ValueError(f"clip_weights({player!r}): the limit must be positive, got {limit}")

    def clip(game):
        for variable in game.player_variables(player):
            variable.assign(ops.clip(variable, -limit, limit))

    return clip
