"""GauGAN's networks in plain PyTorch, for channels-last memory."""

import torch
from torch import nn
from torch.nn import functional

from gaugan_step.setup import Setup

__all__ = ["Conv", "Critic", "Encoder", "Norm", "Painter", "Spectral"]

SLOPE = 0.2


class Conv(nn.Conv2d):
    """A convolution that keeps the side, or halves it."""

    def __init__(self, given, made, kernel=3, stride=1, bias=True):
        super().__init__(given, made, kernel, stride, (kernel - 1) // 2, bias=bias)


class Norm(nn.Module):
    """Instance norm, in the form that is the fastest one in a trial."""

    forms = ("instance", "group", "composed")
    form = "instance"

    def forward(self, x):
        if Norm.form == "instance":
            return functional.instance_norm(x)
        if Norm.form == "group":
            return functional.group_norm(x, x.shape[1])
        variance, mean = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
        return (x - mean) * torch.rsqrt(variance + 1e-5)


class Divided(torch.autograd.Function):
    """W / sigma where sigma = u^T W v, with few passes over the kernel for its gradient."""

    @staticmethod
    def forward(ctx, weight, u, v, sigma):
        ctx.save_for_backward(weight, u, v)
        ctx.share = 1.0 / sigma
        return weight * ctx.share

    @staticmethod
    def backward(ctx, gradient):
        (weight, u, v), share = ctx.saved_tensors, ctx.share
        given = rows(gradient)
        along = torch.dot(given.flatten(), rows(weight).flatten()).item()
        _, channels, height, width = weight.shape
        moved = torch.addr(given, u, v, beta=share, alpha=-along * share**2)
        return moved.view(-1, height, width, channels).permute(0, 3, 1, 2), None, None, None


def rows(kernel):
    """A kernel as a matrix with a row for each channel that it makes; of a channels-last one nothing is copied."""
    return kernel.permute(0, 2, 3, 1).flatten(1)


class Spectral(nn.Module):
    """A convolution without bias whose kernel is divided by its largest singular value, by one power iteration a pass.

    PyTorch's parametrization would copy a channels-last kernel into rows, multiply it once more, and take several
    passes over it for its gradient.
    """

    def __init__(self, given, made, kernel, stride=1, padding=None):
        super().__init__()
        plain = Conv(given, made, kernel, stride, bias=False)
        self.weight, self.stride = plain.weight, stride
        self.padding = plain.padding if padding is None else padding
        self.register_buffer("u", torch.randn(made, 1))

    def kernel(self):
        """The divided kernel; moves `u`."""
        with torch.no_grad():
            matrix = rows(self.weight)
            v = functional.normalize(matrix.T @ self.u[:, 0], dim=0)
            moved = matrix @ v
            # u^T W v, as u is W v by its length.
            sigma = torch.linalg.vector_norm(moved)
            u = moved / sigma
        self.u = u[:, None]
        return Divided.apply(self.weight, u, v, sigma.item())

    def forward(self, x):
        return functional.conv2d(x, self.kernel(), None, self.stride, self.padding)


class Spade(nn.Module):
    """norm(x) * (1 + gamma(map, z)) + beta(map, z)."""

    def __init__(self, channels, setup: Setup):
        super().__init__()
        self.shared, self.both = Conv(setup.classes, setup.hidden), Conv(setup.hidden, 2 * channels)
        self.heard, self.norm = nn.Linear(setup.latent_dim, setup.hidden, bias=False), Norm()

    def forward(self, x, maps, z):
        gamma, beta = self.both((self.shared(maps) + self.heard(z)[..., None, None]).relu_()).chunk(2, 1)
        x = self.norm(x)
        return torch.addcmul(x + beta, x, gamma)


class Block(nn.Module):
    """A residual block; where the number of channels changes, the short way is learned as well."""

    def __init__(self, given, made, setup):
        super().__init__()
        self.short = nn.ModuleList([Spade(given, setup), Spectral(given, made, 1)] if given != made else [])
        between = min(given, made)
        self.one = nn.ModuleList([Spade(given, setup), Spectral(given, between, 3)])
        self.two = nn.ModuleList([Spade(between, setup), Spectral(between, made, 3)])

    def forward(self, x, maps, z):
        short = self.short[1](self.short[0](x, maps, z)) if self.short else x
        for spade, conv in (self.one, self.two):
            x = conv(functional.leaky_relu_(spade(x, maps, z), SLOPE))
        return short + x


class Painter(nn.Module):
    """z and one-hot maps of each level to pictures."""

    def __init__(self, setup: Setup):
        super().__init__()
        widths = [setup.width * min(16, 2**level) for level in reversed(range(len(setup.sides)))]
        self.side, self.channels = setup.sides[0], widths[0]
        self.first = nn.Linear(setup.latent_dim, self.side**2 * self.channels)
        pairs = zip([widths[0], *widths], widths, strict=False)
        self.blocks = nn.ModuleList(Block(given, made, setup) for given, made in pairs)
        self.last = Conv(widths[-1], 3)

    def forward(self, z, maps):
        # Channels-last in memory, so that nothing is copied.
        x = self.first(z).view(-1, self.side, self.side, self.channels).permute(0, 3, 1, 2)
        for level, (block, seen) in enumerate(zip(self.blocks, maps, strict=True)):
            x = block(functional.interpolate(x, scale_factor=2, mode="nearest") if level else x, seen, z)
        return self.last(functional.leaky_relu(x, SLOPE)).tanh()


class Down(Conv):
    """Kernel 3, stride 2; `aligned` as TensorFlow pads, which costs a copy; a step's work is the same."""

    aligned = False

    def __init__(self, given, made):
        super().__init__(given, made, stride=2)

    def forward(self, x):
        if not Down.aligned:
            return super().forward(x)
        return functional.conv2d(functional.pad(x, (0, 1, 0, 1)), self.weight, self.bias, stride=2)


class Encoder(nn.Module):
    """Pictures to the mean and the log-variance of their styles."""

    def __init__(self, setup: Setup):
        super().__init__()
        count = len(setup.sides) - 1
        widths = [3, *(setup.width * 2 ** min(level, 3) for level in range(count))]
        self.layers = nn.ModuleList(Down(*widths[level : level + 2]) for level in range(count))
        features = setup.sides[0] ** 2 * widths[-1]
        self.mean, self.log_variance = (nn.Linear(features, setup.latent_dim) for _ in range(2))

    def forward(self, x):
        for layer in self.layers:
            x = functional.leaky_relu_(layer(x), SLOPE)
        x = x.permute(0, 2, 3, 1).flatten(1)
        return self.mean(x), self.log_variance(x)


class Critic(nn.Module):
    """Maps and pictures to what the hidden layers make of them, and scores of patches."""

    def __init__(self, setup: Setup, scale: int):
        super().__init__()
        self.depth, width = setup.depth(scale), setup.critic_width
        # Strides of 1 are padded by one pixel before and two after, as "same" has it.
        self.first, self.pad = Conv(setup.classes + 3, width, 4, 2), nn.ZeroPad2d((1, 2, 1, 2))
        self.middle, self.norm = nn.ModuleList(), Norm()
        for layer in range(1, self.depth + 1):
            given, made = (width * 2 ** min(each, 3) for each in (layer - 1, layer))
            stride = 2 if layer < self.depth else 1
            self.middle.append(Spectral(given, made, 4, stride, stride - 1))
        self.last = nn.Conv2d(width * 2 ** min(self.depth, 3), 1, 4, bias=False)

    def kernels(self):
        """The divided kernels of one power iteration, which several passes may share."""
        return [layer.kernel() for layer in self.middle]

    def forward(self, maps, pictures, kernels):
        x = functional.leaky_relu_(self.first(torch.cat([maps, pictures], 1)), SLOPE)
        found = [x]
        for layer, kernel in zip(self.middle, kernels, strict=True):
            x = functional.conv2d(x if layer.stride == 2 else self.pad(x), kernel, None, layer.stride, layer.padding)
            x = functional.leaky_relu_(self.norm(x), SLOPE)
            found.append(x)
        return [*found, self.last(self.pad(x))]
