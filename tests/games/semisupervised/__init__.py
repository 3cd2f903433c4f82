"""A small semi-supervised GAN as a plugin: a classifier that learns from few labels and many pictures."""

from multigan import Option, Recipe, hookimpl


@hookimpl
def register_recipes():
    """One recipe, for pictures with labels, most of which it does not look at."""
    yield Recipe(
        name="little-semisupervised",
        summary="A classifier of K + 1 classes, the last of which is generated",
        modality="images",
        game="semisupervised.game:SemiSupervised",
        options={
            "labelled": Option(default=0.1, minimum=0, maximum=1, help="share of the pictures whose labels are used"),
            "latent_dim": Option(default=32, minimum=1, help="size of the latent vector z"),
            "width": Option(default=16, minimum=1, help="channels of the outermost layers"),
            "learning_rate": Option(default=3e-4, minimum=0, help="of both players"),
        },
        data="digits",
        steps=2000,
        batch_size=32,
        metrics=("diversity",),
        references=("arXiv 1606.03498",),
    )
