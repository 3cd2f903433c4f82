"""The step in plain PyTorch: eager, channels-last, the penalty by a double backward pass, `torch.optim.Adam`."""

import os

import numpy as np
import torch
from dcgan_step.on_torch import ADAMS, ToFeatures, _fastest_adam, _initialise, _layout, generator
from dcgan_step.setup import Setup, images
from torch import nn

__all__ = ["OnTorch"]

CRITIC_STEPS, PENALTY, RATE, BETAS = 5, 10.0, 1e-4, (0.0, 0.9)
# Keras adds 1e-7 before the bias correction of the second moment, PyTorch after it; this makes the first update equal.
EPSILON = 1e-7 / (1 - BETAS[1]) ** 0.5


def critic(setup: Setup) -> nn.Sequential:
    """Images to scores `(batch, 1)`; layer norm over channels and positions, scale and offset by channel."""
    stack, channels = [], setup.channels
    for stage, (_, width) in enumerate(reversed(setup.hidden)):
        stack += [nn.Conv2d(channels, width, 4, 2, 1), *([nn.GroupNorm(1, width)] if stage else [])]
        stack += [nn.LeakyReLU(0.2)]
        channels = width
    return nn.Sequential(*stack, ToFeatures(), nn.Linear(16 * channels, 1, bias=False))


class OnTorch:
    """Five critic updates and one of the generator."""

    def __init__(self, setup: Setup):
        torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
        self.setup, self.networks = setup, {"generator": generator(setup), "critic": critic(setup)}
        for network in self.networks.values():
            network.apply(_initialise).to(memory_format=torch.channels_last).train()
        self.variables = {name: list(network.parameters()) for name, network in self.networks.items()}
        form, self.trial = _fastest_adam(self.variables["critic"])
        self.adam = {
            name: torch.optim.Adam(variables, RATE, BETAS, EPSILON, **ADAMS[form])
            for name, variables in self.variables.items()
        }
        self.form, self.batches = form, images(setup, 8)

    def _critic_update(self, batch, z, mixing=None):
        critic = self.networks["critic"]
        real = torch.from_numpy(batch).permute(0, 3, 1, 2)
        with torch.no_grad():
            fake = self.networks["generator"](z)
        weight = torch.rand(len(real), 1, 1, 1) if mixing is None else torch.full((len(real), 1, 1, 1), mixing)
        mixed = (weight * real + (1 - weight) * fake).requires_grad_()
        (gradient,) = torch.autograd.grad(critic(mixed).sum(), [mixed], create_graph=True)
        norms = torch.sqrt(gradient.square().sum((1, 2, 3)) + 1e-12)
        loss = critic(fake).mean() - critic(real).mean() + PENALTY * (norms - 1).square().mean()
        return self._update("critic", loss)

    def _generator_update(self, z):
        return self._update("generator", -self.networks["critic"](self.networks["generator"](z)).mean())

    def _update(self, player, loss):
        self.adam[player].zero_grad(set_to_none=True)
        # A plain `backward()` would also compute the critic's gradients in the generator's turn.
        loss.backward(inputs=self.variables[player])
        self.adam[player].step()
        return loss.detach()

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
        """Each update's loss, one step, from given weights, batches, latents and one mixing weight."""
        for name, network in self.networks.items():
            given = iter(weights[name])
            with torch.no_grad():
                for module in network:
                    for variable in module.parameters():
                        variable.copy_(torch.from_numpy(_layout(module, np.array(next(given)))))
        z = [torch.from_numpy(np.array(one)) for one in latents]
        found = [float(self._critic_update(b, one, mixing)) for b, one in zip(batches[:-1], z[:-1], strict=True)]
        return [*found, float(self._generator_update(z[-1]))]

    def run(self, steps: int) -> None:
        """Makes steps; the losses reach the host one step late."""
        pending, shape, drawn = [], (self.setup.batch_size, self.setup.latent_dim), 0
        for _ in range(steps):
            values = []
            for _ in range(CRITIC_STEPS):
                drawn += 1
                values.append(self._critic_update(self.batches[drawn % len(self.batches)], torch.randn(shape)))
            values.append(self._generator_update(torch.randn(shape)))
            _ = [float(value) for value in pending]
            pending = values
        _ = [float(value) for value in pending]
