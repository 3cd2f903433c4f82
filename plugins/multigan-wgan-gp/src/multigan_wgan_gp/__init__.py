"""WGAN-GP for multigan. Import-light: the game is imported when it runs."""

from multigan import Option, Recipe, hookimpl, stabiliser_options

__all__ = ["register_recipes"]

# The loss is Wasserstein's, without targets to smooth; its penalty is what bounds the critic.
WITHOUT = ("loss", "label_smoothing", "spectral_norm", "r1", "r2")


def _wasserstein(penalty: float) -> dict[str, Option]:
    return {
        "penalty": Option(default=penalty, follows=True, minimum=0, help="lambda: the weight of the gradient penalty"),
        "one_sided": Option(default=False, help="penalise gradient norms above 1 only", reference="1709.08894"),
        "critic_steps": Option(default=5, minimum=1, help="the critic's updates in a step"),
    }


IMAGES = {
    "width": Option(default=64, minimum=1, help="channels of the outermost hidden layer"),
    **_wasserstein(10.0),
    "layer_norm": Option(default=True, help="layer norm in the critic (never batch norm: the penalty is per sample)"),
    **stabiliser_options(without=WITHOUT, latent_dim=128, learning_rate=1e-4, beta_1=0.0, beta_2=0.9),
}
# The toy networks of the authors' code.
POINTS = {
    "units": Option(default=512, minimum=1, help="units of each of the three hidden layers, in both players"),
    **_wasserstein(0.1),
    **stabiliser_options("points", without=WITHOUT, latent_dim=2, learning_rate=1e-4, beta_1=0.5, beta_2=0.9),
}


@hookimpl
def register_recipes():
    """One recipe for images, one for points."""
    yield Recipe(
        name="wgan-gp",
        summary="Wasserstein GAN with gradient penalty: stable, covers the data, five critic updates a step",
        modality="images",
        game="multigan_wgan_gp.game:WGANGP",
        options=IMAGES,
        data="digits",
        steps=1500,
        batch_size=64,
        metrics=("recall(pixels)", "precision(pixels)", "diversity"),
        references=("arXiv 1704.00028",),
    )
    yield Recipe(
        name="wgan-gp-points",
        summary="Wasserstein GAN with gradient penalty, on points",
        modality="points",
        game="multigan_wgan_gp.game:PointWGANGP",
        options=POINTS,
        data="ring",
        steps=5000,
        batch_size=256,
        metrics=("sliced-wasserstein", "modes", "high-quality", "reverse-KL", "recall(points)"),
        references=("arXiv 1704.00028",),
    )
