"""A game with every kind of input: two latents, a label, a picture, and a code of its own."""

from multigan import Option, Recipe, hookimpl


@hookimpl
def register_recipes():
    """One recipe, for pictures with labels, from blurred ones."""
    yield Recipe(
        name="little-several",
        summary="Pictures from a class, a picture, a code and noise of two kinds",
        modality="images",
        game="several.game:Several",
        options={"width": Option(default=8, minimum=1, help="channels of the hidden layers")},
        data_options={"make": "blur"},
        data="digits",
        metrics=("diversity", "accuracy(local)"),
        references=("arXiv 1606.03657", "arXiv 1411.1784"),
    )
