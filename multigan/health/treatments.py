"""What treats each finding: options that a recipe may have, a value to try, and the paper. Imports no framework."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MEANING", "RECIPES", "TREATMENTS", "Case", "Treatment"]


@dataclass(frozen=True)
class Case:
    """The run that is treated.

    Args:
        options, settings: their values.
        modality, count: of the data.
    """

    options: Mapping[str, Any]
    settings: Mapping[str, Any]
    modality: str
    count: int

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
        needs: options of images that have to come with it, where the recipe has them.
    """

    name: str
    value: Callable[[Case], Any]
    why: str
    reference: str = ""
    needs: Mapping[str, Any] = field(default_factory=dict)

    def changes(self, case: Case, value: Any) -> dict[str, Any]:
        """The option with its value, and what has to come with it."""
        needed = self.needs if case.modality == "images" else {}
        return {self.name: value} | {key: needs for key, needs in needed.items() if key in case.options}


def _off(name: str, value: Any) -> Callable[[Case], Any]:
    """Turns on what is off."""
    return lambda case: value if not case.get(name) else None


def _half_rate(case: Case) -> float:
    return _rounded(case.get("learning_rate", 0) / 2) or None


def _weaker_opponent(case: Case) -> float | None:
    rate = case.get("critic_learning_rate") or case.get("learning_rate", 0)
    return _rounded(rate / 4) or None


def _pack(case: Case) -> int | None:
    packed = case.get("pack", 1)
    better = 4 if case.modality == "points" else 2
    return better if packed < better and case.get("batch_size", 64) % better == 0 else None


def _other_loss(case: Case) -> str | None:
    return {"minimax": "non-saturating", "wasserstein": "hinge"}.get(case.get("loss"))


def _smoothing(case: Case) -> float | None:
    labels = case.get("loss", "non-saturating") in ("non-saturating", "minimax")
    return 0.1 if labels and not case.get("label_smoothing") else None


def _more_shuffle(case: Case) -> int | None:
    """Two samples where there is none, as in the paper; four where there are."""
    return {0: 2, 2: 4}.get(case.get("phase_shuffle"))


def _more_critic(case: Case) -> int | None:
    steps = case.get("critic_steps", 0)
    return 2 * steps if 0 < steps <= 5 else None


def _slower_policy(case: Case) -> float | None:
    """Of the generator after likelihood training; 0 stands for the rate before."""
    rate = case.get("adversarial_learning_rate") or case.get("learning_rate", 0)
    return _rounded(rate / 10) or None


def _fewer_updates(case: Case) -> int | None:
    updates = case.get("discriminator_updates", 0)
    return updates // 3 if updates >= 3 else None


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _gamma(case: Case) -> float | None:
    """Points need far less than images: their modes are small in the data's deviations."""
    if case.get("r1"):
        return None
    return 0.01 if case.modality == "points" else 1.0


PACK = Treatment(
    "pack", _pack, "the discriminator judges several samples together, and sees that they are alike", "1712.04086"
)
R1 = Treatment(
    "r1", _gamma, "a discriminator that is flat around the data does not chase the generator about",
    "1801.04406", {"spectral_norm": True},  # a penalty of single samples and batch norm exclude each other
)  # fmt: skip
STDDEV = Treatment(
    "minibatch_stddev", _off("minibatch_stddev", True), "the discriminator sees how diverse its batch is", "1710.10196"
)
SPECTRAL = Treatment(
    "spectral_norm", _off("spectral_norm", True), "bounds how steep the discriminator can be", "1802.05957"
)
NOISE = Treatment(
    "instance_noise", _off("instance_noise", 0.1), "makes data and samples overlap, so that gradients say where to go",
    "1610.04490",
)  # fmt: skip
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
CLIP_NORM = Treatment("clip_norm", _off("clip_norm", 1.0), "no single step can be long", "1211.5063")
DECAY = Treatment(
    "decay_steps",
    lambda case: case.get("steps") if not case.get("decay_steps") else None,
    "rates that fall to zero let the players settle",
)
EMA = Treatment(
    "ema", _off("ema", 0.999), "the average of the generator's weights lies in the middle of the circle", "1806.04498"
)
BETA = Treatment(
    "beta_1",
    lambda case: 0.0 if case.get("beta_1", 0) > 0.5 else None,
    "momentum pushes players around the equilibrium",
    "1511.06434",
)
PENALTY = Treatment(
    "penalty", lambda case: _rounded(10 * case.get("penalty", 0)) or None, "holds the critic's slope at one",
    "1704.00028",
)  # fmt: skip
PRECISION = Treatment(
    "precision", lambda case: "float32" if case.get("precision") == "bf16" else None, "bf16 has eight bits of precision"
)
UPSAMPLE = Treatment(
    "upsample", lambda case: "nearest" if case.get("upsample") not in (None, "nearest") else None,
    "without zeros between samples there is no raster that becomes a tone", "1802.04208",
)  # fmt: skip
FILTER = Treatment(
    "post_filter", _off("post_filter", 512), "a learnt filter after the last layer takes out what never changes",
    "1802.04208",
)  # fmt: skip
SHUFFLE = Treatment(
    "phase_shuffle", _more_shuffle, "the critic cannot tell the generator's raster by its phase", "1802.04208"
)
CRITIC = Treatment(
    "critic_steps", _more_critic, "a critic nearer to its optimum sees what one update a turn leaves in", "1704.00028"
)
FORCING = Treatment(
    "teacher_forcing", _off("teacher_forcing", 5), "likelihood updates between rounds keep what the reward lets go",
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
    lambda case: _rounded(case.get("discriminator_learning_rate", 0) / 4) or None,
    "a slower opponent leaves the generator something to learn", "1706.08500",
)  # fmt: skip
RECOVER = Treatment(
    "recover",
    lambda case: 3 if not case.get("recover") else None,
    "goes back to the last checkpoint with half the learning rates, by itself",
)

TREATMENTS: Mapping[str, Sequence[Treatment]] = {
    "not-finite": (PRECISION, CLIP_NORM, SLOWER, SPECTRAL, RECOVER),
    "divergence": (SPECTRAL, PENALTY, R1, CLIP_NORM, SLOWER, DECAY, LOSS, PENALISED),
    "collapse": (LOSS, PENALISED, PACK, STDDEV, R1, SPECTRAL, NOISE, FORCING, POLICY_RATE, BATCH, SLOWER),
    "missing-modes": (LOSS, PENALISED, PACK, R1, STDDEV, NOISE, BATCH, SLOWER),
    "silence": (LOSS, PENALISED, SLOWER, CRITIC, PENALTY, EMA),
    "clipping": (SLOWER, EMA, LOSS, PENALISED, CRITIC),
    "dc-offset": (FILTER, SLOWER, CRITIC, EMA),
    "single-tone": (UPSAMPLE, FILTER, SHUFFLE, PACK, LOSS, PENALISED, SLOWER),
    "repeated-texts": (FORCING, POLICY_RATE, BASELINE, SLOWER),
    "below-floor": (FORCING, POLICY_RATE, BASELINE),
    "reward-saturated": (FEWER, SMALLER, SLOWER_JUDGE, BASELINE),
    "entropy-collapse": (POLICY_RATE, FORCING, BASELINE),
    "generator-starved": (LOSS, PENALISED, WEAKER, SPECTRAL, R1, NOISE),
    "discriminator-saturated": (LOSS, PENALISED, WEAKER, R1, SPECTRAL, SMOOTHING, NOISE, AUGMENT, FEWER, SLOWER_JUDGE),
    "oscillation": (R1, DECAY, EMA, BETA, SLOWER),
}
# Recipes of the same modality that treat a finding by being another game.
RECIPES: Mapping[str, Sequence[str]] = {
    "collapse": ("wgan-gp", "wgan-gp-points"),
    "missing-modes": ("wgan-gp", "wgan-gp-points"),
    "generator-starved": ("wgan-gp", "wgan-gp-points"),
}

MEANING: Mapping[str, str] = {
    "not-finite": "A value overflowed, or was divided by zero. From there on every weight is lost; the last checkpoint "
    "before it is whole.",
    "divergence": "The players outbid each other: scores grow, or the generator is driven off the data that it had "
    "reached, and nothing more is learnt. The best checkpoint is an earlier one.",
    "collapse": "The generator makes one or a few samples over and over. The discriminator learns to refuse them, the "
    "generator moves to others, and the rest of the data is never made.",
    "missing-modes": "The samples may look right, but parts of the data are not among them. A discriminator that "
    "judges samples one by one cannot see what is missing.",
    "silence": "The generator has faded away: part of its sounds, or all, lies 40 dB below the data's usual loudness. "
    "Silence is where a network ends that is chased away from everything else.",
    "clipping": "The last layer is driven into its ends, where its gradient vanishes: sounds are crushed square, and "
    "are not learnt any better.",
    "dc-offset": "The waveform does not swing about zero but about another value. It is not heard, but it takes "
    "loudness away, clicks at both ends of every sound, and is a mark by which a critic tells samples at once.",
    "single-tone": "One frequency fills a sound from its beginning to its end. Layers that put zeros between samples "
    "leave a raster, which is a tone at the layer's rate, and the critic has not driven it out.",
    "repeated-texts": "The generator writes a few texts over and over: the reward of what it writes best outweighs "
    "everything that it does not write any more.",
    "below-floor": "The network that wrote the data holds the samples likelier than its own texts. That is no quality: "
    "its likeliest text, repeated, scores best of all. The samples have lost diversity.",
    "reward-saturated": "Every text earns the same, next to nothing or all. A policy gradient compares rewards: there "
    "is nothing to compare, and what is learnt is noise.",
    "entropy-collapse": "The policy is nearly certain of every next token. It writes what it has written before, and "
    "no reward can teach it what it never tries.",
    "generator-starved": "The gradient has all but vanished: the player stands still, however long the run goes on. "
    "The minimax loss does this whenever the discriminator is right.",
    "discriminator-saturated": "The discriminator is always right, and sure of it. What it could tell the generator is "
    "nearly flat: the generator learns little, and from its own noise.",
    "oscillation": "The players circle each other: each answers the other's last move, and neither settles. Samples of "
    "one moment are not those of the next.",
}
