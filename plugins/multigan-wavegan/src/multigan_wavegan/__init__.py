"""WaveGAN and SpecGAN for multigan. Import-light: games are imported when they run."""

from multigan import Option, Recipe, hookimpl, stabiliser_options

__all__ = ["register_recipes"]

LOSSES = ("wgan-gp", "wgan", "dcgan", "lsgan")
# The loss is chosen among the reference's, and brings its own penalty or clipping.
WITHOUT = ("loss", "label_smoothing", "r1", "r2")

SHARED = {
    "loss": Option(
        default="wgan-gp",
        choices=LOSSES,
        help="the reference's four: Wasserstein with a gradient penalty or clipping, non-saturating, least squares",
    ),
    "penalty": Option(
        default=10.0,
        follows=True,
        minimum=0,
        help="lambda of the gradient penalty; for wgan-gp",
        reference="1704.00028",
    ),
    "clip": Option(
        default=0.01, minimum=0.0001, help="weights stay within -clip to clip; for wgan", reference="1701.07875"
    ),
    "critic_steps": Option(default=5, minimum=1, help="the discriminator's updates in a step"),
    "conditional": Option(default=False, help="sounds of the class that is asked for; needs data with classes"),
}
STABILISERS = stabiliser_options("audio", without=WITHOUT, latent="uniform", learning_rate=1e-4, beta_1=0.5, beta_2=0.9)
WAVE = {
    "dim": Option(default=64, minimum=1, help="channels of the outermost hidden layer; 16 learns on a CPU"),
    "kernel": Option(default=25, minimum=5, maximum=101, help="length of the convolutions, in steps"),
    "upsample": Option(
        default="zeros",
        choices=("zeros", "nearest"),
        help="transposed convolutions, or repeated steps: fewer steady tones",
    ),
    "phase_shuffle": Option(
        default=2, minimum=0, maximum=8, help="n: random shift, in steps, of what the discriminator sees"
    ),
    "shuffle_by": Option(
        default="batch", choices=("batch", "sample"), help="one shift for all samples of a call, or one for each"
    ),
    "post_filter": Option(
        default=0, minimum=0, maximum=4096, help="length of a learned filter at the end, e.g. 512; 0: none"
    ),
    **SHARED,
    **STABILISERS,
}
SPEC = {
    "dim": Option(default=64, minimum=1, help="channels of the outermost hidden layer; 16 learns on a CPU"),
    "iterations": Option(default=16, minimum=1, help="of Griffin-Lim, from spectrogram to sound"),
    **SHARED,
    **STABILISERS,
}  # fmt: skip
METRICS = (
    "FD(log-mel)", "FD(local-mel)", "class-coverage(local-mel)", "diversity(log-mel)", "flatness", "high-frequency",
)  # fmt: skip


@hookimpl
def register_recipes():
    """Sounds sample by sample, and by way of spectrograms."""
    yield Recipe(
        name="wavegan",
        summary="WaveGAN: short sounds, sample by sample, from a folder of sounds",
        modality="audio",
        game="multigan_wavegan.game:WaveGAN",
        options=WAVE,
        data="drums",
        steps=2000,
        batch_size=64,
        metrics=METRICS,
        references=("arXiv 1802.04208",),
    )
    yield Recipe(
        name="specgan",
        summary="SpecGAN: short sounds by way of their spectrograms, made sound by Griffin-Lim",
        modality="audio",
        game="multigan_wavegan.specgan:SpecGAN",
        options=SPEC,
        data="drums",
        steps=2000,
        batch_size=64,
        metrics=METRICS,
        references=("arXiv 1802.04208",),
    )
