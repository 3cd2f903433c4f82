"""The checks that recipes and plugins go through, each a function whose docstring says what its failure means.

A check of a recipe takes the `multigan.testing.Contract` and an empty folder, and raises what `contract.broken` makes.
"""

import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from multigan.testing.checks.keeping import (
    averages_are_sampled,
    checkpoint_restores_everything,
    export_gives_the_same_samples,
    same_seed_same_run,
)
from multigan.testing.checks.noise import globals_are_left_alone, noise_is_drawn_anew
from multigan.testing.checks.recipes import described, import_light, options_are_read
from multigan.testing.checks.samples import (
    any_size_is_any_size,
    conditions_matter,
    interpolation_keeps_its_count,
    latents_are_seeded,
    samples_are_deterministic,
    samples_are_of_the_datas_kind,
    scores_are_one_a_sample,
)
from multigan.testing.checks.turns import (
    any_batch_size_trains,
    builds,
    every_player_has_a_turn,
    every_variable_learns,
    losses_are_finite,
    turns_are_separate,
)

__all__ = ["RECIPE_CHECKS", "WITHOUT_A_GAME", "Check", "described_as"]

# In the order in which they are looked at: what a later one says is worth little where an earlier one fails.
_OF_RECIPES = (
    import_light, described, builds, options_are_read, every_player_has_a_turn, losses_are_finite, noise_is_drawn_anew,
    turns_are_separate, every_variable_learns, globals_are_left_alone, any_batch_size_trains, latents_are_seeded,
    samples_are_deterministic, samples_are_of_the_datas_kind, conditions_matter, any_size_is_any_size,
    interpolation_keeps_its_count, scores_are_one_a_sample, averages_are_sampled, export_gives_the_same_samples,
    checkpoint_restores_everything, same_seed_same_run,
)  # fmt: skip
RECIPE_CHECKS: dict[str, Callable] = {check.__name__: check for check in _OF_RECIPES}
WITHOUT_A_GAME = ("import_light", "described")


@dataclass(frozen=True)
class Check:
    """One check, in words.

    Args:
        name: as it is told with a failure.
        promise: what holds where it passes.
        failure: what it means when it does not, and what to do.
    """

    name: str
    promise: str
    failure: str


def described_as(function: Callable) -> Check:
    """Returns a check's words, which are its docstring's: the promise first, the failure after an empty line."""
    promise, _, rest = inspect.getdoc(function).partition("\n\n")
    paragraphs = [" ".join(textwrap.dedent(part).split()) for part in rest.split("\n\n") if part.strip()]
    return Check(function.__name__, " ".join(promise.split()), "\n\n".join(paragraphs))
