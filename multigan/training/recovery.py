"""Rolling back: what is not finite is an error of its own, which a run may be told to recover from."""

from multigan.errors import RunFailedError

__all__ = ["SLOWER", "NotFiniteError"]

# Every recovery multiplies the learning rates by this.
SLOWER = 0.5


class NotFiniteError(RunFailedError):
    """A loss, a weight or a sample that is nan or infinite, after a step. Values are never masked."""

    def __init__(self, message: str, step: int):
        super().__init__(message)
        self.step = step
