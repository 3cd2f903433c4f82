"""Turns and phases: who updates when, as data."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Phase", "Turn", "phase_at", "updates_at"]


@dataclass(frozen=True)
class Turn:
    """One player's place in a step.

    Args:
        player: the name of the game's attribute that holds the player's network, or a list of networks.
        repeat: how many updates the turn has: a number, or a function of the step (the first step is 1), e.g. the
            100, 5 and 500 of Wasserstein GANs (arXiv 1701.07875).
        loss: the name of the game's loss method; `"<player>_loss"` when empty.
        fresh: each update draws a batch of its own. False: the turn sees the batch of the update before it, for players
            whose loss does not look at data, so that none is wasted.
        after: functions of the game that run after each update, inside the compiled step, e.g. `clip_weights`.
    """

    player: str
    repeat: int | Callable[[int], int] = 1
    loss: str = ""
    fresh: bool = True
    after: tuple[Callable, ...] = ()

    @property
    def loss_name(self) -> str:
        """The name of the game's method that gives this turn's loss terms."""
        return self.loss or f"{self.player}_loss"

    def updates(self, step: int) -> int:
        """How many updates the turn has at a step.

        Raises:
            ValueError: `repeat` is not a whole number of at least 0.
        """
        count = self.repeat(step) if callable(self.repeat) else self.repeat
        if not isinstance(count, int) or count < 0:
            raise ValueError(
                f"turn of {self.player}: repeat at step {step} is {count!r}; it must be a whole number >= 0"
            )
        return count


@dataclass(frozen=True)
class Phase:
    """A stretch of steps with turns of its own, e.g. likelihood pre-training before a text GAN.

    Args:
        name: for the log.
        turns: what one step does.
        steps: how many steps it lasts; None for the last phase: all that remain.
    """

    name: str
    turns: tuple[Turn, ...]
    steps: int | None = None


def phase_at(phases: tuple[Phase, ...], step: int) -> Phase:
    """Returns the phase that a step (the first is 1) belongs to."""
    end = 0
    for phase in phases:
        if phase.steps is None:
            return phase
        end += phase.steps
        if step <= end:
            return phase
    return phases[-1]


def updates_at(turns: tuple[Turn, ...], step: int) -> list[tuple[Turn, ...]]:
    """Returns a step's updates in order, in groups: what is in one group sees one batch, and is compiled as one.

    A turn that sees the batch before it joins the update before it; but where either repeats, each is compiled alone,
    or the repeated one would be compiled twice.
    """
    groups, before = [], 0
    for turn in turns:
        count = turn.updates(step)
        if not turn.fresh and count == before == 1:
            groups[-1] += (turn,)
        else:
            groups += [(turn,)] * count
        before = count or before
    return groups
