"""DCGAN for multigan. Import-light: the game is imported when it runs."""

from multigan import Option, Recipe, hookimpl, stabiliser_options

__all__ = ["register_recipes"]

OPTIONS = {
    "width": Option(
        default=64, minimum=1, help="channels of the outermost hidden layer (128 in the paper, 64 in its code)"
    ),
    **stabiliser_options(),
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
