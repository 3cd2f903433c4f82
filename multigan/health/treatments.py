"""Options that treat what runs suffer from: a value to try, and the paper. Imports no framework."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "AUGMENT",
    "BATCH",
    "BETA",
    "CLIP_NORM",
    "CRITIC",
    "DECAY",
    "EMA",
    "LOSS",
    "NOISE",
    "PACK",
    "PENALISED",
    "PENALTY",
    "PRECISION",
    "R1",
    "RECOVER",
    "SLOWER",
    "SMOOTHING",
    "SPECTRAL",
    "STDDEV",
    "WEAKER",
    "Case",
    "Treatment",
    "rounded",
    "turn_on",
]


@dataclass(frozen=True)
class Case:
    """The run that is treated.

    Args:
        options, settings: their values.
        count: of the data.
        values, needs: what is special to its modality, see `multigan.health.illness.Health`.
    """

    options: Mapping[str, Any]
    settings: Mapping[str, Any]
    count: int
    values: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of an option or setting."""
        return self.options.get(name, self.settings.get(name, default))


@dataclass(frozen=True)
class Treatment:
    """One option or setting that treats a finding.

    Args:
        name: of the option or setting.
        value: returns the value to try for a case, or None where it is no treatment (any more).
        why: what it does.
        reference: arXiv id.
    """

    name: str
    value: Callable[[Case], Any]
    why: str
    reference: str = ""

    def changes(self, case: Case, value: Any) -> dict[str, Any]:
        """The option with its value, and what has to come with it where the recipe has that."""
        needed = case.needs.get(self.name, {})
        return {self.name: value} | {key: needs for key, needs in needed.items() if key in case.options}


def turn_on(name: str, value: Any) -> Callable[[Case], Any]:
    """Returns a function that turns an option on where it is off."""
    return lambda case: value if not case.get(name) else None


def rounded(value: float) -> float:
    """Returns a value with three significant digits."""
    return float(f"{value:.3g}")


def _half_rate(case: Case) -> float:
    return rounded(case.get("learning_rate", 0) / 2) or None


def _weaker_opponent(case: Case) -> float | None:
    rate = case.get("critic_learning_rate") or case.get("learning_rate", 0)
    return rounded(rate / 4) or None


def _pack(case: Case) -> int | None:
    packed = case.get("pack", 1)
    better = case.values.get("pack", 2)
    return better if packed < better and case.get("batch_size", 64) % better == 0 else None


def _other_loss(case: Case) -> str | None:
    return {"minimax": "non-saturating", "wasserstein": "hinge"}.get(case.get("loss"))


def _smoothing(case: Case) -> float | None:
    labels = case.get("loss", "non-saturating") in ("non-saturating", "minimax")
    return 0.1 if labels and not case.get("label_smoothing") else None


def _more_critic(case: Case) -> int | None:
    steps = case.get("critic_steps", 0)
    return 2 * steps if 0 < steps <= 5 else None


def _gamma(case: Case) -> float | None:
    return None if case.get("r1") else case.values.get("r1", 1.0)


PACK = Treatment(
    "pack", _pack, "the discriminator judges several samples together, and sees that they are alike", "1712.04086"
)
R1 = Treatment(
    "r1", _gamma, "a discriminator that is flat around the data does not chase the generator about", "1801.04406"
)
STDDEV = Treatment(
    "minibatch_stddev",
    turn_on("minibatch_stddev", True),
    "the discriminator sees how diverse its batch is",
    "1710.10196",
)
SPECTRAL = Treatment(
    "spectral_norm", turn_on("spectral_norm", True), "bounds how steep the discriminator can be", "1802.05957"
)
NOISE = Treatment(
    "instance_noise",
    turn_on("instance_noise", 0.1),
    "makes data and samples overlap, so that gradients say where to go",
    "1610.04490",
)
WEAKER = Treatment(
    "critic_learning_rate", _weaker_opponent, "a slower opponent leaves the generator something to learn", "1706.08500"
)
LOSS = Treatment("loss", _other_loss, "its gradient does not vanish when the opponent is right", "1406.2661")
PENALISED = Treatment(
    "loss", lambda case: "wgan-gp" if case.get("loss") in ("wgan", "dcgan", "lsgan") else None,
    "a Wasserstein critic with a gradient penalty always leaves the generator a gradient", "1704.00028",
)  # fmt: skip
SMOOTHING = Treatment(
    "label_smoothing", _smoothing, "keeps the discriminator from ever being sure of the data", "1606.03498"
)
AUGMENT = Treatment(
    "augment",
    lambda case: "color,translation,cutout" if not case.get("augment") and case.count < 20_000 else None,
    "small data are learnt by heart; augmentation of all that the discriminator sees makes that harder",
    "2006.10738",
)
SLOWER = Treatment("learning_rate", _half_rate, "smaller steps")
BATCH = Treatment(
    "batch_size", lambda case: 2 * case.get("batch_size", 64), "a larger batch holds more of the modes", "1809.11096"
)
CLIP_NORM = Treatment("clip_norm", turn_on("clip_norm", 1.0), "no single step can be long", "1211.5063")
DECAY = Treatment(
    "decay_steps",
    lambda case: case.get("steps") if not case.get("decay_steps") else None,
    "rates that fall to zero let the players settle",
)
EMA = Treatment(
    "ema",
    turn_on("ema", 0.999),
    "the average of the generator's weights lies in the middle of the circle",
    "1806.04498",
)
BETA = Treatment(
    "beta_1",
    lambda case: 0.0 if case.get("beta_1", 0) > 0.5 else None,
    "momentum pushes players around the equilibrium",
    "1511.06434",
)
PENALTY = Treatment(
    "penalty", lambda case: rounded(10 * case.get("penalty", 0)) or None, "holds the critic's slope at one",
    "1704.00028",
)  # fmt: skip
PRECISION = Treatment(
    "precision", lambda case: "float32" if case.get("precision") == "bf16" else None, "bf16 has eight bits of precision"
)
CRITIC = Treatment(
    "critic_steps", _more_critic, "a critic nearer to its optimum sees what one update a turn leaves in", "1704.00028"
)
RECOVER = Treatment(
    "recover",
    lambda case: 3 if not case.get("recover") else None,
    "goes back to the last checkpoint with half the learning rates, by itself",
)
