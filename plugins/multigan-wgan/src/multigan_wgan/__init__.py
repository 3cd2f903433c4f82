"""WGAN with clipped weights for multigan. Import-light: the game is imported when it runs."""

from multigan import Option, Recipe, hookimpl, stabiliser_options

__all__ = ["register_recipes"]

# The loss is Wasserstein's and the critic has no target, so that smoothing has nothing to smooth; RMSprop has no betas;
# clipping takes the place of every other bound on the critic.
WITHOUT = ("loss", "label_smoothing", "beta_1", "beta_2", "spectral_norm", "r1", "r2")
WASSERSTEIN = {
    "clip": Option(default=0.01, minimum=1e-6, help="the critic's weights are clipped to this size after every update"),
    "critic_steps": Option(default=5, minimum=1, help="the critic's updates in a step"),
    "burst_steps": Option(
        default=100, minimum=1, help="its updates in each of the first steps, and once in a while after"
    ),
    "burst_first": Option(default=25, minimum=0, help="how many first steps have so many"),
    "burst_every": Option(default=500, minimum=0, help="every so many steps one has so many; 0: none"),
}
IMAGES = {
    "width": Option(default=64, minimum=1, help="channels of the outermost hidden layer"),
    **WASSERSTEIN,
    **stabiliser_options(without=WITHOUT, learning_rate=5e-5),
}
POINTS = {
    "units": Option(default=512, minimum=1, help="units of each of the three hidden layers, in both players"),
    **WASSERSTEIN,
    **stabiliser_options("points", without=WITHOUT, latent_dim=2, learning_rate=5e-5),
}


@hookimpl
def register_recipes():
    """One recipe for images, one for points."""
    yield Recipe(
        name="wgan",
        summary="Wasserstein GAN with clipped weights: a loss that means something, slow",
        modality="images",
        game="multigan_wgan.game:WGAN",
        options=IMAGES,
        data="digits",
        steps=2000,
        batch_size=64,
        metrics=("recall(pixels)", "precision(pixels)", "diversity"),
        references=("arXiv 1701.07875",),
    )
    yield Recipe(
        name="wgan-points",
        summary="Wasserstein GAN with clipped weights, on points",
        modality="points",
        game="multigan_wgan.game:PointWGAN",
        options=POINTS,
        data="ring",
        steps=5000,
        batch_size=256,
        metrics=("sliced-wasserstein", "modes", "high-quality", "reverse-KL", "recall(points)"),
        references=("arXiv 1701.07875",),
    )
