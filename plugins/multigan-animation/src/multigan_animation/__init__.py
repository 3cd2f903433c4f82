"""Animation for multigan. Import-light: the games are imported when they run."""

from multigan import Option, Recipe, hookimpl, stabiliser_options

__all__ = ["OPTIONS", "register_recipes"]

OPTIONS = {
    "by": Option(
        default="auto",
        choices=("auto", "label", "nothing"),
        help="what clips are asked for by; auto: their classes, where the data have two or more",
    ),
    "label_drives": Option(
        default="both", choices=("both", "motion"), help="motion: the class is told to the motion code alone"
    ),
    "content_dim": Option(default=50, minimum=1, help="size of the content code, which is fixed in a clip"),
    "motion_dim": Option(default=10, minimum=1, help="size of the noise that drives the motion, a frame"),
    "codes": Option(default=32, minimum=1, help="units of the recurrent network, which are the motion code of a frame"),
    "width": Option(default=32, minimum=1, help="channels of the generator's outermost hidden layer"),
    "critic_width": Option(default=32, minimum=1, help="channels of the discriminators' first layer"),
    "clip_critic": Option(
        default="stack",
        choices=("stack", "shift", "2+1d", "3d"),
        help="how the discriminator of clips sees time; stack: frames are channels; shift: some channels are those of "
        "the frames before and after (1811.08383); 2+1d: convolutions of space, then of time (1711.11248); 3d: of both",
    ),
    "frames_judged": Option(
        default=2,
        minimum=0,
        maximum=64,
        help="frames of a clip that the discriminator of frames sees; 0: there is none",
    ),
    **stabiliser_options(
        "clips",
        without=("latent_dim", "latent"),
        loss="hinge",
        spectral_norm=True,
        ema=0.999,
    ),
}


@hookimpl
def register_recipes():
    """Clips from noise."""
    yield Recipe(
        name="animation",
        summary="Clips from noise: one content code a clip, a motion code a frame, of the class that you ask for",
        modality="clips",
        game="multigan_animation.game:Animation",
        options=OPTIONS,
        data="moving-digits",
        steps=6000,
        batch_size=16,
        metrics=(
            "FD(clip-pca-64)",
            "FD(clip-changes)",
            "motion",
            "motion-distance",
            "diversity(clip-pixels)",
            "memorisation(clip-pca-64)",
        ),
        references=("arXiv 1707.04993", "arXiv 1802.05637", "arXiv 1811.08383"),
    )
