"""Conditional GANs for multigan. Import-light: the game is imported when it runs."""

from multigan import Option, Recipe, hookimpl, stabiliser_options

__all__ = ["register_recipes"]

CONDITION = {
    "by": Option(
        default="auto",
        choices=("auto", "label", "condition"),
        help="what samples are asked for by; auto: as the data is",
    ),
    "projection": Option(
        default=False, help="the condition meets the discriminator's features in a dot product", reference="1802.05637"
    ),
}
# A packed discriminator would judge several conditions at once.
WITHOUT = ("pack",)
IMAGES = {
    **CONDITION,
    "network": Option(
        default="convolutional", choices=("convolutional", "dense"), help="DCGAN's layers, or the paper's dense ones"
    ),
    "width": Option(
        default=64, minimum=1, help="channels of the outermost hidden layer, or an eighth of the dense units"
    ),
    **stabiliser_options(without=WITHOUT),
}
POINTS = {
    **CONDITION,
    "width": Option(default=32, minimum=1, help="an eighth of the units of each of the three hidden layers"),
    **stabiliser_options("points", without=WITHOUT, latent_dim=2, learning_rate=1e-4),
}


@hookimpl
def register_recipes():
    """One recipe for images, one for points."""
    yield Recipe(
        name="cgan",
        summary="Conditional GAN: samples of the class, or by the vector, that you ask for",
        modality="images",
        game="multigan_cgan.game:CGAN",
        options=IMAGES,
        data="digits",
        steps=2000,
        batch_size=64,
        metrics=("recall(pixels)", "precision(pixels)", "diversity", "accuracy(local)", "diversity-in-class"),
        references=("arXiv 1411.1784", "arXiv 1802.05637"),
    )
    yield Recipe(
        name="cgan-points",
        summary="Conditional GAN on points",
        modality="points",
        game="multigan_cgan.game:CGAN",
        options=POINTS,
        data="ring",
        steps=5000,
        batch_size=256,
        metrics=("sliced-wasserstein", "modes", "high-quality", "reverse-KL", "recall(points)"),
        references=("arXiv 1411.1784",),
    )
