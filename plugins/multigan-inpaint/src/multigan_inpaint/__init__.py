"""Inpainting for multigan. Import-light: the game is imported when it runs."""

from multigan import Option, Recipe, hookimpl, picture_features_installed

__all__ = ["OPTIONS", "register_recipes"]

FOURIER, GATED = "2109.07161", "1806.03589"

OPTIONS = {
    "network": Option(
        default="fourier",
        choices=("fourier", "gated"),
        help="of the generator: LaMa's Fourier convolutions (2109.07161), or DeepFill's gated ones (1806.03589)",
    ),
    "start": Option(
        default="smooth",
        choices=("smooth", "empty"),
        help="smooth: the hole filled smoothly from its edge, which the network changes; empty: nothing, as in the "
        "papers, which takes far longer",
    ),
    "width": Option(default=16, minimum=1, help="channels of the generator's first layer (64 in LaMa, 24 in DeepFill)"),
    "downs": Option(
        default=2, minimum=1, maximum=5, help="with network=fourier: how often sides are halved (3 in the paper)"
    ),
    "blocks": Option(default=4, minimum=1, help="with network=fourier: residual blocks (9 in the paper)"),
    "norm": Option(
        default="none",
        choices=("none", "batch"),
        help="with network=fourier: batch is the paper's, with which it hardly learns in thousands of steps",
    ),
    "stages": Option(
        default=2, minimum=1, maximum=2, help="with network=gated: a coarse network, and a second that refines"
    ),
    "loss": Option(
        default="non-saturating",
        choices=("non-saturating", "hinge"),
        help="non-saturating: LaMa's, patches outside of holes are real ones; hinge: DeepFill's, whose discriminator "
        "has spectral norm and sees the mask",
    ),
    "critic_width": Option(
        default=32, minimum=1, help="channels of the discriminator's first layer (64 in the papers)"
    ),
    "adversarial": Option(default=10.0, minimum=0, help="weight of the adversarial loss (1 in DeepFill)"),
    "feature_matching": Option(
        default=100.0, minimum=0, help="weight of the discriminator's features (0 in DeepFill)", reference="1711.11585"
    ),
    "perceptual": Option(
        default=30.0 if picture_features_installed() else 0.0,
        minimum=0,
        help="weight of a trained network's features (0 in DeepFill); needs multigan[metrics], without which it is 0",
        reference=FOURIER,
    ),
    "hole": Option(default=10.0, minimum=0, help="weight of the mean distance in the hole (0 in LaMa, 1 in DeepFill)"),
    "known": Option(
        default=0.0,
        minimum=0,
        help="weight of the mean distance outside of it, which no picture shows (10 in LaMa, 1 in DeepFill): with "
        "start=empty a network learns from it what pictures are; from a first guess it learns there to change nothing",
    ),
    "r1": Option(
        default=1e-3,
        minimum=0,
        help="weight of the discriminator's squared gradient at real pictures (0 in DeepFill)",
        reference="1801.04406",
    ),
    "learning_rate": Option(default=1e-3, minimum=0, help="of the generator (1e-4 in DeepFill)"),
    "critic_learning_rate": Option(default=4e-4, minimum=0, help="of the discriminator (1e-4 in the papers)"),
    "beta_1": Option(default=0.9, minimum=0, maximum=0.999, help="Adam's first decay (0.5 in DeepFill)"),
    "beta_2": Option(default=0.999, minimum=0, maximum=0.999999, help="Adam's second decay (0.9 in DeepFill)"),
    "ema": Option(
        default=0.995,
        minimum=0,
        maximum=0.99999,
        help="decay of the generator's moving average; 0: none",
        reference="1806.04498",
    ),
}


@hookimpl
def register_recipes():
    """The one recipe."""
    yield Recipe(
        name="inpaint",
        summary="Fills holes in pictures: boxes, strokes, or what you erase; nothing else changes",
        modality="images",
        game="multigan_inpaint.game:Inpainting",
        options=OPTIONS,
        data_options={"make": "mask"},
        data="photo-patches",
        steps=2000,
        batch_size=8,
        metrics=("L1-hole", "feature-distance(pca-64)"),
        references=(f"arXiv {FOURIER}", f"arXiv {GATED}"),
    )
