"""The first GAN for multigan, on images and on points. Import-light: the game is imported when it runs."""

from multigan import Option, Recipe, hookimpl, stabiliser_options

__all__ = ["register_recipes"]


def _layers(units: str, generator_batch_norm: bool, dropout: float, input_dropout: float) -> dict[str, Option]:
    generator_units, critic_units = units.split(" ")
    return {
        "generator_units": Option(default=generator_units, help="units of the generator's hidden layers"),
        "critic_units": Option(default=critic_units, help="units of the discriminator's hidden layers"),
        "batch_norm": Option(default=generator_batch_norm, help="batch norm in the generator", reference="1502.03167"),
        "maxout": Option(
            default=5,
            minimum=0,
            help="the discriminator's units are the largest of so many; 0: LeakyReLU",
            reference="1302.4389",
        ),
        "dropout": Option(
            default=dropout,
            minimum=0,
            maximum=0.9,
            help="share of the discriminator's hidden units that the next layer does without",
            reference="1207.0580",
        ),
        "input_dropout": Option(
            default=input_dropout,
            minimum=0,
            maximum=0.9,
            help="share of its inputs that the discriminator does without",
            reference="1207.0580",
        ),
    }


IMAGES = {
    **_layers("1200,1200 240,240", False, 0.5, 0.2),
    **stabiliser_options(latent="uniform", learning_rate=2e-4),
}
# PacGAN's networks for its rings and grids (arXiv 1712.04086), without their batch norm, at ten times its rate: it
# takes 400,000 steps to show what this shows in 5,000.
POINTS = {
    **_layers("400,400,400,400 200,200,200", False, 0.0, 0.0),
    **stabiliser_options("points", latent_dim=2, learning_rate=1e-3, beta_1=0.8),
}


@hookimpl
def register_recipes():
    """One recipe for images, one for points."""
    yield Recipe(
        name="gan",
        summary="The first GAN: dense layers, for small images; unstable, and there to compare with",
        modality="images",
        game="multigan_gan.game:GAN",
        options=IMAGES,
        data="digits",
        steps=5000,
        batch_size=100,
        metrics=("recall(pixels)", "precision(pixels)", "diversity"),
        references=("arXiv 1406.2661",),
    )
    yield Recipe(
        name="gan-points",
        summary="The first GAN on points: shows mode collapse, and what cures it",
        modality="points",
        game="multigan_gan.game:GAN",
        options=POINTS,
        data="ring",
        steps=5000,
        batch_size=100,
        metrics=("sliced-wasserstein", "modes", "high-quality", "reverse-KL", "recall(points)"),
        references=("arXiv 1406.2661", "arXiv 1712.04086"),
    )
