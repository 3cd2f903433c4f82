"""Animation for multigan. Import-light: the games are imported when they run."""

from dataclasses import replace

from multigan import Option, Recipe, hookimpl, stabiliser_options

__all__ = ["CHARACTERS", "NEXT", "OPTIONS", "TWEEN", "register_recipes"]

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
    "drawn": Option(
        default="once",
        choices=("once", "anew"),
        help="once: the content is drawn once a clip, and each frame moves, turns, scales and retouches it; anew: each "
        "frame is drawn by itself",
    ),
    "poses": Option(
        default=1,
        minimum=1,
        help="drawings of a content that its frames blend, with drawn=once: more for what bends its limbs or falls",
    ),
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
    "frames_seen": Option(
        default="together",
        choices=("together", "apart"),
        help="together: they are compared, too, so that they must show the same thing; apart: each by itself",
    ),
    **stabiliser_options(
        "clips",
        without=("latent_dim", "latent"),
        loss="hinge",
        spectral_norm=True,
        ema=0.995,
        learning_rate=4e-4,
    ),
}

# What has no meaning where clips are made of key frames.
_DRAWN = ("label_drives", "content_dim", "drawn", "poses")
_SHARED = {name: option for name, option in OPTIONS.items() if name not in _DRAWN}
_SHARED["l1"] = Option(default=100.0, minimum=0, help="weight of the distance from the true clip; 0: none")
TWEEN = {name: option for name, option in _SHARED.items() if name not in ("by", "motion_dim")}
NEXT = _SHARED | {"l1": replace(_SHARED["l1"], default=2.0)}
CHARACTERS = {
    **{name: OPTIONS[name] for name in ("by", "motion_dim", "codes", "width", "critic_width")},
    "content_dim": replace(
        OPTIONS["content_dim"],
        default=8,
        help="size of a clip's code, and of its noise: where it is large, what is drawn is far from all that was found",
    ),
    "window": Option(
        default=3,
        minimum=1,
        maximum=16,
        help="frames in a row of which the discriminator sees patches; 1: it sees no motion",
        reference="1611.07004",
    ),
    "pixels": Option(
        default=400.0, minimum=0, help="weight of the squared distance of a clip from the one that is given back"
    ),
    "features": Option(
        default=10.0,
        minimum=0,
        help="weight of their distance in the discriminator's layers",
        reference="1512.09300",
    ),
    "adversarial": Option(default=1.0, minimum=0, help="weight of what the discriminator makes of it"),
    "pixel_steps": Option(default=1500, minimum=0, help="steps of the first phase, which has the pixels alone"),
    "code_noise": Option(
        default=0.2,
        minimum=0,
        help="deviation of the noise on codes, whose own is 1, so that codes between them make clips, too",
    ),
    "learning_rate": Option(
        default=1e-3, minimum=0, help="of generator and encoder; falls to 0 from a fifth of the run on"
    ),
    "critic_learning_rate": Option(
        default=4e-4, minimum=0, help="of the discriminator of patches; falls to 0 in the second half, as the next"
    ),
    "code_learning_rate": Option(
        default=5e-4, minimum=0, help="of the mapping and of the discriminator of codes", reference="1706.04223"
    ),
    "ema": Option(
        default=0.998, minimum=0, maximum=0.99999, help="decay of the moving average that samples come from; 0: none"
    ),
}
_BESIDE = ("arXiv 1707.04993", "arXiv 1611.07004")


@hookimpl
def register_recipes():
    """Clips from noise, in two ways, between two key frames, and after one."""
    for name, summary, game, options, keys in (
        ("tween", "The frames between two key frames", "Tween", TWEEN, "ends"),
        ("next", "The frames after a given one, of the class that you ask for", "Next", NEXT, "first"),
    ):
        yield Recipe(
            name=name,
            summary=summary,
            modality="clips",
            game=f"multigan_animation.keyed:{game}",
            options=options,
            data_options={"keys": keys},
            data="moving-digits",
            steps=4000,
            batch_size=16,
            metrics=("clip-L1", "feature-distance(clip-pca-64)", "FD(clip-changes)", "motion", "content-distance"),
            references=_BESIDE,
        )
    drawn = (
        "FD(clip-pca-64)",
        "FD(clip-changes)",
        "motion",
        "motion-distance",
        "content-distance",
        "diversity(clip-pixels)",
        "memorisation(clip-pca-64)",
    )
    yield Recipe(
        name="characters",
        summary="Clips from noise, learned from few clips of many different things: codes that give them back",
        modality="clips",
        game="multigan_animation.characters:Characters",
        options=CHARACTERS,
        data="moving-digits",
        steps=6000,
        batch_size=16,
        metrics=drawn,
        references=("arXiv 1512.09300", "arXiv 1706.04223", "arXiv 1707.04993"),
    )
    yield Recipe(
        name="animation",
        summary="Clips from noise: one content code a clip, a motion code a frame, of the class that you ask for",
        modality="clips",
        game="multigan_animation.game:Animation",
        options=OPTIONS,
        data="moving-digits",
        steps=6000,
        batch_size=16,
        metrics=drawn,
        references=("arXiv 1707.04993", "arXiv 1802.05637", "arXiv 1811.08383"),
    )
