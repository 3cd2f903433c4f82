"""The step in plain PyTorch: eager, channels-last, `torch.optim.Adam`, `torch.nn.GRU`."""

import itertools
import os
import time

import numpy as np
import torch
from dcgan_step.on_torch import ADAMS, EPSILON, _fastest_adam
from torch import nn
from torch.nn import functional

from clips_step.networks import Critic, Film, Kernel, side_by_side
from clips_step.setup import PLAYERS, Setup, batches

__all__ = ["OnTorch"]

# Trials of a form.
TRIALS = 5


class OnTorch:
    """Both updates, each from clips that are made for it.

    A discriminator may judge real and generated clips one kind after the other, each by a power iteration of its own,
    or both in one pass. While steps are timed it does what was faster in a trial.
    """

    def __init__(self, setup: Setup):
        torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
        self.setup, self.batches, self.together = setup, batches(setup, 8), False
        self._build()
        self.together, self.passes_trial = self._faster_passes()

    def _build(self):
        """Makes networks and optimizers."""
        setup = self.setup
        self.film = Film(setup)
        self.critics = [
            Critic(setup, setup.frames * setup.channels, setup.classes),
            Critic(setup, setup.channels, compared=setup.judged),
        ]
        self.networks = {"generator": [self.film], "discriminator": self.critics}
        for network in itertools.chain(*self.networks.values()):
            network.to(memory_format=torch.channels_last).train()
        self.variables = {
            player: [variable for network in networks for variable in network.parameters()]
            for player, networks in self.networks.items()
        }
        self.form, self.trial = _fastest_adam(self.variables["generator"])
        self.adam = {
            player: torch.optim.Adam(variables, setup.learning_rate, setup.betas, EPSILON, **ADAMS[self.form])
            for player, variables in self.variables.items()
        }
        # Batch statistics are not averaged: the average uses the network's own.
        self.average, self.updates = [variable.detach().clone() for variable in self.film.parameters()], 0

    def _faster_passes(self):
        seconds = {False: [], True: []}
        for _ in range(TRIALS):
            for self.together, found in seconds.items():
                started = time.perf_counter()
                self.run(1)
                found.append(time.perf_counter() - started)
        least = {together: min(found) for together, found in seconds.items()}
        return min(least, key=least.get), {"apart": least[False], "together": least[True]}

    def _step(self, batch, content, motion, chance):
        real, labels = torch.from_numpy(batch["clip"]), torch.from_numpy(batch["label"]).long()
        with torch.no_grad():
            made = self.film(content[0], motion[0], labels)
        views = zip(self._views(real, chance[0]), self._views(made, chance[1]), strict=True)
        judged = [self._judged(n, *pair, labels) for n, pair in enumerate(views)]
        critic = [functional.relu(1 - one).mean() + functional.relu(1 + other).mean() for one, other in judged]
        self._update("discriminator", sum(critic))
        made = self.film(content[1], motion[1], labels)
        loss = []
        for number, (judge, view) in enumerate(zip(self.critics, self._views(made, chance[2]), strict=True)):
            loss.append(-judge(view, self._fixed(judge), *([] if number else [labels])).mean())
        self._update("generator", sum(loss))
        self._keep_average()
        return [value.detach() for value in (*critic, *loss)]

    def _views(self, clips, chance):
        """What each discriminator sees of clips: all frames, and some by lot."""
        chosen = chance.topk(self.setup.judged).indices + self.setup.frames * torch.arange(len(clips))[:, None]
        some = clips.flatten(0, 1).index_select(0, chosen.flatten())
        return side_by_side(clips), some.permute(0, 3, 1, 2)

    def _judged(self, number, real, fake, labels):
        """A discriminator's scores of real and of generated clips."""
        judge, told = self.critics[number], [] if number else [labels]
        if not self.together:
            return [judge(view, judge.kernels(), *told) for view in (real, fake)]
        both = torch.cat([real, fake]).contiguous(memory_format=torch.channels_last)
        return judge(both, judge.kernels(), *(each.repeat(2) for each in told)).chunk(2)

    @torch.no_grad()
    def _fixed(self, judge):
        """The divided kernels of one more power iteration, which is not kept: the generator's turn moves no `u`."""
        kept = [layer.u for layer in judge.layers]
        kernels = judge.kernels()
        for layer, u in zip(judge.layers, kept, strict=True):
            layer.u = u
        return kernels

    def _update(self, player, loss):
        self.adam[player].zero_grad(set_to_none=True)
        # A plain `backward()` would also compute the discriminators' gradients in the generator's turn.
        loss.backward(inputs=self.variables[player])
        self.adam[player].step()

    def _keep_average(self):
        self.updates += 1
        decay = min(self.setup.ema, (1 + self.updates) / (10 + self.updates))
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.variables["generator"], 1 - decay)

    def facts(self) -> dict:
        """What this contender is made of, and which forms were the fastest in a trial (seconds)."""
        counts = {name: sum(v.numel() for v in variables) for name, variables in self.variables.items()}
        return {
            "versions": {"torch": torch.__version__},
            "parameters": counts,
            "adam": self.form,
            "adam_trial": self.trial,
            "passes": "together" if self.together else "apart",
            "passes_trial": self.passes_trial,
        }

    def losses(self, weights, given, noise, mixing=None) -> list[float]:
        """What both discriminators say in each update, one step after the other, from given weights, batches and
        noise; they judge real and generated clips apart.
        """
        self._build()
        for player in PLAYERS:
            for network, values in zip(self.networks[player], weights[player], strict=True):
                _load(network, values)
        together, self.together, found = self.together, False, []
        for batch, drawn in zip(given, noise, strict=True):
            parts = (torch.from_numpy(drawn[name]) for name in ("content", "motion", "chance"))
            found += map(float, self._step(batch, *parts))
        self.together = together
        return found

    def run(self, steps: int) -> None:
        """Makes steps; the losses reach the host one step late."""
        pending, setup = (), self.setup
        count, frames = setup.batch_size, setup.frames
        for step in range(steps):
            content = torch.randn(2, count, setup.content_dim)
            motion = torch.randn(2, count, frames + 2, setup.motion_dim)
            values = self._step(self.batches[step % len(self.batches)], content, motion, torch.rand(3, count, frames))
            _ = [float(value) for value in pending]
            pending = values
        _ = [float(value) for value in pending]


@torch.no_grad()
def _load(network, values):
    """Gives a network Keras' weights, in the order of their use."""
    given = iter(values)
    for module in network.modules():
        if isinstance(module, nn.GRU):
            for place, value in zip(module.parameters(), _gates(*(next(given) for _ in range(3))), strict=True):
                place.copy_(torch.from_numpy(value))
            continue
        if isinstance(module, Kernel):
            module.u.copy_(torch.from_numpy(next(given)))
        for place in module.parameters(recurse=False):
            place.copy_(torch.from_numpy(_layout(place, next(given))))
    if next(given, None) is not None:
        raise ValueError("more weights than places for them")


def _layout(place, value):
    """Keras' layout of a weight as PyTorch's; a discriminator's dense layer is a convolution of its whole input."""
    if place.ndim == 4:
        if value.ndim == 2:
            made, given, *sides = place.shape
            value = value.reshape(*sides, given, made)
        # Both keep what a transposed convolution takes in where a convolution puts out.
        value = value.transpose(3, 2, 0, 1)
    return np.ascontiguousarray(value.T if place.ndim == 2 else value)


def _gates(kernel, recurrent, biases):
    """Keras' weights of a GRU as PyTorch's: update, reset and candidate become reset, update and candidate."""

    def turned(value):
        update, reset, candidate = np.split(np.ascontiguousarray(value), 3)
        return np.concatenate([reset, update, candidate])

    return [turned(value) for value in (kernel.T, recurrent.T, *biases)]
