"""The options that all two-player recipes share, each with its source. Imports no framework."""

from collections.abc import Collection
from dataclasses import replace

from multigan.modality import modalities
from multigan.recipe import Option

__all__ = ["stabiliser_options"]

POLICIES = (
    "",
    "color",
    "translation",
    "cutout",
    "color,translation",
    "color,cutout",
    "translation,cutout",
    "color,translation,cutout",
)

LOSSES = (
    "non-saturating",
    "minimax",
    "least-squares",
    "hinge",
    "wasserstein",
    "relativistic",
    "relativistic-paired",
)

_OPTIONS = {
    "latent_dim": Option(default=100, minimum=1, help="size of the latent vector z"),
    "latent": Option(
        default="normal", choices=("normal", "uniform"), help="distribution of z: N(0, 1), or uniform on [-1, 1]"
    ),
    "learning_rate": Option(
        default=2e-4, follows=True, minimum=0, help="learning rate, of both players unless the next is set"
    ),
    "critic_learning_rate": Option(
        default=0.0,
        follows=True,
        minimum=0,
        help="learning rate of the generator's opponent; 0: the same",
        reference="1706.08500",
    ),
    "beta_1": Option(default=0.5, minimum=0, maximum=0.999, help="Adam's first decay"),
    "beta_2": Option(default=0.999, minimum=0, maximum=0.999999, help="Adam's second decay"),
    "decay_steps": Option(default=0, minimum=0, help="learning rates fall linearly to 0 at this step; 0: they stay"),
    "schedule": Option(
        default="",
        check="multigan.schedule:check_schedules",
        help='what follows the run, such as "r1 cosine to 0.1 from 20% until 80%; ema linear to 0.999"',
    ),
    "loss": Option(default="non-saturating", choices=LOSSES, help="adversarial loss"),
    "label_smoothing": Option(
        default=0.0,
        minimum=0,
        maximum=0.5,
        help="how far below 1 the target of real samples lies",
        reference="1606.03498",
    ),
    "instance_noise": Option(
        default=0.0,
        follows=True,
        minimum=0,
        help="deviation of noise on all that the opponent sees (points: in the data's deviations)",
        reference="1610.04490",
    ),
    "instance_noise_steps": Option(
        default=0, minimum=0, help="that noise falls linearly to 0 at this step; 0: it stays", reference="1610.04490"
    ),
    "pack": Option(
        default=1, minimum=1, maximum=4, help="samples that the opponent judges together", reference="1712.04086"
    ),
    "ema": Option(
        default=0.0,
        follows=True,
        minimum=0,
        maximum=0.99999,
        help="decay of the generator's moving average; 0: none",
        reference="1806.04498",
    ),
    "augment": Option(
        default="", choices=POLICIES, help="augmentation of what the opponent sees", reference="2006.10738"
    ),
    "augment_probability": Option(
        default=1.0,
        follows=True,
        minimum=0,
        maximum=1,
        help="that a sample is augmented at all",
        reference="2006.06676",
    ),
    "spectral_norm": Option(
        default=False, help="spectral normalisation of the opponent, in place of any other", reference="1802.05957"
    ),
    "minibatch_stddev": Option(default=False, help="show the opponent its batch's deviation", reference="1710.10196"),
    "r1": Option(
        default=0.0,
        follows=True,
        minimum=0,
        help="gamma of the gradient penalty at real samples (points: in the data's deviations)",
        reference="1801.04406",
    ),
    "r2": Option(
        default=0.0, follows=True, minimum=0, help="as r1, at generated samples; 0: none", reference="1801.04406"
    ),
    "clip_norm": Option(default=0.0, minimum=0, help="clip each player's gradient to this norm; 0: never"),
}

# Nothing of a point can be moved or cut out.
_AUGMENTATION = ("augment", "augment_probability")


def stabiliser_options(
    modality: str = "images", *, without: Collection[str] = (), **defaults: bool | float | str
) -> dict[str, Option]:
    """Returns the shared options of a two-player recipe, which `AdversarialGame` obeys.

    Args:
        modality: of the recipe; what makes no sense for it is left out.
        without: names that the recipe has no use for.
        defaults: other defaults than the usual ones.

    Raises:
        ValueError: a name that is no shared option, or a default that its option refuses.
    """
    for name in (*defaults, *without):
        if name not in _OPTIONS:
            raise ValueError(f"{name} is none of the shared options ({', '.join(_OPTIONS)})")
    room = modalities().get(modality)
    left_out = {*without, *(() if room and room.augmented else _AUGMENTATION)}
    return {
        name: replace(option, default=defaults[name]) if name in defaults else option
        for name, option in _OPTIONS.items()
        if name not in left_out
    }
