"""Options of policies that write texts, and what they treat. Imports no framework."""

from multigan.health.treatments import Case, Treatment, rounded, turn_on

__all__ = ["BASELINE", "FEWER", "FORCING", "POLICY_RATE", "SLOWER_JUDGE", "SMALLER"]


def _slower_policy(case: Case) -> float | None:
    """Of the generator after likelihood training; 0 stands for the rate before."""
    rate = case.get("adversarial_learning_rate") or case.get("learning_rate", 0)
    return rounded(rate / 10) or None


def _fewer_updates(case: Case) -> int | None:
    updates = case.get("discriminator_updates", 0)
    return updates // 3 if updates >= 3 else None


FORCING = Treatment(
    "teacher_forcing", turn_on("teacher_forcing", 5), "likelihood updates between rounds keep what the reward lets go",
    "1701.06547",
)  # fmt: skip
BASELINE = Treatment(
    "baseline", lambda case: "mean" if case.get("baseline") == "none" else None,
    "a reward about zero makes what is worse than usual unlikelier, in place of all that was tried likelier",
)  # fmt: skip
POLICY_RATE = Treatment(
    "adversarial_learning_rate", _slower_policy, "policy gradients are noisy: small steps keep what likelihood taught"
)
FEWER = Treatment(
    "discriminator_updates", _fewer_updates, "a discriminator that is not sure yet tells texts from one another"
)
SMALLER = Treatment(
    "filters", lambda case: 0.25 if case.get("filters", 0) >= 1 else None,
    "a smaller discriminator does not know every text of the data by heart",
)  # fmt: skip
SLOWER_JUDGE = Treatment(
    "discriminator_learning_rate",
    lambda case: rounded(case.get("discriminator_learning_rate", 0) / 4) or None,
    "a slower opponent leaves the generator something to learn", "1706.08500",
)  # fmt: skip
