"""pix2pix for multigan. Import-light: the game is imported when it runs."""

from dataclasses import replace

from multigan import Option, Recipe, hookimpl

__all__ = ["COLOUR", "OPTIONS", "register_recipes"]

OPTIONS = {
    "width": Option(
        default=0,
        minimum=0,
        maximum=512,
        help="channels of the outermost layers; 0: the paper's 64, and 32 below 128 pixels, for minutes on a CPU",
    ),
    "norm": Option(
        default="instance",
        choices=("instance", "batch"),
        help="instance: of each picture by itself, at any batch size; batch: the paper's",
    ),
    "dropout": Option(
        default=0.5, minimum=0, maximum=0.9, help="in the inner three stages on the way up; off when samples are drawn"
    ),
    "noise": Option(
        default=False,
        help="dropout of whole channels, also when samples are drawn: another seed makes another picture of one input",
    ),
    "l1": Option(default=100.0, minimum=0, help="weight of the distance from what was wanted"),
    "adversarial": Option(default=1.0, minimum=0, help="weight of what the discriminator says; 0: nothing"),
    "feature_matching": Option(
        default=0.0, minimum=0, help="weight of the discriminator's features", reference="1711.11585"
    ),
    "perceptual": Option(
        default=0.0,
        minimum=0,
        help="weight of the features of a trained network; needs multigan[metrics]",
        reference="1603.08155",
    ),
    "loss": Option(
        default="non-saturating", choices=("non-saturating", "least-squares", "hinge"), help="adversarial loss"
    ),
    "luminance": Option(
        default="auto",
        choices=("auto", "source", "free"),
        help="source: pictures keep the light of the grey ones that go in; free: they need not; auto: with make=grey",
    ),
    "learning_rate": Option(default=2e-4, minimum=0, help="of both players; falls to 0 in the second half of the run"),
}


# What a discriminator takes for real has many colours, most of them wrong; what its layers see has fewer.
COLOUR = OPTIONS | {
    "adversarial": replace(OPTIONS["adversarial"], default=0.0),
    "feature_matching": replace(OPTIONS["feature_matching"], default=10.0),
}


@hookimpl
def register_recipes():
    """Two: one for all that lies in the data and in their option `make`, and one for grey to colour."""
    yield Recipe(
        name="colour",
        summary="Grey pictures in colour: pix2pix whose discriminator lends its layers for a distance",
        modality="images",
        game="multigan_pix2pix.game:Pix2Pix",
        options=COLOUR,
        data_options={"make": "grey", "pairs": "names"},
        data="photo-patches",
        steps=3000,
        batch_size=1,
        metrics=("L1-ab", "colourfulness", "L1", "PSNR", "SSIM", "diversity"),
        references=("arXiv 1611.07004", "arXiv 1711.11585"),
    )
    yield Recipe(
        name="pix2pix",
        summary="Pictures from pictures or label maps, learned from pairs: colour, drawings to pictures, maps, blur",
        modality="images",
        game="multigan_pix2pix.game:Pix2Pix",
        options=OPTIONS,
        data_options={"make": "grey", "pairs": "names"},
        data="photo-patches",
        steps=3000,
        batch_size=1,
        metrics=("L1", "PSNR", "SSIM", "L1-ab", "colourfulness", "diversity"),
        references=("arXiv 1611.07004",),
    )
