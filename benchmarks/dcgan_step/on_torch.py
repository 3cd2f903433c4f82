"""The step in plain PyTorch: eager, channels-last, `torch.optim.Adam`."""

import os
import statistics
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from dcgan_step.setup import Setup, images

__all__ = ["OnTorch"]

# Keras adds 1e-7 before the bias correction of the second moment, PyTorch after it; this makes the first update equal.
EPSILON = 1e-7 / (1 - 0.999) ** 0.5
ADAMS = {"loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}


class ToMap(nn.Module):
    """`(batch, features)` to `(batch, channels, side, side)`; channels-last in memory, so that nothing is copied."""

    def __init__(self, side, channels):
        super().__init__()
        self.side, self.channels = side, channels

    def forward(self, inputs):
        return inputs.view(-1, self.side, self.side, self.channels).permute(0, 3, 1, 2)


class ToFeatures(nn.Module):
    """The inverse of `ToMap`."""

    def forward(self, inputs):
        return inputs.permute(0, 2, 3, 1).flatten(1)


def generator(setup: Setup) -> nn.Sequential:
    """z `(batch, latent_dim)` to images `(batch, channels, size, size)`."""
    (side, channels), *others = setup.hidden
    stack = [nn.Linear(setup.latent_dim, side * side * channels, bias=False), ToMap(side, channels)]
    for _, width in others:
        stack += [nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
        stack += [nn.ConvTranspose2d(channels, width, 4, 2, 1, bias=False)]
        channels = width
    stack += [nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]
    return nn.Sequential(*stack, nn.ConvTranspose2d(channels, setup.channels, 4, 2, 1, bias=False), nn.Tanh())


def discriminator(setup: Setup) -> nn.Sequential:
    """Images to logits `(batch, 1)`."""
    stack, channels = [], setup.channels
    for stage, (_, width) in enumerate(reversed(setup.hidden)):
        stack += [nn.Conv2d(channels, width, 4, 2, 1, bias=False), *([nn.BatchNorm2d(width)] if stage else [])]
        stack += [nn.LeakyReLU(0.2, inplace=True)]
        channels = width
    return nn.Sequential(*stack, ToFeatures(), nn.Linear(16 * channels, 1, bias=False))


class OnTorch:
    """Both updates.

    Args:
        setup: the sizes.
        shared_fake: the order of PyTorch's DCGAN tutorial: one generated batch serves both updates.
    """

    def __init__(self, setup: Setup, shared_fake: bool = False):
        torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
        self.setup, self.shared_fake = setup, shared_fake
        self.networks = {"generator": generator(setup), "discriminator": discriminator(setup)}
        for network in self.networks.values():
            network.apply(_initialise).to(memory_format=torch.channels_last).train()
        self.variables = {name: list(network.parameters()) for name, network in self.networks.items()}
        self.form, self.trial = _fastest_adam(self.variables["discriminator"])
        self.adam = {name: self._adam(variables) for name, variables in self.variables.items()}
        self.batches = images(setup, 8)
        self.matrix = torch.from_numpy(np.random.default_rng(0).standard_normal((2048, 2048)).astype("float32"))

    def _adam(self, variables):
        betas = (self.setup.beta_1, 0.999)
        return torch.optim.Adam(variables, self.setup.learning_rate, betas, EPSILON, **ADAMS[self.form])

    def _step(self, batch, z_discriminator, z_generator):
        generator, discriminator = self.networks["generator"], self.networks["discriminator"]
        with torch.set_grad_enabled(self.shared_fake):
            fake = generator(z_discriminator)
        # Already channels-last: the batch is `(batch, height, width, channels)` in memory.
        real_logits = discriminator(torch.from_numpy(batch).permute(0, 3, 1, 2))
        critic = functional.softplus(-real_logits).mean() + functional.softplus(discriminator(fake.detach())).mean()
        self._update("discriminator", critic)
        logits = discriminator(fake if self.shared_fake else generator(z_generator))
        generator_loss = functional.softplus(-logits).mean()
        self._update("generator", generator_loss)
        return critic.detach(), generator_loss.detach()

    def _update(self, player, loss):
        self.adam[player].zero_grad(set_to_none=True)
        # A plain `backward()` would also compute the discriminator's gradients in the generator's turn.
        loss.backward(inputs=self.variables[player])
        self.adam[player].step()

    def facts(self) -> dict:
        """What this contender is made of, and which form of Adam was the faster in a trial (seconds an update)."""
        count = {name: sum(v.numel() for v in variables) for name, variables in self.variables.items()}
        return {
            "versions": {"torch": torch.__version__},
            "parameters": count,
            "adam": self.form,
            "adam_trial": self.trial,
        }

    def losses(self, weights, batches, latents) -> list[tuple[float, float]]:
        """Both losses of each step from given weights, batches and latents (two batches of latents a step)."""
        for name, network in self.networks.items():
            given = iter(weights[name])
            with torch.no_grad():
                for module in network:
                    for variable in module.parameters():
                        variable.copy_(torch.from_numpy(_layout(module, np.array(next(given)))))
        steps = []
        for batch, pair in zip(batches, latents, strict=True):
            steps.append(tuple(map(float, self._step(batch, *(torch.from_numpy(np.array(z)) for z in pair)))))
        return steps

    def run(self, steps: int) -> None:
        """Makes steps; the losses reach the host one step late."""
        pending, shape = (), (self.setup.batch_size, self.setup.latent_dim)
        for step in range(steps):
            z = torch.randn(shape)
            values = self._step(
                self.batches[step % len(self.batches)], z, None if self.shared_fake else torch.randn(shape)
            )
            _ = [float(value) for value in pending]
            pending = values
        _ = [float(value) for value in pending]

    def multiply(self, products: int) -> None:
        """Makes float32 matrix products of 2048 x 2048."""
        for _ in range(products):
            torch.mm(self.matrix, self.matrix)


def _initialise(module):
    if isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
    elif hasattr(module, "weight"):
        nn.init.normal_(module.weight, 0.0, 0.02)


def _layout(module, weight):
    """Keras' layout of a weight as PyTorch's."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)) and weight.ndim > 1:
        # Both keep what a transposed convolution takes in where a convolution puts out.
        return np.ascontiguousarray(weight.transpose(3, 2, 0, 1))
    return np.ascontiguousarray(weight.T)


def _fastest_adam(variables):
    trials = {}
    for form, arguments in ADAMS.items():
        copies = [variable.detach().clone().requires_grad_() for variable in variables]
        for copy in copies:
            copy.grad = torch.full_like(copy, 1e-3)
        trials[form] = (torch.optim.Adam(copies, **arguments), [])
    for _ in range(20):
        for adam, seconds in trials.values():
            started = time.perf_counter()
            adam.step()
            seconds.append(time.perf_counter() - started)
    medians = {form: statistics.median(seconds[5:]) for form, (_, seconds) in trials.items()}
    return min(medians, key=medians.get), medians
