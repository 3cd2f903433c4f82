"""What every contender is given: sizes, clips with classes, and noise."""

from dataclasses import dataclass

import numpy as np

__all__ = ["PLAYERS", "Setup", "batches", "noise"]

PLAYERS = ("generator", "discriminator")


@dataclass(frozen=True)
class Setup:
    """The sizes of a MoCoGAN step (Tulyakov et al., 2017, arXiv 1707.04993), with the defaults of the recipe
    `animation`.

    Args:
        size: the frames' side in pixels, a power of two of at least 8.
        frames, channels: of a clip.
        batch_size: clips in a batch.
        width, critic_width: channels of the generator's outermost hidden layer, and of the discriminators' first one.
        classes: of the clips.
        content_dim, motion_dim: of the noise: of a clip, and of a frame.
        codes: size of the motion code.
        judged: frames of a clip that the discriminator of frames compares.
        poses: drawings of a content.
    """

    size: int
    frames: int
    channels: int
    batch_size: int = 16
    width: int = 32
    critic_width: int = 32
    classes: int = 8
    content_dim: int = 50
    motion_dim: int = 10
    codes: int = 32
    judged: int = 2
    poses: int = 1
    learning_rate: float = 4e-4
    betas: tuple[float, float] = (0.5, 0.999)
    ema: float = 0.995

    def __post_init__(self):
        if self.size < 8 or self.size & (self.size - 1):
            raise ValueError(f"size {self.size}: not a power of two of at least 8")

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Of a clip: frames, height, width, channels."""
        return self.frames, self.size, self.size, self.channels

    @property
    def stages(self) -> int:
        """How often a network halves or doubles the side, between it and 4 pixels."""
        return self.size.bit_length() - 3


def batches(setup: Setup, count: int) -> list[dict[str, np.ndarray]]:
    """Returns batches `{"clip", "label"}` of noise in random classes; what clips show makes no step slower."""
    rng = np.random.default_rng(0)
    return [
        {
            "clip": rng.uniform(-1, 1, (setup.batch_size, *setup.shape)).astype("float32"),
            "label": rng.integers(0, setup.classes, setup.batch_size).astype("int32"),
        }
        for _ in range(count)
    ]


def noise(setup: Setup, count: int) -> list[dict[str, np.ndarray]]:
    """Returns what each of so many steps draws, float32.

    `"content"` `(2, batch, content_dim)` and `"motion"` `(2, batch, frames + 2, motion_dim)`, normal, are what the two
    updates make clips from. `"chance"` `(3, batch, frames)`, uniform, decides by its largest entries which frames of
    real clips and of both kinds of generated ones are judged.
    """
    rng, batch = np.random.default_rng(1), setup.batch_size
    return [
        {
            "content": rng.standard_normal((2, batch, setup.content_dim)).astype("float32"),
            "motion": rng.standard_normal((2, batch, setup.frames + 2, setup.motion_dim)).astype("float32"),
            "chance": rng.random((3, batch, setup.frames)).astype("float32"),
        }
        for _ in range(count)
    ]
