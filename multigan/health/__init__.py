"""What a run's log tells about its health: samples that are all alike or miss a part of the data, sounds that are
silent, clipped, off the middle or one tone, texts that are repeated, policies without a reward or a choice, players
that cannot learn, losses that grow, swing or are not finite. docs/health.md has it in words; thresholds stand where
they are used.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from multigan.health.lines import live_lines, non_finite, number, window
from multigan.health.losses import diverged, not_finite, oscillating
from multigan.health.opponents import WINDOW_LINES, saturated, starved
from multigan.health.variety import MEASUREMENTS, collapse, measured_lines, missing_modes
from multigan.metrics.diversity import diversity
from multigan.modalities.audio.findings import LIMITS, sound_findings
from multigan.modalities.text.findings import POLICY, POLICY_STEPS, TEXT_LIMITS, policy_lines, text_findings

__all__ = ["ADVICE", "CHECKS", "Finding", "checks_of", "diversity", "findings", "non_finite", "number", "pending"]

# Nothing is judged before a run has had so many steps: early on a healthy one is unwell. Games on points are small, and
# come to their senses, or lose them, sooner; networks that make waveforms make noise for long; texts of a network that
# has learnt nothing yet are as varied as can be, and adversarial phases of texts are short.
WINDOW_STEPS = {"images": 1000, "points": 500, "audio": 2000, "text": 50}

# What each finding means, in the order of their gravity.
ADVICE = {
    "not-finite": "start again with a lower learning rate, clipped gradients, or float32 in place of bf16, or let it "
    "roll back by itself (--recover 3): from the last checkpoint the same steps would lead to the same place",
    "divergence": "the run has left the region where its gradients mean something: lower both learning rates, "
    "constrain the critic (gradient penalty, spectral norm), and keep the best checkpoint by a metric (--keep-best)",
    "collapse": "look at the samples; if they are one or a few pictures, start again with a lower learning rate for "
    "the generator, a larger batch, packing (arXiv 1712.04086) or a penalised loss (R1, gradient penalty), and sample "
    "from a checkpoint before the fall meanwhile; if they never were diverse, train longer first",
    "missing-modes": "the generator has left parts of the data out: show the discriminator several samples at once "
    "(packing, arXiv 1712.04086; minibatch standard deviation), or use a Wasserstein loss with gradient penalty",
    "silence": "listen to the samples, and look for silence in the data (multigan data check); a generator that faded "
    "away has lost to its critic: a lower learning rate, more critic updates or a gradient penalty keep it from that",
    "clipping": "the output is driven into its ends: lower the generator's learning rate or average its weights, and "
    "look whether the data is clipped itself",
    "dc-offset": "the generator's output has drifted to one side and the critic does not mind: start again with a "
    "lower learning rate, let the critic judge more often, or filter the output",
    "single-tone": "look at the spectrogram; a tone that never moves is most often the raster of strided transposed "
    "convolutions: use nearest up-sampling, a post-processing filter, and phase shuffle (arXiv 1802.04208)",
    "repeated-texts": "look at the samples; if a few texts come again and again, sample from a checkpoint before, and "
    "start again with more likelihood training between rounds or a reward that is centred by a baseline",
    "below-floor": "texts that the oracle holds likelier than its own are a few likely ones: look at unique and "
    "self-BLEU, and do not take the NLL for quality",
    "reward-saturated": "the discriminator is sure of every text, and a reward that is the same for all moves nothing: "
    "weaken it (fewer updates, fewer filters, a lower learning rate) or centre the reward by a baseline",
    "entropy-collapse": "the policy hardly chooses any more, and what it does not try it cannot learn: lower its "
    "learning rate, mix in likelihood training, and sample from a checkpoint before the fall",
    "generator-starved": "a player without gradient stands still: use the non-saturating or the hinge loss in place of "
    "the minimax loss, and weaken the opponent (lower learning rate, fewer updates a step)",
    "discriminator-saturated": "an opponent that is never wrong teaches little: lower its learning rate, penalise it "
    "(R1, arXiv 1801.04406), smooth its labels (arXiv 1606.03498), or augment small data (arXiv 2006.10738)",
    "oscillation": "the players circle each other in place of settling: lower the learning rates or let them decay, "
    "lower Adam's beta_1, average the generator's weights (arXiv 1806.04498), or penalise the discriminator (R1)",
}
# What is looked for, in words.
CHECKS = {
    "not-finite": "values that are not finite",
    "divergence": "losses that grow without bound, and recall that is lost",
    "collapse": "samples that are all alike",
    "missing-modes": "classes of the data that samples leave out",
    "silence": "silent sounds",
    "clipping": "sounds at full scale",
    "dc-offset": "sounds off the middle",
    "single-tone": "sounds that are one steady tone",
    "repeated-texts": "texts that come again and again",
    "below-floor": "texts that are likelier than the oracle's own",
    "reward-saturated": "a reward that is the same for all texts",
    "entropy-collapse": "a policy that hardly chooses any more",
    "generator-starved": "a player without gradient",
    "discriminator-saturated": "a player that is never wrong",
    "oscillation": "losses that swing, and samples that move between classes",
}


# Findings of one modality alone.
OWN = {"audio": tuple(LIMITS), "text": (*TEXT_LIMITS, *POLICY)}


def checks_of(modality: str) -> dict[str, str]:
    """What is looked for in a modality's runs, in words, by the finding's name."""
    others = {name for other, names in OWN.items() if other != modality for name in names}
    return {name: words for name, words in CHECKS.items() if name not in others}


@dataclass(frozen=True)
class Finding:
    """Something that a look at the log found.

    Args:
        name: stable, one of `ADVICE`.
        message: what was seen.
        advice: what to try.
        since: the step since which it has been so, where that can be told.
        figures: the newest values behind it, `(step, value)`, by series.
    """

    name: str
    message: str
    advice: str
    since: int | None = None
    figures: Mapping[str, list[tuple[int, float]]] = field(default_factory=dict)


def findings(history: Iterable[Mapping], modality: str = "images", classes: Sequence[str] = ()) -> list[Finding]:
    """Judges a run by its log so far.

    Args:
        history: the log's objects in their order (see `multigan.runs`); lines of other kinds than `log` are left out,
            but for an `end` by a value that is not finite, and so are abandoned ones. Values that are not finite may be
            floats or the strings `"nan"`, `"inf"`, `"-inf"`.
        modality: of the recipe.
        classes: names of the data's labels, for the message.

    Returns:
        At most one finding of each name in `ADVICE`, the gravest first. All but `not-finite` are judged by the newest
        lines, so that a finding goes when its cause does.
    """
    history = list(history)
    lines, steps = live_lines(history), _steps(modality)
    recent = window(lines, WINDOW_LINES, steps)
    found = {
        "not-finite": not_finite(lines, [line for line in history[-1:] if line.get("kind") == "end"]),
        "divergence": diverged(lines, recent, steps, modality),
        "collapse": collapse(lines, modality, steps),
        "missing-modes": missing_modes(lines, modality, steps, classes),
        **sound_findings(lines, steps),
        **text_findings(lines, steps),
        "generator-starved": starved(lines, recent),
        "discriminator-saturated": saturated(lines, recent),
        "oscillation": oscillating(lines, steps),
    }
    return [Finding(name, s.message, ADVICE[name], s.since, s.figures) for name, s in found.items() if s]


def pending(history: Iterable[Mapping], modality: str = "images") -> dict[str, str]:
    """What cannot be judged yet, or not at all, and why: a sentence for each name in `ADVICE` that it holds for."""
    lines, steps = live_lines(history), _steps(modality)
    short = f"it takes {WINDOW_LINES} log lines over {steps:,} steps"
    missing = {}
    if not lines:
        missing["not-finite"] = "nothing was logged yet"
    if not window(lines, WINDOW_LINES, steps):
        missing |= dict.fromkeys(("divergence", "generator-starved", "discriminator-saturated", "oscillation"), short)
    measured = measured_lines(lines)
    few = f"it takes {MEASUREMENTS} measurements of samples over {steps:,} steps, and there "
    few += f"{'is' if len(measured) == 1 else 'are'} {len(measured)} (see --sample-every)"
    if not window(measured, MEASUREMENTS, steps):
        own = {"audio": tuple(LIMITS), "text": TEXT_LIMITS}.get(modality, ())
        missing |= dict.fromkeys(("collapse", "missing-modes", *own), few)
    elif not any("missing" in line for line in measured):
        missing["missing-modes"] = "the data has no labels"
    newest = lines[-1].get("health", {}) if lines else {}
    if "discriminator-saturated" not in missing and not any(name.endswith("/accuracy_real") for name in newest):
        missing["discriminator-saturated"] = "the recipe observes no accuracy"
    return missing | (_pending_texts(lines, measured, missing) if modality == "text" else {})


def _pending_texts(lines, measured, missing) -> dict[str, str]:
    waiting = {}
    if "below-floor" not in missing and not any("below_floor" in line["health"] for line in measured):
        waiting["below-floor"] = "no known network wrote the data"
    for name, series in zip(POLICY, ("reward", "entropy"), strict=True):
        known, recent = policy_lines(lines, series)
        if not recent:
            few = f"it takes {WINDOW_LINES} log lines of the adversarial phase over {POLICY_STEPS} steps, and there "
            few += f"{'is' if len(known) == 1 else 'are'} {len(known)} that observe the {series} (see --log-every)"
            waiting[name] = few
    return waiting


def _steps(modality):
    return WINDOW_STEPS.get(modality, WINDOW_STEPS["images"])
