"""A small CycleGAN as a plugin: what has two folders and no pairs."""

from multigan import DataSource, Option, Recipe, hookimpl


@hookimpl
def register_recipes():
    """One recipe, which learns both ways and draws the way from `source`."""
    yield Recipe(
        name="little-cyclegan",
        summary="Pictures of one kind from pictures of another, without pairs",
        modality="images",
        game="cyclegan.game:CycleGAN",
        options={
            "width": Option(default=16, minimum=1, help="channels of the outermost layers"),
            "blocks": Option(default=3, minimum=1, help="residual blocks of each generator"),
            "pool": Option(default=50, minimum=1, help="earlier samples that each discriminator is shown again"),
            "cycle": Option(default=10.0, minimum=0, help="weight of the way there and back"),
            "identity": Option(default=0.5, minimum=0, help="weight of leaving alone what is right, times cycle"),
            "learning_rate": Option(default=2e-4, minimum=0, help="falls to 0 in the second half of the run"),
        },
        data="little-negatives",
        steps=2000,
        batch_size=1,
        metrics=("diversity",),
        references=("arXiv 1703.10593",),
    )


@hookimpl
def register_datasets():
    """What the recipe starts on."""
    yield DataSource(
        name="little-negatives",
        summary="digits, to be made of negatives of other ones",
        modality="images",
        load="cyclegan.data:load",
        licence="as digits",
    )
