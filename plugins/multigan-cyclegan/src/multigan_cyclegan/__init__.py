"""CycleGAN and FastCUT for multigan. Import-light: games are imported when they run."""

from multigan import DataSource, Option, Recipe, hookimpl

__all__ = ["CYCLEGAN", "FASTCUT", "register_datasets", "register_recipes"]

NETWORKS = {
    "width": Option(
        default=0,
        minimum=0,
        help="channels of the outermost layers; 0: the paper's 64 from 128 pixels on, 32 from 64 on, 16 below",
    ),
    "blocks": Option(
        default=0,
        minimum=0,
        help="residual blocks of a generator; 0: the paper's 9 from 256 pixels on, 6 from 64 on, 3 below",
    ),
    "upsampling": Option(
        default="transposed",
        choices=("transposed", "resize"),
        help="transposed convolutions, or enlarged pixels and a convolution: against a checkerboard in the output",
    ),
}
START = {
    "start": Option(
        default="colours",
        choices=("colours", "blank"),
        help="colours: generators begin with the linear map of colours that makes patches of one kind most like those "
        "of the other, found before the first step; blank: with nothing, as in the papers",
    ),
}
RATES = {
    "learning_rate": Option(default=2e-4, minimum=0, help="of Adam; falls to 0 in the second half of the run"),
    "beta_1": Option(default=0.5, minimum=0, maximum=0.999, help="of Adam"),
}
CYCLEGAN = {
    **NETWORKS,
    "cycle": Option(default=4.0, minimum=0, help="weight of the way there and back (10 in the paper)"),
    "cycle_noise": Option(
        default=0.1,
        minimum=0,
        help="deviation of the noise on pictures before they go back, where 2 is from black to white: what was given "
        "cannot hide in changes too small to see; 0, the paper's: none",
        reference="1908.01517",
    ),
    "identity": Option(
        default=0.0,
        minimum=0,
        help="weight of leaving alone what is of the right kind already, times cycle (0.5 in the paper's paintings); "
        "for when colours come out inverted or tinted, or when both kinds are photographs of one palette",
    ),
    "ema": Option(
        default=0.998,
        minimum=0,
        maximum=0.99999,
        help="decay of the generators' moving average that samples come from; 0, the paper's: none",
    ),
    "pool": Option(
        default=50, minimum=1, help="earlier samples that each discriminator is shown again", reference="1612.07828"
    ),
    "critic_learning_rate": Option(
        default=8e-4,
        minimum=0,
        help="of the discriminators (2e-4 in the paper, with which at 64 pixels they hardly learned for thousands of "
        "steps); falls to 0 as the other one",
        reference="1706.08500",
    ),
    **START,
    **RATES,
}
FASTCUT = {
    **NETWORKS,
    "contrast": Option(
        default=2.0,
        minimum=0,
        help="weight of the contrast of patches; 10 in the paper, which on small pictures handed the input back: "
        "higher where shapes are lost, lower where colours stay",
        reference="2007.15651",
    ),
    "temperature": Option(default=0.07, minimum=0.001, help="of the contrast: lower is stricter"),
    "patches": Option(default=256, minimum=2, help="places in a picture that are compared, at most, in each layer"),
    "units": Option(default=256, minimum=1, help="of each of the two layers that features are projected by"),
    **START,
    **RATES,
}


@hookimpl
def register_recipes():
    """Both directions at once, and one at half the cost."""
    yield Recipe(
        name="cyclegan",
        summary="CycleGAN: pictures of one kind from pictures of another, and back, without pairs",
        modality="images",
        game="multigan_cyclegan.game:CycleGAN",
        options=CYCLEGAN,
        data="warm-and-cold-digits",
        steps=2000,
        batch_size=1,
        metrics=("diversity", "L1", "cycle-L1"),
        references=("arXiv 1703.10593",),
    )
    yield Recipe(
        name="fastcut",
        summary="FastCUT: the same in one direction at half the cost, by the contrast of patches",
        modality="images",
        game="multigan_cyclegan.fastcut:FastCUT",
        options=FASTCUT,
        data="warm-and-blue-digits",
        steps=2000,
        batch_size=1,
        metrics=("diversity", "L1"),
        references=("arXiv 2007.15651",),
    )


@hookimpl
def register_datasets():
    """What they start on: the right answers are known."""
    yield DataSource(
        name="warm-and-cold-digits",
        summary="warm digits on dark, to be made cold digits on light; unpaired, with 200 pairs held out",
        modality="images",
        load="multigan_cyclegan.digits:load",
        licence="CC BY 4.0 (UCI, Optical Recognition of Handwritten Digits)",
    )
    yield DataSource(
        name="warm-and-blue-digits",
        summary="warm digits on dark, to be made blue and green ones on dark; unpaired, with 200 pairs held out",
        modality="images",
        load="multigan_cyclegan.digits:load_on_dark",
        licence="CC BY 4.0 (UCI, Optical Recognition of Handwritten Digits)",
    )
