"""The networks of the recipe `animation` in plain PyTorch, for channels-last memory: a content is drawn once a clip."""

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
        widths[-1] *= setup.poses
        self.first = nn.Linear(setup.content_dim, 4 * 4 * widths[0], bias=False)
        canvas = [nn.BatchNorm2d(widths[0]), nn.ReLU(inplace=True)]
        for given, made in itertools.pairwise(widths):
            canvas += [nn.ConvTranspose2d(given, made, 4, 2, 1, bias=False), nn.BatchNorm2d(made)]
            canvas += [nn.ReLU(inplace=True)]
        self.canvas = nn.Sequential(*canvas)
        told, width = setup.content_dim + setup.classes + setup.codes, setup.width
        self.shares, self.where = nn.Linear(told, setup.poses * width), nn.Linear(told, 6)
        self.scale, self.offset = nn.Linear(told, width), nn.Linear(told, width)
        self.retouch, self.norm = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.picture = nn.ConvTranspose2d(width, setup.channels, 4, 2, 1)
        self.grid = torch.linspace(-1, 1, setup.size // 2)

    def forward(self, content, motion, labels):
        frames = self.setup.frames
        classes = self.classes[labels]
        # The code after the last frame's is for clips that close.
        heard = motion[:, 1:-1]
        heard = torch.cat([heard, classes[:, None].expand(-1, frames, -1)], 2)
        codes, _ = self.codes(heard, self.start(motion[:, 0]).tanh()[None])
        fixed = torch.cat([content, classes], 1)[:, None].expand(-1, frames, -1)
        told = torch.cat([fixed, codes], 2).flatten(0, 1)
        x = self.first(content)
        # Channels-last in memory, so that nothing is copied.
        x = self.canvas(x.view(len(x), 4, 4, -1).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        x = self._blended(x, told)
        x = self._moved(x, self.where(told)).permute(0, 3, 1, 2)
        scale, offset = (layer(told)[..., None, None] for layer in (self.scale, self.offset))
        x = functional.relu_(torch.addcmul(offset, self.norm(self.retouch(x)), 1 + scale))
        return self.picture(x).tanh().permute(0, 2, 3, 1).reshape(-1, *self.setup.shape)

    def _blended(self, x, told):
        """Poses `(batch, height, width, poses * channels)` in their shares, `(batch * frames, ..., channels)`."""
        shares = self.shares(told).view(len(x), self.setup.frames, 1, 1, self.setup.poses, -1)
        return (x[:, None].unflatten(-1, shares.shape[-2:]) * shares).sum(-2).flatten(0, 1)

    def _moved(self, x, how):
        """The affine map of places in two passes."""
        a, b, c, d, e, f = how[..., None, None].unbind(1)
        rows_at, columns_at = self.grid[:, None], self.grid[None]
        x = torch.matmul(self._weights((1 + a) * columns_at + b * rows_at + c), x)
        weights = self._weights((1 + d) * rows_at + e * columns_at + f)
        return torch.matmul(weights.transpose(1, 2), x.transpose(1, 2)).transpose(1, 2)

    def _weights(self, places):
        side = len(self.grid)
        at = (places + 1) * (0.5 * (side - 1))
        return functional.relu_(1 - (at[..., None] - torch.arange(side)).abs())


class Kernel(Spectral):
    """A kernel that is divided by its largest singular value, and perhaps a bias; `kernel()` moves `u`."""

    def __init__(self, given, made, side, bias=True):
        super().__init__(given, made, side)
        self.bias = nn.Parameter(torch.zeros(made)) if bias else None


class Critic(nn.Module):
    """Pictures `(batch, channels, height, width)` to scores `(batch, 1)`; of classes, if it is told them; or of so many
    frames of a clip, one after another, to scores `(clips, compared)`, to which it adds how alike they are.
    """

    def __init__(self, setup: Setup, channels: int, classes: int = 0, compared: int = 0):
        super().__init__()
        widths = [channels, *(setup.critic_width * 2**stage for stage in range(setup.stages))]
        self.layers = nn.ModuleList(Kernel(*pair, 4) for pair in itertools.pairwise(widths))
        self.layers.append(Kernel(widths[-1], 1, 4, bias=False))
        if classes:
            self.layers.append(Kernel(classes, 4 * 4 * widths[-1], 1, bias=False))
        if compared:
            self.layers.append(Kernel(widths[-1], widths[-1], 1, bias=False))
        self.stages, self.compared = setup.stages, compared

    def kernels(self):
        """The divided kernels of one power iteration."""
        return [layer.kernel() for layer in self.layers]

    def forward(self, x, kernels, labels=None):
        for layer, kernel in zip(self.layers[: self.stages], kernels, strict=False):
            x = functional.leaky_relu_(functional.conv2d(x, kernel, layer.bias, 2, 1), SLOPE)
        features = x.permute(0, 2, 3, 1).flatten(1)
        weight, *embedding = map(rows, kernels[self.stages :])
        if self.compared:
            what = functional.linear(x.sum((2, 3)), *embedding).unflatten(0, (-1, self.compared))
            others = (what.sum(1, keepdim=True) - what) / (self.compared - 1)
            return functional.linear(features, weight).view(-1, self.compared) + (what * others).sum(-1)
        if not embedding:
            return functional.linear(features, weight)
        # Both are products with the features.
        return (features * (weight + functional.embedding(labels, embedding[0].T))).sum(1, keepdim=True)


def side_by_side(clips):
    """Frames `(batch, frames, height, width, channels)` as channels of one picture, channels-last in memory."""
    return clips.permute(0, 2, 3, 1, 4).flatten(3).permute(0, 3, 1, 2)
