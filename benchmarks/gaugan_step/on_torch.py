"""The step in plain PyTorch: eager, channels-last, `torch.optim.Adam`; one pass of each network for both updates."""

import itertools
import os
import time

import numpy as np
import torch
from dcgan_step.on_torch import ADAMS, _fastest_adam
from torch import nn
from torch.nn import functional

from gaugan_step.networks import Critic, Down, Encoder, Norm, Painter, Spectral
from gaugan_step.setup import PLAYERS, Setup, batches

__all__ = ["OnTorch"]

# A share of the run in which the divergence comes to its weight.
WARM = 0.25
KINDS = (nn.Conv2d, nn.Linear, Spectral)


class OnTorch:
    """Both updates. The discriminators judge what they judged in the generator's turn, by the same weights: so their
    features and scores of real and of generated pictures serve both, each with a backward pass of its own.
    """

    def __init__(self, setup: Setup):
        torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
        self.setup, self.batches = setup, batches(setup, 8)
        # 255, and whatever is no class, is all 0.
        self.one_hot = torch.eye(setup.classes + 1)[:, : setup.classes].contiguous()
        self.exact = False
        self._build(1_000_000)
        self.norm = self._fastest_norm()

    def _build(self, steps):
        """Makes networks and optimizers for a run of so many steps."""
        setup = self.setup
        self.painter, self.encoder = Painter(setup), Encoder(setup)
        self.critics = [Critic(setup, scale) for scale in range(setup.scales)]
        self.networks = {"generator": [self.painter, self.encoder], "discriminator": self.critics}
        for network in itertools.chain(*self.networks.values()):
            network.to(memory_format=torch.channels_last).train()
        self.variables = {
            player: [variable for network in networks for variable in network.parameters()]
            for player, networks in self.networks.items()
        }
        self.form, self.trial = _fastest_adam(self.variables["generator"])
        # As Keras adds 1e-7 before the bias correction of the second moment.
        epsilon = 1e-7 / (1 - setup.betas[1]) ** 0.5
        self.adam = {
            player: torch.optim.Adam(variables, setup.learning_rate, setup.betas, epsilon, **ADAMS[self.form])
            for player, variables in self.variables.items()
        }
        self.average = [variable.detach().clone() for variable in self.variables["generator"]]
        self.updates, self.warm = 0, WARM * steps

    def _fastest_norm(self):
        seconds = {}
        for form in Norm.forms:
            Norm.form = form
            for _ in range(3):
                started = time.perf_counter()
                self.run(1)
                seconds.setdefault(form, []).append(time.perf_counter() - started)
        Norm.form = min(seconds, key=lambda form: min(seconds[form]))
        return Norm.form

    def _maps(self, source):
        """One-hot maps of each level, the smallest first: of each block of pixels the one in the middle."""
        found = []
        for side in self.setup.sides:
            step = self.setup.size // side
            seen = source[:, step // 2 :: step, step // 2 :: step]
            found.append(functional.embedding(seen, self.one_hot).permute(0, 3, 1, 2))
        return found

    def _step(self, batch, noise):
        setup = self.setup
        # Already channels-last: the batch is `(batch, height, width, channels)` in memory.
        image = torch.from_numpy(batch["image"]).permute(0, 3, 1, 2)
        maps = self._maps(torch.from_numpy(batch["source"]).clamp(max=setup.classes))
        mean, log_variance = self.encoder(image)
        far = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()
        made = self.painter(mean + (0.5 * log_variance).exp() * noise, maps)
        adversarial = apart = critic = 0
        for scale, judge in enumerate(self.critics):
            inputs = maps[-1], image, made
            seen, real, fake = (functional.avg_pool2d(each, 2**scale) for each in inputs) if scale else inputs
            kernels = judge.kernels()
            *found, scores = judge(seen, fake, kernels)
            *wanted, real_scores = judge(seen, real, kernels)
            if self.exact:
                wanted = self._judged_again(judge, seen, real)
            adversarial = adversarial - scores.mean()
            for one, other in zip(wanted, found, strict=True):
                apart = apart + functional.l1_loss(other, one.detach())
            critic = critic + functional.relu(1 - real_scores).mean() + functional.relu(1 + scores).mean()
        weight = setup.kl * min(1.0, self.updates / self.warm)
        loss = (adversarial + setup.feature_matching * apart) / setup.scales + weight * far
        critic = critic / setup.scales
        self._update("generator", loss, retain_graph=True)
        self._update("discriminator", critic)
        self._keep_average()
        return loss.detach(), critic.detach()

    @torch.no_grad()
    def _judged_again(self, judge, seen, real):
        """What the hidden layers make of real pictures by one more power iteration, which is not kept."""
        kept = [layer.u for layer in judge.middle]
        *wanted, _ = judge(seen, real, judge.kernels())
        for layer, u in zip(judge.middle, kept, strict=True):
            layer.u = u
        return wanted

    def _update(self, player, loss, **more):
        self.adam[player].zero_grad(set_to_none=True)
        # A plain `backward()` would also compute the other player's gradients.
        loss.backward(inputs=self.variables[player], **more)
        self.adam[player].step()

    def _keep_average(self):
        self.updates += 1
        decay = min(self.setup.ema, (1 + self.updates) / (10 + self.updates))
        with torch.no_grad():
            torch._foreach_lerp_(self.average, self.variables["generator"], 1 - decay)

    def facts(self) -> dict:
        """What this contender is made of, and which forms of Adam and of instance norm were the fastest in a trial."""
        counts = {name: sum(v.numel() for v in variables) for name, variables in self.variables.items()}
        return {
            "versions": {"torch": torch.__version__},
            "parameters": counts,
            "adam": self.form,
            "adam_trial": self.trial,
            "norm": self.norm,
        }

    def losses(self, weights, given, noise, mixing=None) -> list[float]:
        """Each update's loss, one step after the other, from given weights, batches and noise; of a run of twice as
        many steps.
        """
        self._build(2 * len(given))
        for player in PLAYERS:
            for network, values in zip(self.networks[player], weights[player], strict=True):
                _load(network, values)
        Down.aligned = self.exact = True
        try:
            steps = zip(given, map(torch.from_numpy, noise), strict=True)
            found = [float(loss) for batch, drawn in steps for loss in self._step(batch, drawn)]
        finally:
            Down.aligned = self.exact = False
        self._build(1_000_000)
        return found

    def run(self, steps: int) -> None:
        """Makes steps; the losses reach the host one step late."""
        pending, shape = (), (self.setup.batch_size, self.setup.latent_dim)
        for step in range(steps):
            values = self._step(self.batches[step % len(self.batches)], torch.randn(shape))
            _ = [float(value) for value in pending]
            pending = values
        _ = [float(value) for value in pending]


@torch.no_grad()
def _load(network, values):
    """Gives a network Keras' weights: convolutions, dense layers, what is spectrally normalised, each as made."""
    modules = [module for kind in KINDS for module in network.modules() if isinstance(module, kind)]
    places = []
    for module in modules:
        # A column of the power iteration stands as it is.
        given = [(module.u, (0, 1))] if isinstance(module, Spectral) else []
        for weight in module.parameters():
            given.append((weight, {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[weight.ndim]))
        places += given
    for (place, axes), value in zip(places, values, strict=True):
        place.copy_(torch.from_numpy(np.ascontiguousarray(np.transpose(value, axes))))
