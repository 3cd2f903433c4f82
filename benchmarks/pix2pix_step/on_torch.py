"""The step in plain PyTorch: eager, channels-last, `torch.optim.Adam`; one pass of the generator for both updates."""

import os

import numpy as np
import torch
from dcgan_step.on_torch import ADAMS, _fastest_adam
from torch import nn
from torch.nn import functional

from pix2pix_step.setup import PLAYERS, Setup, pairs

__all__ = ["OnTorch"]

RATE, BETAS, L1, DROPOUT = 2e-4, (0.5, 0.999), 100.0, 0.5
# Keras adds 1e-7 before the bias correction of the second moment, PyTorch after it; this makes the first update equal.
EPSILON = 1e-7 / (1 - BETAS[1]) ** 0.5


class UNet(nn.Module):
    """Grey pictures to pictures in colour."""

    def __init__(self, setup: Setup, dropout: float):
        super().__init__()
        width = [setup.width * 2 ** min(level, 3) for level in range(setup.depth)]
        given, self.down, self.up = [1, *width], nn.ModuleList(), nn.ModuleList()
        for level in range(setup.depth):
            plain = level in (0, setup.depth - 1)
            layers = [nn.Conv2d(given[level], width[level], 4, 2, 1, bias=plain)]
            self.down.append(nn.Sequential(*layers, *([] if plain else [nn.InstanceNorm2d(width[level], affine=True)])))
        for level in range(setup.depth - 1, -1, -1):
            below, made = width[level] * (1 if level == setup.depth - 1 else 2), width[level - 1] if level else 3
            layers = [nn.ConvTranspose2d(below, made, 4, 2, 1, bias=not level)]
            layers += [nn.InstanceNorm2d(made, affine=True)] if level else [nn.Tanh()]
            layers += [nn.Dropout(dropout)] if level >= max(1, setup.depth - 3) else []
            self.up.append(nn.Sequential(*layers))

    def forward(self, x):
        skips = []
        for level, layer in enumerate(self.down):
            x = layer(functional.leaky_relu(x, 0.2) if level else x)
            skips.append(x)
        x = skips.pop()
        for layer in self.up:
            x = layer(functional.relu(x))
            x = torch.cat([x, skips.pop()], 1) if skips else x
        return x


class Patches(nn.Module):
    """Both pictures to a score for each patch."""

    def __init__(self, setup: Setup):
        super().__init__()
        self.layers, given = nn.ModuleList(), 4
        for layer in range(setup.patches + 1):
            made, plain = setup.width * 2 ** min(layer, 3), not layer
            # Strides of 1 are padded by one pixel before and two after, as "same" has it.
            pad, stride = ([], (2, 1)) if layer < setup.patches else ([nn.ZeroPad2d((1, 2, 1, 2))], (1, 0))
            norm = [] if plain else [nn.InstanceNorm2d(made)]
            self.layers.append(
                nn.Sequential(*pad, nn.Conv2d(given, made, 4, *stride, bias=plain), *norm, nn.LeakyReLU(0.2))
            )
            given = made
        self.layers.append(nn.Sequential(nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(given, 1, 4)))

    def forward(self, source, picture):
        x = torch.cat([source, picture], 1)
        for layer in self.layers:
            x = layer(x)
        return x


class OnTorch:
    """Both updates."""

    def __init__(self, setup: Setup):
        torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
        self.setup = setup
        self._build(DROPOUT)
        self.batches = pairs(setup, 8)

    def _build(self, dropout):
        self.networks = {"discriminator": Patches(self.setup), "generator": UNet(self.setup, dropout)}
        for network in self.networks.values():
            network.to(memory_format=torch.channels_last).train()
        self.variables = {name: list(network.parameters()) for name, network in self.networks.items()}
        self.form, self.trial = _fastest_adam(self.variables["generator"])
        self.adam = {
            name: torch.optim.Adam(variables, RATE, BETAS, EPSILON, **ADAMS[self.form])
            for name, variables in self.variables.items()
        }

    def _step(self, batch):
        source, image = (torch.from_numpy(batch[name]).permute(0, 3, 1, 2) for name in ("source", "image"))
        judge, made = self.networks["discriminator"], self.networks["generator"](source)
        real, fake = judge(source, image), judge(source, made.detach())
        critic = 0.5 * (functional.softplus(-real).mean() + functional.softplus(fake).mean())
        self._update("discriminator", critic)
        loss = functional.softplus(-judge(source, made)).mean() + L1 * (made - image).abs().mean()
        self._update("generator", loss)
        return critic.detach(), loss.detach()

    def _update(self, player, loss):
        self.adam[player].zero_grad(set_to_none=True)
        # A plain `backward()` would also compute the discriminator's gradients in the generator's turn.
        loss.backward(inputs=self.variables[player])
        self.adam[player].step()

    def facts(self) -> dict:
        """What this contender is made of, and which form of Adam was the faster in a trial (seconds an update)."""
        counts = {name: sum(v.numel() for v in variables) for name, variables in self.variables.items()}
        return {
            "versions": {"torch": torch.__version__},
            "parameters": counts,
            "adam": self.form,
            "adam_trial": self.trial,
        }

    def losses(self, weights, batches, latents, mixing: float) -> list[float]:
        """Each update's loss, one step of each batch, from given weights and without dropout."""
        self._build(0.0)
        for name in PLAYERS:
            with torch.no_grad():
                for variable, value in zip(self.variables[name], weights[name], strict=True):
                    value = np.array(value)
                    variable.copy_(torch.from_numpy(value.transpose(3, 2, 0, 1) if value.ndim == 4 else value))
        found = [float(value) for batch in batches for value in self._step(batch)]
        self._build(DROPOUT)
        return found

    def run(self, steps: int) -> None:
        """Makes steps; the losses reach the host one step late."""
        pending = ()
        for step in range(steps):
            values = self._step(self.batches[step % len(self.batches)])
            _ = [float(value) for value in pending]
            pending = values
        _ = [float(value) for value in pending]
