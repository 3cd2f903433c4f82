"""A small pix2pix as a plugin: what has pairs, or draws its pictures first."""

from multigan import Option, Recipe, hookimpl


@hookimpl
def register_recipes():
    """One recipe, for pictures with `source` pictures."""
    yield Recipe(
        name="little-pix2pix",
        summary="Pictures from pictures, learned from pairs",
        modality="images",
        game="pix2pix.game:Pix2Pix",
        options={
            "width": Option(default=16, minimum=1, help="channels of the outermost layers"),
            "dropout": Option(default=0.5, minimum=0, maximum=0.9, help="the only noise; none when samples are drawn"),
            "l1": Option(default=100.0, minimum=0, help="weight of the distance from what was wanted"),
            "learning_rate": Option(default=2e-4, minimum=0, help="falls to 0 in the second half of the run"),
        },
        data_options={"make": "lines"},
        data="digits",
        steps=2000,
        batch_size=1,
        metrics=("diversity",),
        references=("arXiv 1611.07004",),
    )
