"""InfoGAN for multigan. Import-light: the game is imported when it runs."""

from multigan import Option, Recipe, hookimpl

__all__ = ["OPTIONS", "register_recipes"]

# An option's type is that of its default. The game is built as InfoGAN(data, seed=seed, **options).
OPTIONS = {
    "width": Option(default=32, minimum=1, help="channels of the outermost hidden layer, twice as many further in"),
    "latent_dim": Option(default=62, minimum=1, help="size of z, of which nothing is to be read"),
    "categories": Option(default=10, minimum=2, maximum=1000, help="values of the categorical code"),
    "codes": Option(default=2, minimum=1, maximum=16, help="continuous codes, each from -1 to 1"),
    "category_weight": Option(default=1.0, minimum=0, help="lambda of the categorical code's mutual information"),
    "code_weight": Option(default=1.0, minimum=0, help="lambda of the continuous codes' mutual information"),
    "generator_rate": Option(default=1e-3, minimum=0, help="the generator's learning rate"),
    "discriminator_rate": Option(default=2e-4, minimum=0, help="the discriminator's learning rate"),
}


@hookimpl
def register_recipes():
    """The one recipe, called like the plugin."""
    yield Recipe(
        name="infogan",
        summary="InfoGAN (2016): classes and codes that nobody labelled, found in the images themselves",
        modality="images",
        game="third_party_infogan.game:InfoGAN",
        options=OPTIONS,
        data="digits",
        steps=3000,
        batch_size=64,
        metrics=("recall(pixels)", "precision(pixels)", "diversity"),
        references=("arXiv 1606.03657",),
    )
