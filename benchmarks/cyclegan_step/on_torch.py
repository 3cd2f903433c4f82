"""The step in plain PyTorch: eager, channels-last, `torch.optim.Adam`, pools as lists."""

import itertools
import os
import random
import time

import numpy as np
import torch
from dcgan_step.on_torch import ADAMS, EPSILON, _fastest_adam
from torch import nn
from torch.nn import functional

from cyclegan_step.setup import Setup, batches

__all__ = ["OnTorch"]

POOL, SLOPE = 50, 0.2


class Norm(nn.Module):
    """Instance norm, in the form that is the faster one in a trial."""

    form = "instance"

    def forward(self, x):
        if Norm.form == "group":
            return functional.group_norm(x, x.shape[1])
        return functional.instance_norm(x)


class Down(nn.Conv2d):
    """Kernel 3, stride 2; `aligned` as TensorFlow pads, which costs a copy; a step's work is the same."""

    aligned = False

    def __init__(self, given, made):
        super().__init__(given, made, 3, 2, 1, bias=False)

    def forward(self, x):
        if not Down.aligned:
            return super().forward(x)
        return functional.conv2d(functional.pad(x, (0, 1, 0, 1)), self.weight, stride=2)


class Up(nn.ConvTranspose2d):
    """Kernel 3, stride 2, twice the size; `aligned` likewise."""

    def __init__(self, given, made):
        super().__init__(given, made, 3, 2, 1, output_padding=1, bias=False)

    def forward(self, x):
        if not Down.aligned:
            return super().forward(x)
        return functional.conv_transpose2d(x, self.weight, stride=2)[..., :-1, :-1]


class Block(nn.Module):
    """A residual block."""

    def __init__(self, channels):
        super().__init__()
        self.one, self.two = (nn.Conv2d(channels, channels, 3, bias=False) for _ in range(2))
        self.norm = Norm()

    def forward(self, x):
        y = self.norm(self.one(functional.pad(x, (1, 1, 1, 1), mode="reflect"))).relu_()
        return x + self.norm(self.two(functional.pad(y, (1, 1, 1, 1), mode="reflect")))


def generator(setup: Setup) -> nn.Sequential:
    """Pictures `(batch, 3, size, size)` to the same."""
    width = setup.width
    stack = [nn.ReflectionPad2d(3), nn.Conv2d(3, width, 7, bias=False), Norm(), nn.ReLU(inplace=True)]
    for channels in (width, 2 * width):
        stack += [Down(channels, 2 * channels), Norm(), nn.ReLU(inplace=True)]
    stack += [Block(4 * width) for _ in range(setup.blocks)]
    for channels in (4 * width, 2 * width):
        stack += [Up(channels, channels // 2), Norm(), nn.ReLU(inplace=True)]
    return nn.Sequential(*stack, nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh())


def discriminator(setup: Setup) -> nn.Sequential:
    """Pictures to scores of patches, as deep as `multigan.patch_depth` has it."""
    depth, given, stack = 1 + (setup.size >= 64) + (setup.size >= 128), 3, []
    for layer in range(depth + 1):
        made = setup.width * 2 ** min(layer, 3)
        if layer < depth:
            stack += [nn.Conv2d(given, made, 4, 2, 1, bias=not layer)]
        else:
            stack += [nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(given, made, 4, bias=False)]
        stack += [*([Norm()] if layer else []), nn.LeakyReLU(SLOPE, inplace=True)]
        given = made
    return nn.Sequential(*stack, nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(given, 1, 4))


class Pool:
    """Earlier pictures, a list as in the paper's code."""

    def __init__(self):
        self.kept = []

    def __call__(self, pictures):
        shown = []
        for picture in pictures:
            if len(self.kept) < POOL:
                self.kept.append(picture.clone())
            elif random.random() < 0.5:
                index = random.randrange(POOL)
                picture, self.kept[index] = self.kept[index], picture.clone()
            shown.append(picture)
        return torch.stack(shown)


class OnTorch:
    """Both updates; what the generators made is what the discriminators judge."""

    def __init__(self, setup: Setup):
        torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
        self.setup = setup
        self.networks = {
            "generators": [generator(setup) for _ in range(2)],
            "discriminators": [discriminator(setup) for _ in range(2)],
        }
        for network in itertools.chain(*self.networks.values()):
            network.to(memory_format=torch.channels_last).train()
        self.variables = {
            player: [variable for network in networks for variable in network.parameters()]
            for player, networks in self.networks.items()
        }
        form, self.trial = _fastest_adam(self.variables["discriminators"])
        betas = (setup.beta_1, 0.999)
        self.adam = {
            player: torch.optim.Adam(variables, setup.learning_rate, betas, EPSILON, **ADAMS[form])
            for player, variables in self.variables.items()
        }
        self.form, self.batches, self.pools = form, batches(setup, 8), [Pool(), Pool()]
        self.norm = self._faster_norm()

    def _faster_norm(self):
        seconds = {}
        for Norm.form in ("instance", "group"):
            for _ in range(3):
                started = time.perf_counter()
                self._step(self.batches[0])
                seconds.setdefault(Norm.form, []).append(time.perf_counter() - started)
        Norm.form = min(seconds, key=lambda form: min(seconds[form]))
        self.pools = [Pool(), Pool()]
        return Norm.form

    def _step(self, batch):
        setup, (there, back) = self.setup, self.networks["generators"]
        # Already channels-last: batches are `(batch, height, width, channels)` in memory.
        source, image = (torch.from_numpy(batch[side]).permute(0, 3, 1, 2) for side in ("source", "image"))
        made_image, made_source = there(source), back(image)
        judges, made = self.networks["discriminators"], (made_source, made_image)
        loss = sum((judge(pictures) - 1).square().mean() for judge, pictures in zip(judges, made, strict=True))
        cycle = (back(made_image) - source).abs().mean() + (there(made_source) - image).abs().mean()
        loss = loss + setup.cycle * cycle
        if setup.identity:
            same = (back(source) - source).abs().mean() + (there(image) - image).abs().mean()
            loss = loss + setup.cycle * setup.identity * same
        self._update("generators", loss)
        critic = 0
        for judge, pool, real, fake in zip(judges, self.pools, (source, image), made, strict=True):
            scores = judge(torch.cat([real, pool(fake.detach())]))
            count = len(real)
            critic = critic + 0.5 * ((scores[:count] - 1).square().mean() + scores[count:].square().mean())
        self._update("discriminators", critic)
        return loss.detach(), critic.detach()

    def _update(self, player, loss):
        self.adam[player].zero_grad(set_to_none=True)
        # A plain `backward()` would also compute the discriminators' gradients in the generators' turn.
        loss.backward(inputs=self.variables[player])
        self.adam[player].step()

    def facts(self) -> dict:
        """What this contender is made of, and which form of Adam and of instance norm was the faster in a trial."""
        counts = {name: sum(v.numel() for v in variables) for name, variables in self.variables.items()}
        return {
            "versions": {"torch": torch.__version__},
            "parameters": counts,
            "adam": self.form,
            "adam_trial": self.trial,
            "norm": self.norm,
        }

    def losses(self, weights, given, latents=None, mixing=None) -> list[float]:
        """Each update's loss, one step after the other, from given weights and batches."""
        for player, variables in self.variables.items():
            with torch.no_grad():
                for variable, value in zip(variables, weights[player], strict=True):
                    array = np.array(value)
                    variable.copy_(torch.from_numpy(array.transpose(3, 2, 0, 1).copy() if array.ndim == 4 else array))
        # The trial of the norms has moved Adam's moments.
        for adam in self.adam.values():
            adam.state.clear()
        Down.aligned = True
        try:
            found = [float(loss) for batch in given for loss in self._step(batch)]
        finally:
            Down.aligned = False
        return found

    def run(self, steps: int) -> None:
        """Makes steps; the losses reach the host one step late."""
        pending = ()
        for step in range(steps):
            values = self._step(self.batches[step % len(self.batches)])
            _ = [float(value) for value in pending]
            pending = values
        _ = [float(value) for value in pending]
