"""The step in plain PyTorch: eager, one-dimensional convolutions, the penalty by a double backward pass."""

import itertools
import os

import numpy as np
import torch
from dcgan_step.on_torch import ADAMS, _fastest_adam
from torch import nn
from torch.nn import functional

from wavegan_step.setup import Setup, sounds

__all__ = ["OnTorch"]

CRITIC_STEPS, PENALTY, RATE, BETAS = 5, 10.0, 1e-4, (0.5, 0.9)
# Keras adds 1e-7 before the bias correction of the second moment, PyTorch after it; this makes the first update equal.
EPSILON = 1e-7 / (1 - BETAS[1]) ** 0.5
STRIDE = 4


class Generator(nn.Module):
    """z `(batch, latent_dim)` to sounds `(batch, 1, length)`."""

    def __init__(self, setup: Setup):
        super().__init__()
        *inner, first = setup.widths
        self.first = nn.Linear(setup.latent_dim, 16 * first)
        widths = [first, *reversed(inner), 1]
        self.before = max(setup.kernel - STRIDE, 0) // 2
        self.up = nn.ModuleList(
            nn.ConvTranspose1d(a, b, setup.kernel, STRIDE, self.before) for a, b in itertools.pairwise(widths)
        )

    def forward(self, z):
        x = self.first(z).view(len(z), 16, -1).permute(0, 2, 1).contiguous()
        for layer in self.up:
            x = layer(functional.relu(x))[..., : STRIDE * x.shape[-1]]
        return torch.tanh(x)


class Discriminator(nn.Module):
    """Sounds `(batch, 1, length)` to scores `(batch, 1)`; phase shuffle by batch, after all layers but the last."""

    def __init__(self, setup: Setup):
        super().__init__()
        widths, self.n = [1, *setup.widths], setup.phase_shuffle
        short = max(setup.kernel - STRIDE, 0)
        self.margins = (short // 2, short - short // 2)
        self.down = nn.ModuleList(nn.Conv1d(a, b, setup.kernel, STRIDE) for a, b in itertools.pairwise(widths))
        self.score = nn.Linear(16 * widths[-1], 1, bias=False)

    def forward(self, x):
        for stage, layer in enumerate(self.down):
            x = functional.leaky_relu(layer(functional.pad(x, self.margins)), 0.2)
            if self.n and stage < len(self.down) - 1:
                start, steps = int(torch.randint(0, 2 * self.n + 1, ())), x.shape[-1]
                x = functional.pad(x, (self.n, self.n), mode="reflect")[..., start : start + steps]
        return self.score(x.permute(0, 2, 1).flatten(1))


class OnTorch:
    """Five critic updates and one of the generator."""

    def __init__(self, setup: Setup):
        torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
        self.setup = setup
        self.networks = {"generator": Generator(setup), "discriminator": Discriminator(setup)}
        self.variables = {name: list(network.parameters()) for name, network in self.networks.items()}
        form, self.trial = _fastest_adam(self.variables["discriminator"])
        self.adam = {
            name: torch.optim.Adam(variables, RATE, BETAS, EPSILON, **ADAMS[form])
            for name, variables in self.variables.items()
        }
        self.form, self.batches = form, sounds(setup, 8)

    def _critic_update(self, batch, z, mixing=None):
        critic = self.networks["discriminator"]
        real = torch.from_numpy(np.ascontiguousarray(batch.transpose(0, 2, 1)))
        with torch.no_grad():
            fake = self.networks["generator"](z)
        weight = torch.rand(len(real), 1, 1) if mixing is None else torch.full((len(real), 1, 1), mixing)
        mixed = (weight * real + (1 - weight) * fake).requires_grad_()
        (gradient,) = torch.autograd.grad(critic(mixed).sum(), [mixed], create_graph=True)
        norms = torch.sqrt(gradient.square().sum((1, 2)) + 1e-12)
        loss = critic(fake).mean() - critic(real).mean() + PENALTY * (norms - 1).square().mean()
        return self._update("discriminator", loss)

    def _generator_update(self, z):
        return self._update("generator", -self.networks["discriminator"](self.networks["generator"](z)).mean())

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
        """Each update's loss, one step without phase shuffle, from given weights, batches and latents."""
        for name, variables in self.variables.items():
            with torch.no_grad():
                for variable, value in zip(variables, weights[name], strict=True):
                    # Keras keeps a kernel's axes in the opposite order, of dense layers and convolutions alike.
                    variable.copy_(torch.from_numpy(np.ascontiguousarray(np.transpose(value))))
        self.networks["discriminator"].n = 0
        z = [torch.from_numpy(np.array(one)) for one in latents]
        found = [float(self._critic_update(b, one, mixing)) for b, one in zip(batches[:-1], z[:-1], strict=True)]
        found.append(float(self._generator_update(z[-1])))
        self.networks["discriminator"].n = self.setup.phase_shuffle
        return found

    def run(self, steps: int) -> None:
        """Makes steps; the losses reach the host one step late."""
        pending, shape, drawn = [], (self.setup.batch_size, self.setup.latent_dim), 0
        for _ in range(steps):
            values = []
            for _ in range(CRITIC_STEPS):
                drawn += 1
                values.append(self._critic_update(self.batches[drawn % len(self.batches)], 2 * torch.rand(shape) - 1))
            values.append(self._generator_update(2 * torch.rand(shape) - 1))
            _ = [float(value) for value in pending]
            pending = values
        _ = [float(value) for value in pending]
