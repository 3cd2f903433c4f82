"""Learning rates as a run finds and changes them."""

import keras

__all__ = ["ScaledSchedule", "starting_rate"]


def starting_rate(optimizer: keras.optimizers.Optimizer) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Returns what an optimizer was built with: its schedule, or its rate."""
    # The property `learning_rate` evaluates a schedule.
    rate = optimizer._learning_rate
    if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        return rate
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))


class ScaledSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule times a factor."""

    def __init__(self, schedule: keras.optimizers.schedules.LearningRateSchedule, factor: float):
        self.schedule, self.factor = schedule, factor

    def __call__(self, step):
        """The rate at an update."""
        return self.factor * self.schedule(step)

    def get_config(self):
        """For Keras' saving."""
        return {"schedule": self.schedule, "factor": self.factor}
