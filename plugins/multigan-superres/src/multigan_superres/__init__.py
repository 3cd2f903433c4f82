"""Super-resolution for multigan. Import-light: the game is imported when it runs."""

from multigan import Option, Recipe, hookimpl, picture_features_installed

__all__ = ["register_recipes"]

SRGAN, ESRGAN, REAL = "1609.04802", "1809.00219", "2107.10833"
LOSSES = ("relativistic", "relativistic-paired", "non-saturating", "hinge", "least-squares")

OPTIONS = {
    "width": Option(default=32, minimum=1, help="channels of the generator (64 in the papers)", reference=SRGAN),
    "blocks": Option(default=4, minimum=1, help="residual blocks of the generator (16 in the paper)", reference=SRGAN),
    "critic_width": Option(default=32, minimum=1, help="channels of the discriminator's first layer"),
    "pixel_steps": Option(
        default=1000,
        minimum=0,
        help="steps of the pixel loss alone, before there is an opponent; 0: none, and nothing to interpolate with",
        reference=SRGAN,
    ),
    "pixel_loss": Option(default="l1", choices=("l1", "mse"), help="distance of pixels, in all steps"),
    "pixel": Option(default=1.0, minimum=0, help="weight of that distance in the second phase", reference=REAL),
    "feature": Option(
        default=1.0 if picture_features_installed() else 0.0,
        minimum=0,
        help="weight of the distance of features; needs multigan[metrics], without which it is 0",
        reference=REAL,
    ),
    "adversarial": Option(
        default=0.01,
        minimum=0,
        help="weight of the adversarial loss (0.1 in the paper, for far longer runs); 0: there is no opponent",
        reference=REAL,
    ),
    "loss": Option(default="relativistic", choices=LOSSES, help="adversarial loss", reference=ESRGAN),
    "pixel_learning_rate": Option(default=5e-4, minimum=0, help="in the first phase"),
    "learning_rate": Option(
        default=3e-4, minimum=0, help="of both players in the second phase (1e-4 in the paper)", reference=REAL
    ),
    "beta_1": Option(default=0.9, minimum=0, maximum=0.999, help="Adam's first decay"),
    "beta_2": Option(default=0.99, minimum=0, maximum=0.999999, help="Adam's second decay", reference=REAL),
    "ema": Option(
        default=0.995, minimum=0, maximum=0.99999, help="decay of the generator's moving average; 0: none"
    ),
}  # fmt: skip


@hookimpl
def register_recipes():
    """The one recipe."""
    yield Recipe(
        name="superres",
        summary="Pictures 2, 3 or 4 times larger: by pixels first, then against a discriminator",
        modality="images",
        game="multigan_superres.game:SuperResolution",
        options=OPTIONS,
        data_options={"make": "low"},
        data="photo-patches",
        steps=2000,
        batch_size=8,
        metrics=("PSNR", "SSIM", "diversity"),
        references=(f"arXiv {SRGAN}", f"arXiv {ESRGAN}", f"arXiv {REAL}"),
    )
