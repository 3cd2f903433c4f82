"""Values that follow a run, inside the compiled step; `multigan.schedule` has how they are told."""

import math
from dataclasses import dataclass

import keras
from keras import ops

__all__ = ["Following", "FollowingRate"]


@dataclass(frozen=True)
class Following:
    """A value as a function of updates.

    Args:
        first: before `begin`.
        last: from `end` on.
        begin, end: in updates.
        shape: see `Schedule`.
    """

    first: float
    last: float
    begin: float
    end: float
    shape: str

    def __call__(self, updates):
        """Returns the value, a float32 scalar, after so many updates."""
        done = (ops.cast(updates, "float32") - self.begin) / max(self.end - self.begin, 1e-9)
        left = 1.0 - ops.clip(done, 0.0, 1.0)
        if self.shape == "cosine":
            left = 0.5 - 0.5 * ops.cos(math.pi * left)
        return self.first * left + self.last * (1.0 - left)


class FollowingRate(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that follows the updates of its optimizer."""

    def __init__(self, following: Following):
        self.following = following

    def __call__(self, step):
        """The rate at an update."""
        return self.following(step)

    def get_config(self):
        """For Keras' saving."""
        return {"following": self.following}
