"""What runs of every modality can suffer from. Imports no framework."""

from collections.abc import Mapping, Sequence

from multigan.health.illness import Illness
from multigan.health.losses import diverged, not_finite, oscillating
from multigan.health.opponents import saturated, starved
from multigan.health.treatments import (
    AUGMENT,
    BATCH,
    BETA,
    CLIP_NORM,
    DECAY,
    EMA,
    LOSS,
    NOISE,
    PACK,
    PENALISED,
    PENALTY,
    PRECISION,
    R1,
    RECOVER,
    SLOWER,
    SMOOTHING,
    SPECTRAL,
    STDDEV,
    WEAKER,
)
from multigan.health.variety import collapse, measured_lines, missing_modes

__all__ = ["COMMON"]


def _unlabelled(lines: Sequence[Mapping]) -> str:
    return "" if any("missing" in line for line in measured_lines(lines)) else "the data has no labels"


def _unobserved(lines: Sequence[Mapping]) -> str:
    newest = lines[-1].get("health", {}) if lines else {}
    told = any(name.endswith("/accuracy_real") for name in newest)
    return "" if told else "the recipe observes no accuracy"


COMMON = (
    Illness(
        name="not-finite",
        gravity=100,
        check="values that are not finite",
        advice="start again with a lower learning rate, clipped gradients, or float32 in place of bf16, or let it "
        "roll back by itself (--recover 3): from the last checkpoint the same steps would lead to the same "
        "place",
        meaning="A value overflowed, or was divided by zero. From there on every weight is lost; the last "
        "checkpoint before it is whole.",
        judge=lambda course: not_finite(course.lines, course.end),
        by="",
        treatments=(PRECISION, CLIP_NORM, SLOWER, SPECTRAL, RECOVER),
    ),
    Illness(
        name="divergence",
        gravity=200,
        check="losses that grow without bound, and recall that is lost",
        advice="the run has left the region where its gradients mean something: lower both learning rates, "
        "constrain the critic (gradient penalty, spectral norm), and keep the best checkpoint by a metric "
        "(--keep-best)",
        meaning="The players outbid each other: scores grow, or the generator is driven off the data that it had "
        "reached, and nothing more is learnt. The best checkpoint is an earlier one.",
        judge=lambda course: diverged(course.lines, course.recent, course.steps, course.health.lost_from),
        by="log",
        treatments=(SPECTRAL, PENALTY, R1, CLIP_NORM, SLOWER, DECAY, LOSS, PENALISED),
    ),
    Illness(
        name="collapse",
        gravity=300,
        check="samples that are all alike",
        advice="look at the samples; if they are one or a few pictures, start again with a lower learning rate "
        "for the generator, a larger batch, packing (arXiv 1712.04086) or a penalised loss (R1, gradient "
        "penalty), and sample from a checkpoint before the fall meanwhile; if they never were diverse, "
        "train longer first",
        meaning="The generator makes one or a few samples over and over. The discriminator learns to refuse them, "
        "the generator moves to others, and the rest of the data is never made.",
        judge=lambda course: collapse(course.lines, course.steps, course.health.collapsed),
        treatments=(LOSS, PENALISED, PACK, STDDEV, R1, SPECTRAL, NOISE),
        last=(BATCH, SLOWER),
        recipes=("wgan-gp", "wgan-gp-points"),
    ),
    Illness(
        name="missing-modes",
        gravity=400,
        check="classes of the data that samples leave out",
        advice="the generator has left parts of the data out: show the discriminator several samples at once "
        "(packing, arXiv 1712.04086; minibatch standard deviation), or use a Wasserstein loss with "
        "gradient penalty",
        meaning="The samples may look right, but parts of the data are not among them. A discriminator that judges "
        "samples one by one cannot see what is missing.",
        judge=lambda course: missing_modes(course.lines, course.steps, course.classes, course.health.classes),
        pending=_unlabelled,
        treatments=(LOSS, PENALISED, PACK, R1, STDDEV, NOISE),
        last=(BATCH, SLOWER),
        recipes=("wgan-gp", "wgan-gp-points"),
    ),
    Illness(
        name="generator-starved",
        gravity=600,
        check="a player without gradient",
        advice="a player without gradient stands still: use the non-saturating or the hinge loss in place of the "
        "minimax loss, and weaken the opponent (lower learning rate, fewer updates a step)",
        meaning="The gradient has all but vanished: the player stands still, however long the run goes on. The "
        "minimax loss does this whenever the discriminator is right.",
        judge=lambda course: starved(course.lines, course.recent),
        by="log",
        treatments=(LOSS, PENALISED, WEAKER, SPECTRAL, R1, NOISE),
        recipes=("wgan-gp", "wgan-gp-points"),
    ),
    Illness(
        name="discriminator-saturated",
        gravity=700,
        check="a player that is never wrong",
        advice="an opponent that is never wrong teaches little: lower its learning rate, penalise it (R1, arXiv "
        "1801.04406), smooth its labels (arXiv 1606.03498), or augment small data (arXiv 2006.10738)",
        meaning="The discriminator is always right, and sure of it. What it could tell the generator is nearly "
        "flat: the generator learns little, and from its own noise.",
        judge=lambda course: saturated(course.lines, course.recent),
        by="log",
        pending=_unobserved,
        treatments=(LOSS, PENALISED, WEAKER, R1, SPECTRAL, SMOOTHING, NOISE, AUGMENT),
    ),
    Illness(
        name="oscillation",
        gravity=800,
        check="losses that swing, and samples that move between classes",
        advice="the players circle each other in place of settling: lower the learning rates or let them decay, "
        "lower Adam's beta_1, average the generator's weights (arXiv 1806.04498), or penalise the "
        "discriminator (R1)",
        meaning="The players circle each other: each answers the other's last move, and neither settles. Samples "
        "of one moment are not those of the next.",
        judge=lambda course: oscillating(course.lines, course.steps),
        by="log",
        treatments=(R1, DECAY, EMA, BETA, SLOWER),
    ),
)
