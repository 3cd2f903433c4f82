"""The networks of the recipe `animation` in plain PyTorch, for channels-last memory."""

import itertools

import torch
from gaugan_step.networks import Spectral, rows
from torch import nn
from torch.nn import functional

from clips_step.setup import Setup

__all__ = ["Critic", "Film", "Kernel", "side_by_side"]

SLOPE = 0.2


class Film(nn.Module):
    """Content, motion and classes to clips `(batch, frames, height, width, channels)` that do not close."""

    def __init__(self, setup: Setup):
        super().__init__()
        self.setup, self.classes = setup, torch.eye(setup.classes)
        self.start = nn.Linear(setup.motion_dim, setup.codes)
        self.codes = nn.GRU(setup.motion_dim + setup.classes, setup.codes, batch_first=True)
        widths = [setup.width * 2**stage for stage in reversed(range(setup.stages))]
        told = setup.content_dim + setup.classes + setup.codes
        self.first = nn.Linear(told, 4 * 4 * widths[0], bias=False)
        frame = []
        for given, made in zip(widths, [*widths[1:], setup.channels], strict=True):
            frame += [nn.BatchNorm2d(given), nn.ReLU(inplace=True)]
            frame += [nn.ConvTranspose2d(given, made, 4, 2, 1, bias=False)]
        self.frame = nn.Sequential(*frame, nn.Tanh())

    def forward(self, content, motion, labels):
        frames = self.setup.frames
        classes = self.classes[labels]
        # The code after the last frame's is for clips that close.
        heard = motion[:, 1:-1]
        heard = torch.cat([heard, classes[:, None].expand(-1, frames, -1)], 2)
        codes, _ = self.codes(heard, self.start(motion[:, 0]).tanh()[None])
        fixed = torch.cat([content, classes], 1)[:, None].expand(-1, frames, -1)
        x = self.first(torch.cat([fixed, codes], 2).flatten(0, 1))
        # Channels-last in memory, so that nothing is copied.
        drawn = self.frame(x.view(len(x), 4, 4, -1).permute(0, 3, 1, 2))
        return drawn.permute(0, 2, 3, 1).reshape(-1, *self.setup.shape)


class Kernel(Spectral):
    """A kernel that is divided by its largest singular value, and perhaps a bias; `kernel()` moves `u`."""

    def __init__(self, given, made, side, bias=True):
        super().__init__(given, made, side)
        self.bias = nn.Parameter(torch.zeros(made)) if bias else None


class Critic(nn.Module):
    """Pictures `(batch, channels, height, width)` to scores `(batch, 1)`; of classes, if it is told them."""

    def __init__(self, setup: Setup, channels: int, classes: int = 0):
        super().__init__()
        widths = [channels, *(setup.critic_width * 2**stage for stage in range(setup.stages))]
        self.layers = nn.ModuleList(Kernel(*pair, 4) for pair in itertools.pairwise(widths))
        self.layers.append(Kernel(widths[-1], 1, 4, bias=False))
        if classes:
            self.layers.append(Kernel(classes, 4 * 4 * widths[-1], 1, bias=False))
        self.stages = setup.stages

    def kernels(self):
        """The divided kernels of one power iteration."""
        return [layer.kernel() for layer in self.layers]

    def forward(self, x, kernels, labels=None):
        for layer, kernel in zip(self.layers[: self.stages], kernels, strict=False):
            x = functional.leaky_relu_(functional.conv2d(x, kernel, layer.bias, 2, 1), SLOPE)
        features = x.permute(0, 2, 3, 1).flatten(1)
        weight, *embedding = map(rows, kernels[self.stages :])
        if not embedding:
            return functional.linear(features, weight)
        # Both are products with the features.
        return (features * (weight + functional.embedding(labels, embedding[0].T))).sum(1, keepdim=True)


def side_by_side(clips):
    """Frames `(batch, frames, height, width, channels)` as channels of one picture, channels-last in memory."""
    return clips.permute(0, 2, 3, 1, 4).flatten(3).permute(0, 3, 1, 2)
