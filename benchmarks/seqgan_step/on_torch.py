"""The discriminator's updates in plain PyTorch: eager, the convolutions of Kim's network as its ports write them."""

import os

import numpy as np
import torch
from dcgan_step.on_torch import ADAMS, EPSILON, _fastest_adam
from torch import nn
from torch.nn import functional

from seqgan_step.setup import Setup, texts

__all__ = ["OnTorch"]

KERNELS = {
    1: 100, 2: 200, 3: 200, 4: 200, 5: 200, 6: 100, 7: 100, 8: 100, 9: 100, 10: 100, 15: 160, 20: 160,
}  # fmt: skip
RATE, DROPOUT, L2, GATE, EMBEDDING = 1e-4, 0.25, 0.2, -2.0, 64


class Discriminator(nn.Module):
    """Texts `(batch, length)` to scores `(batch,)`."""

    def __init__(self, setup: Setup):
        super().__init__()
        kernels = {w: max(1, round(setup.filters * n)) for w, n in KERNELS.items() if w <= setup.length}
        features = sum(kernels.values())
        self.table = nn.Embedding(setup.vocabulary, EMBEDDING)
        self.convolutions = nn.ModuleList(nn.Conv1d(EMBEDDING, count, width) for width, count in kernels.items())
        self.highway, self.output = nn.Linear(features, 2 * features), nn.Linear(features, 1)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, tokens):
        seen = self.table(tokens).transpose(1, 2)
        x = torch.cat([functional.relu(layer(seen).amax(2)) for layer in self.convolutions], 1)
        new, gate = self.highway(x).chunk(2, 1)
        gate = torch.sigmoid(gate + GATE)
        x = gate * functional.relu(new) + (1 - gate) * x
        return self.output(self.dropout(x))[:, 0]


class OnTorch:
    """Updates.

    Args:
        setup: the sizes.
        joined: real and generated texts go through the network as one batch; else one after the other.
    """

    def __init__(self, setup: Setup, joined: bool = True):
        torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
        self.setup, self.joined, self.network = setup, joined, Discriminator(setup)
        self.variables = list(self.network.parameters())
        self.form, self.trial = _fastest_adam(self.variables)
        self.adam = self._adam()
        self.real, self.generated = texts(setup, 8, seed=1), texts(setup, 8, seed=2)

    def _adam(self):
        return torch.optim.Adam(self.variables, RATE, (0.9, 0.999), EPSILON, **ADAMS[self.form])

    def _update(self, real, generated):
        real, generated = torch.from_numpy(real), torch.from_numpy(generated)
        if self.joined:
            real, generated = self.network(torch.cat([real, generated])).chunk(2)
        else:
            real, generated = self.network(real), self.network(generated)
        critic = functional.softplus(-real).mean() + functional.softplus(generated).mean()
        decay = 0.5 * sum(part.square().sum() for part in self.network.output.parameters())
        loss = 0.5 * critic + L2 * decay
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        self.adam.step()
        return loss.detach()

    def facts(self) -> dict:
        """What this contender is made of, and which form of Adam was the faster in a trial (seconds an update)."""
        return {
            "versions": {"torch": torch.__version__},
            "parameters": {"discriminator": sum(v.numel() for v in self.variables)},
            "adam": self.form,
            "adam_trial": self.trial,
        }

    def losses(self, weights, real, generated) -> list[float]:
        """Each update's loss, without dropout, from given weights and batches."""
        table, *kernels, bias, highway, highway_bias, output, output_bias = weights["discriminator"]
        network = self.network
        places = np.cumsum([layer.out_channels for layer in network.convolutions])[:-1]
        given = [(network.table.weight, table), (network.highway.weight, highway.T), (network.output.weight, output.T)]
        given += [(network.highway.bias, highway_bias), (network.output.bias, output_bias)]
        for layer, kernel, part in zip(network.convolutions, kernels, np.split(bias, places), strict=True):
            given += [(layer.weight, kernel.T), (layer.bias, part)]
        with torch.no_grad():
            for variable, value in given:
                variable.copy_(torch.from_numpy(np.ascontiguousarray(value)))
        network.eval()  # of what the network has, dropout alone looks at it
        found = [float(self._update(*pair)) for pair in zip(real, generated, strict=True)]
        network.train()
        return found

    def updates(self, count: int) -> None:
        """Makes updates; the losses reach the host one late."""
        pending = []
        for step in range(count):
            place = step % len(self.real)
            values = [self._update(self.real[place], self.generated[place])]
            _ = [float(value) for value in pending]
            pending = values
        _ = [float(value) for value in pending]
