"""DCGAN for multigan. Import-light: the game is imported when it runs."""

from multigan import Option, Recipe, hookimpl

__all__ = ["register_recipes"]

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

OPTIONS = {
    "latent_dim": Option(default=100, minimum=1, help="size of the latent vector z"),
    "latent": Option(
        default="normal", choices=("normal", "uniform"), help="distribution of z: N(0, 1), or uniform on [-1, 1]"
    ),
    "width": Option(
        default=64, minimum=1, help="channels of the outermost hidden layer (128 in the paper, 64 in its code)"
    ),
    "learning_rate": Option(default=2e-4, minimum=0, help="Adam's learning rate, both players"),
    "beta_1": Option(default=0.5, minimum=0, maximum=0.999, help="Adam's first decay"),
    "loss": Option(
        default="non-saturating",
        choices=("non-saturating", "minimax", "least-squares", "hinge", "wasserstein", "relativistic"),
        help="adversarial loss",
    ),
    "ema": Option(
        default=0.0,
        minimum=0,
        maximum=0.99999,
        help="decay of the generator's moving average; 0: none",
        reference="1806.04498",
    ),
    "augment": Option(
        default="", choices=POLICIES, help="augmentation of what the discriminator sees", reference="2006.10738"
    ),
    "spectral_norm": Option(
        default=False, help="spectral instead of batch norm in the discriminator", reference="1802.05957"
    ),
    "minibatch_stddev": Option(
        default=False, help="show the discriminator its batch's deviation", reference="1710.10196"
    ),
    "r1": Option(
        default=0.0, minimum=0, help="gamma of the R1 penalty; 0: none; needs spectral_norm", reference="1801.04406"
    ),
    "clip_norm": Option(default=0.0, minimum=0, help="clip each player's gradient to this norm; 0: never"),
}


@hookimpl
def register_recipes():
    """The one recipe."""
    yield Recipe(
        name="dcgan",
        summary="Deep convolutional GAN: stable, small, a good first model for images of 16 to 128 pixels",
        modality="images",
        game="multigan_dcgan.game:DCGAN",
        options=OPTIONS,
        data="digits",
        steps=1500,
        batch_size=64,
        metrics=("recall(pixels)", "precision(pixels)", "diversity"),
        references=("arXiv 1511.06434",),
    )
